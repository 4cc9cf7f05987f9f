"""Whether ranking froze what it had to, in time, and held back what it had to.

Ranking's own events are on the log in the order in which it said them, each with the time by its
clock: so what was frozen when it said one, and what had to be, follows from those before it, and
nothing has to be replayed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen, hiding, holding
from contracts.ids import EditionId, StageId
from contracts.operations import MessageDiscarded, MessageEvent, MessageParked
from contracts.ranking import RankingEvent, StageRanked
from contracts.rulebook import Rulebook
from contracts.submission import EditionOpened, RulebookAmended


@dataclass(frozen=True)
class When:
    """Where an event is on the log, the time that its service said, and where its cause is."""

    position: int
    said_at: datetime
    cause: int = 0


@dataclass
class _Edition:
    """What ranking knows of the freezing of one edition."""

    stages: Sequence[StageId] = ()
    moments: dict[StageId, datetime] = field(default_factory=dict)
    frozen: set[StageId] = field(default_factory=set)
    unfrozen_at: dict[StageId, datetime] = field(default_factory=dict)
    ranked: set[StageId] = field(default_factory=set)
    missed: set[StageId] = field(default_factory=set)
    coming: dict[int, Rulebook] = field(default_factory=dict)
    parked: set[int] = field(default_factory=set)

    def learn(self, rulebook: Rulebook) -> None:
        self.stages = [each.id for each in rulebook.stages]
        self.moments = {each.id: each.freeze_at for each in rulebook.stages if each.freeze_at}

    def amend(self, up_to: int) -> None:
        """Ranking has taken the log up to there, less what it set aside and what waits behind."""
        for position in sorted(self.coming):
            if position > up_to or position in self.parked:
                return
            self.learn(self.coming.pop(position))

    def due(self, now: datetime) -> list[StageId]:
        """The stages whose moment has come and which are not frozen, as ranking works it out."""
        return [
            stage
            for stage, moment in self.moments.items()
            if moment <= now and not self._is_done(stage, moment) and not self.was_shown(stage)
        ]

    def _is_done(self, stage: StageId, moment: datetime) -> bool:
        unfrozen_at = self.unfrozen_at.get(stage)
        return stage in self.frozen or (unfrozen_at is not None and unfrozen_at >= moment)

    def was_shown(self, stage: StageId) -> bool:
        return stage in self.ranked and not hiding(stage, self.stages, self.frozen)


@dataclass
class Freezing:
    """Which stages of each edition are frozen, and had to be, as the log tells it."""

    _editions: dict[EditionId, _Edition] = field(default_factory=dict)

    def take(self, event: Event, when: When) -> Iterator[str]:
        """The next event of the log; what is not as it must be."""
        edition = self._editions.setdefault(event.edition, _Edition())
        match event:
            case EditionOpened() if not edition.stages:
                edition.learn(event.rulebook)
            case RulebookAmended():
                edition.coming[when.position] = event.rulebook
            case MessageEvent() if event.said_by() == RankingEvent.source:
                _set_aside(event, edition)
            case RankingEvent():
                edition.amend(max(when.cause, getattr(event, "position", 0)))
                yield from _in_time(event, edition, when.said_at)
                yield from _held_back(event, edition)
                yield from _freezing(event, edition, when.said_at)


def _set_aside(event: MessageEvent, edition: _Edition) -> None:
    if isinstance(event, MessageParked):
        edition.parked.add(event.position)
    else:
        edition.parked.discard(event.position)
    if isinstance(event, MessageDiscarded):
        edition.coming.pop(event.position, None)


def _in_time(event: RankingEvent, edition: _Edition, now: datetime) -> Iterator[str]:
    due = edition.due(now)
    if isinstance(event, StandingsFrozen) and event.by is None:
        if event.stage not in due and event.stage not in edition.frozen:
            moment = edition.moments.get(event.stage)
            why = "names no moment for it" if moment is None else f"names {moment} for it"
            yield f"freezes the stage '{event.stage}' at {now} by the rulebook, which {why}"
        return
    for stage in due:
        if stage not in edition.missed:
            edition.missed.add(stage)
            moment = edition.moments[stage]
            yield f"is said at {now}; the stage '{stage}' had to be frozen at {moment}, and is not"


def _held_back(event: RankingEvent, edition: _Edition) -> Iterator[str]:
    right = holding(event, edition.stages, edition.frozen)
    if event.held_by != right:
        yield f"is held back by {_named(event.held_by)}, and must be by {_named(right)}"


def _freezing(event: RankingEvent, edition: _Edition, now: datetime) -> Iterator[str]:
    match event:
        case StageRanked():
            edition.ranked.add(event.stage)
        case StandingsFrozen() if event.stage in edition.frozen:
            yield f"freezes the stage '{event.stage}', which is frozen already"
        case StandingsFrozen():
            if edition.was_shown(event.stage):
                yield f"freezes the stage '{event.stage}', which everybody has seen ranked"
            edition.frozen.add(event.stage)
            edition.missed.discard(event.stage)
        case PlaceRevealed() | StandingsUnfrozen() if event.stage not in edition.frozen:
            yield f"is said of the stage '{event.stage}', which is not frozen"
        case StandingsUnfrozen():
            edition.frozen.discard(event.stage)
            edition.unfrozen_at[event.stage] = now


def _named(stages: Sequence[StageId]) -> str:
    return ", ".join(stages) or "nothing"
