"""When ranking acted, where that is another moment than the place of its cause on the log.

Three things do not follow from the order of the log. A decision is taken while ranking has come to
some position, and reaches the log later: a withdrawal in between came after it. And a message that
came too early is taken again later. Both moments are on the log: ranking says with every ranking
at which position it was made. Only the moment is taken from there, never what the ranking says.
And what an operator retried or discarded counts from then on, or never: see `operated`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from contracts.event import SUBJECT_ROOT
from contracts.operations import MessageEvent, OperatorAction
from contracts.outcomes import Refused
from contracts.ranking import DecisionAsked, StageDecided, StageRanked
from kit.heard import Heard
from kit.reactions import fixed_tokens

from sayembara.audit.operated import Operated, read_event

ACTS = (StageDecided, StageRanked, DecisionAsked)
_TOKENS = {fixed_tokens(each.filter()) for each in ACTS}


def act_subjects(edition: str = "*") -> tuple[str, ...]:
    """The subjects of the events that tell when ranking acted."""
    whose = f"{SUBJECT_ROOT}.ranking.{edition}"
    return tuple(f"{whose}.{entity}.>" for entity in ("stage", "decision", "message"))


@dataclass(frozen=True)
class Due:
    """A message that is not taken at its own place, and how far ranking had come when it was.

    What ranking did while it stood at one position is in the order of `said`: where it is on the
    log what came of it.
    """

    up_to: int
    said: int
    message: Heard

    @property
    def order(self) -> tuple[int, int]:
        """What is taken first is due first."""
        return self.up_to, self.said


class Timing:
    """Learned from ranking's few events of this kind before the log is replayed."""

    def __init__(self, messages: Iterable[Heard]) -> None:
        self._acted: dict[str, tuple[int, int]] = {}
        self._decided: list[Heard] = []
        self.operated = Operated()
        self.learn(messages)

    def learn(self, messages: Iterable[Heard]) -> list[Due]:
        """The decisions and actions among these messages, which were not known before."""
        known = len(self._decided)
        for each in messages:
            if fixed_tokens(each.subject) in _TOKENS:
                self._learn(each)
            elif event := read_event(each):
                self._learn_of_parked(each, event)
        return self._due(self._decided[known:])

    def _learn(self, message: Heard) -> None:
        try:
            found = message.event
        except Refused:
            return
        if isinstance(found, StageDecided):
            self._decided.append(message)
        elif isinstance(found, StageRanked | DecisionAsked):
            cause = message.headers.get("ce-causationid", "")
            self._acted.setdefault(cause, _acted(found.position, message))

    def _learn_of_parked(self, message: Heard, event: MessageEvent) -> None:
        self.operated.learn(message, event)
        if isinstance(event, OperatorAction):
            self._decided.append(message)
            self._acted[message.event_id] = _acted(event.checkpoint, message)

    def decisions(self, until: int | None) -> list[Due]:
        """Decisions and actions on the log up to there, in the order in which they were taken."""
        return self._due(
            [each for each in self._decided if until is None or each.position <= until]
        )

    def _due(self, decided: Iterable[Heard]) -> list[Due]:
        due = (self._due_of(each) or Due(each.position, each.position, each) for each in decided)
        return sorted(due, key=lambda each: (each.up_to, each.message.position))

    def _due_of(self, message: Heard) -> Due | None:
        acted = self._acted.get(message.event_id)
        return acted and Due(*acted, message)

    @property
    def acted(self) -> Collection[str]:
        """The ids of the events on which ranking acted, so that the moment may be a later one."""
        return self._acted.keys()

    def taken_later(self, message: Heard) -> Due | None:
        """When ranking acted on this message, where that was after it had first heard it."""
        due = self._due_of(message)
        return due if due and due.up_to > message.position else None


def _acted(position: int, said: Heard) -> tuple[int, int]:
    return min(position, said.position - 1), said.position
