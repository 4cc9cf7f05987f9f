"""The standings replayed from the log, and compared with what was published.

What other services said is taken through ranking's handlers. Of what ranking itself said only what
a command decided is taken as it stands there: a panel's decision of a stage, an award by decision,
the announcement. Everything else it said is worked out again here and compared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from contracts.event import Event
from contracts.operations import MessageDiscarded, MessageParked, OperatorAction
from contracts.outcomes import NotYet, Refused
from contracts.ranking import (
    DecisionAsked,
    PlacesMoved,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ResultsAnnounced,
    StageDecided,
    StageRanked,
)
from kit.heard import Heard
from kit.reactions import fixed_tokens
from ranking_service.app import SERVICE

from sayembara.audit import operated
from sayembara.audit.compared import Key, differences, is_decided, key, named
from sayembara.audit.scratch import Scratch
from sayembara.audit.timing import Due, Timing

BATCH = 4_000
COMPARED = (
    DecisionAsked,
    StageRanked,
    PlacesMoved,
    ProposalAdvanced,
    ProposalEliminated,
    ProposalAwarded,
)
"""What is worked out again. Not `standings.changed` nor `review.called`: how many changes ranking
tells together depends on how many messages came to it together, and the standings do not."""

READ = (*COMPARED, StageDecided, ResultsAnnounced, *operated.KINDS)
_READ = {("ranking", *each.type.split(".")[:2]) for each in READ}
_DECIDED = {fixed_tokens(StageDecided.filter()), *operated.ACTIONS}


@dataclass(frozen=True)
class Finding:
    """What is not as it must be, at a position of the log."""

    position: int
    says: str


@dataclass(frozen=True)
class Published:
    """A ranking that was published, and the digest that the replay came to; none where none."""

    position: int
    edition: str
    stage: str
    digest: str
    replayed: str | None

    @property
    def matches(self) -> bool:
        """Whether both are the same."""
        return self.digest == self.replayed


@dataclass
class Replay:
    """Takes the log in order, on a store to throw away. `position` is how far it has come.

    `until` is the last position that will be given; None is the end of the log.
    """

    scratch: Scratch
    timing: Timing
    until: int | None = None
    position: int = 0
    findings: list[Finding] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    _pending: list[Heard] = field(default_factory=list)
    _held: list[Due] = field(default_factory=list)
    _expected: dict[Key, list[Event]] = field(default_factory=dict)
    _set_aside: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._decisions = self.timing.decisions(self.until)

    def take(self, messages: Iterable[Heard]) -> None:
        """Take the next messages of the log, whoever said them."""
        for message in messages:
            tokens = fixed_tokens(message.subject)
            if SERVICE.hears(message.subject):
                self._take_due(message.position)
                self._hear(message)
            elif tokens in _READ:
                # A decision waits until it is on the log, or something stands before it there
                # that ranking took after it.
                seen = None if tokens in _DECIDED else self.position
                self._take_due(message.position, seen)
                self._compare(message)
            self.position = max(self.position, message.position)

    def take_new(self, messages: Sequence[Heard]) -> None:
        """Take messages that came on the log after its timing was read."""
        self._decisions += self.timing.learn(messages)
        self.take(messages)

    def comes_before(self, position: int) -> bool:
        """Whether something that is held back, or a decision, is taken before that position."""
        return any(due and due[0].up_to < position for due in (self._held, self._decisions))

    def settle(self) -> None:
        """Work out everything up to here, so that the standings can be read."""
        self.flush()
        self._take_due(self.position + 1, self.position)
        self.flush()

    @property
    def is_ahead(self) -> bool:
        """Whether something was worked out that is not on the log so far."""
        self.settle()
        return bool(self._expected)

    def finish(self) -> None:
        """The log ends here: what was worked out and is not on it is a finding."""
        self.settle()
        for each in chain.from_iterable(self._expected.values()):
            text = f"{named(each)} follows from the log, and is not on it"
            self._find(self.position, text)
        for position, (outcome, reason) in self.scratch.parked().items():
            if position not in self._set_aside:
                self._find(position, f"ranking cannot take this message ({outcome}): {reason}")

    def _hear(self, message: Heard) -> None:
        outcome = self.timing.operated.set_aside(message.position)
        due = None if outcome else self.timing.taken_later(message)
        if due:
            self._held = sorted([*self._held, due], key=lambda each: each.order)
        if due or outcome:
            self.flush()
            return self.scratch.set_aside(message, outcome or "not_yet")
        self._pending.append(message)
        if len(self._pending) >= BATCH:
            self.flush()
        return None

    def flush(self) -> None:
        """Take what is pending."""
        if self._pending:
            pending, self._pending = self._pending, []
            self._expect(self.scratch.take(pending, pending[-1].position))

    def _take_due(self, before: int, seen: int | None = None) -> None:
        while line := self._next_due(before, seen):
            due = line.pop(0)
            self.flush()
            if line is self._held:
                self._expect(self.scratch.take_again(due.message.position, due.up_to))
            else:
                self._take_own(due.message, due.up_to)

    def _next_due(self, before: int, seen: int | None) -> list[Due] | None:
        lines = [self._held] if self._held else []
        if self._decisions and (seen is None or self._decisions[0].message.position <= seen):
            # Else it was taken by now, but it is not on the log yet.
            lines.append(self._decisions)
        due = [each for each in lines if each[0].up_to < before]
        return min(due, key=lambda each: each[0].order, default=None)

    def _take_own(self, message: Heard, up_to: int) -> None:
        try:
            if isinstance(message.event, OperatorAction):
                self._expect(self._act(message, message.event, up_to))
            else:
                self._expect(self.scratch.take_own(message.event, up_to))
        except (Refused, NotYet) as error:
            self._find(message.position, f"{message.event_type} could not be said: {error}")
        except Exception as error:  # noqa: BLE001 - the log may hold anything
            text = f"{message.event_type} does not fit what was before it: {type(error).__name__}"
            self._find(message.position, text)

    def _act(self, message: Heard, action: OperatorAction, up_to: int) -> list[Event]:
        if isinstance(action, MessageDiscarded):
            return self.scratch.give_up(action.position, up_to)
        if outcome := self.timing.operated.failed_again(message):
            return self.scratch.fail_again(action.position, up_to, outcome)
        return self.scratch.take_again(action.position, up_to)

    def _expect(self, said: Sequence[Event]) -> None:
        for each in said:
            if isinstance(each, COMPARED):
                self._expected.setdefault(key(each), []).append(each)

    def _next_expected(self, key: Key) -> Event | None:
        waiting = self._expected.get(key)
        if not waiting:
            return None
        found = waiting.pop(0)
        if not waiting:
            del self._expected[key]
        return found

    def _compare(self, message: Heard) -> None:
        try:
            published = message.event
        except Refused as error:
            return self._find(message.position, str(error))
        if isinstance(published, MessageParked):
            self._set_aside[published.position] = message.position
        elif isinstance(published, ResultsAnnounced) or is_decided(published):
            self.flush()
            self._take_own(message, message.position)
        elif isinstance(published, COMPARED):
            self.flush()
            self._compare_with(message, published, self._next_expected(key(published)))
        return None

    def _compare_with(self, message: Heard, published: Event, replayed: Event | None) -> None:
        if isinstance(published, StageRanked):
            digest = replayed.digest if isinstance(replayed, StageRanked) else None
            facts = (published.edition, published.stage, published.digest, digest)
            self.published.append(Published(message.position, *facts))
        if replayed is None:
            text = f"{named(published)} is published, and does not follow from the log"
            self._find(message.position, text)
        elif different := differences(published, replayed):
            self._find(message.position, f"{named(published)}: {different}")

    def _find(self, position: int, says: str) -> None:
        self.findings.append(Finding(position, says))


def replayed(scratch: Scratch, messages: Sequence[Heard]) -> Replay:
    """The replay of a whole log that is held in memory."""
    replay = Replay(scratch, Timing(messages))
    replay.take(messages)
    replay.finish()
    return replay
