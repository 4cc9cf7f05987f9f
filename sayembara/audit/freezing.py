"""Whether what was frozen is on the log as ranking may say it, and held back what it had to.

Ranking's own events are on the log in the order in which it said them: so what was frozen when it
said one follows from those before it, and nothing has to be replayed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen, holding
from contracts.ids import EditionId, StageId
from contracts.ranking import RankingEvent
from contracts.submission import EditionOpened


@dataclass
class Freezing:
    """Which stages of each edition are frozen, as the log tells it."""

    _stages: dict[EditionId, Sequence[StageId]] = field(default_factory=dict)
    _frozen: dict[EditionId, set[StageId]] = field(default_factory=dict)

    def take(self, event: Event) -> Iterator[str]:
        """The next event of the log; what is not as it must be."""
        if isinstance(event, EditionOpened):
            # An amendment keeps the stages and their order.
            self._stages[event.edition] = [each.id for each in event.rulebook.stages]
        if not isinstance(event, RankingEvent):
            return
        frozen = self._frozen.setdefault(event.edition, set())
        stages = self._stages.get(event.edition, ())
        if event.held_by != (right := holding(event, stages, frozen)):
            yield f"is held back by {_named(event.held_by)}, and must be by {_named(right)}"
        yield from _freezing(event, frozen)


def _freezing(event: RankingEvent, frozen: set[StageId]) -> Iterator[str]:
    match event:
        case StandingsFrozen() if event.stage in frozen:
            yield f"freezes the stage '{event.stage}', which is frozen already"
        case StandingsFrozen():
            frozen.add(event.stage)
        case PlaceRevealed() | StandingsUnfrozen() if event.stage not in frozen:
            yield f"is said of the stage '{event.stage}', which is not frozen"
        case StandingsUnfrozen():
            frozen.discard(event.stage)


def _named(stages: Sequence[StageId]) -> str:
    return ", ".join(stages) or "nothing"
