"""When ranking acted, where that is another moment than the place of its cause on the log.

Two things do not follow from the order of the log. A decision is taken while ranking has come to
some position, and reaches the log later: a withdrawal in between came after it. And a message that
came too early is taken again later. Both moments are on the log: ranking says with every ranking
at which position it was made. Only the moment is taken from there, never what the ranking says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.event import SUBJECT_ROOT
from contracts.outcomes import Refused
from contracts.ranking import DecisionAsked, StageDecided, StageRanked
from kit.heard import Heard
from kit.reactions import fixed_tokens

ACTS = (StageDecided, StageRanked, DecisionAsked)
_TOKENS = {fixed_tokens(each.filter()) for each in ACTS}


def act_subjects(edition: str = "*") -> tuple[str, ...]:
    """The subjects of the events that tell when ranking acted."""
    whose = f"{SUBJECT_ROOT}.ranking.{edition}"
    return (f"{whose}.stage.>", f"{whose}.decision.>")


@dataclass(frozen=True)
class Due:
    """A decision, and the position to which ranking had come when it was taken."""

    up_to: int
    message: Heard


class Timing:
    """Learned from ranking's few events of this kind before the log is replayed."""

    def __init__(self, messages: Iterable[Heard]) -> None:
        self._acted: dict[str, int] = {}
        self._decided: list[Heard] = []
        self.learn(messages)

    def learn(self, messages: Iterable[Heard]) -> list[Due]:
        """The decisions among these messages, which were not known before."""
        known = len(self._decided)
        for each in messages:
            if fixed_tokens(each.subject) in _TOKENS:
                self._learn(each)
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
            self._acted.setdefault(cause, min(found.position, message.position - 1))

    def decisions(self, until: int | None) -> list[Due]:
        """The decisions on the log up to there, in the order in which they were taken."""
        return self._due(
            [each for each in self._decided if until is None or each.position <= until]
        )

    def _due(self, decided: Iterable[Heard]) -> list[Due]:
        due = (Due(self._acted.get(each.event_id, each.position), each) for each in decided)
        return sorted(due, key=lambda each: (each.up_to, each.message.position))

    def taken_at(self, message: Heard) -> int:
        """How far ranking had come when it acted on this message."""
        return max(message.position, self._acted.get(message.event_id, 0))
