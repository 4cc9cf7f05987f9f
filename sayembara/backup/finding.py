"""What the log has lost, how it gets it back, and the page that says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kit.heard import Heard

from sayembara.backup.losses import Losses
from sayembara.backup.plan import Placed, Plan

MOVES_SHOWN = 20


@dataclass(frozen=True)
class Finding:
    """What was lost, the plan to put it back, and the root of the log then."""

    losses: Losses
    plan: Plan
    root: bytes
    positions: Mapping[str, int]
    instead: Mapping[int, Heard]
    """What stands at the positions whose message nobody has."""
    differs: str
    """What the log will not be of all that the auditor heard and signed; empty when it is."""
    signatures: str

    @property
    def rebuild(self) -> tuple[str, ...]:
        """The services whose store took something that the log has otherwise now, or not at all."""
        doubt = self.plan.doubt
        if doubt is None:
            return ()
        return tuple(name for name, position in self.positions.items() if position >= doubt)


def is_of(placed: Placed, service: str) -> bool:
    """Whether the service said what is placed there."""
    return placed.row is not None and placed.row.service == service


def moved(todo: Plan) -> list[Placed]:
    """What is not at its old position, or need not be."""
    return [each for each in todo.placed if todo.doubt is not None and each.is_elsewhere]


def report(found: Finding) -> Iterator[str]:
    """What is said of it, line by line."""
    todo = found.plan
    yield f"the log ends at position {todo.last}; the stores know it up to {todo.known}"
    yield from (f"  {line}" for line in _by_service(found))
    yield f"the auditor has {found.signatures}"
    if todo.waiting:
        yield f"{todo.waiting} events were never published: their services do it when they start"
    if not todo.placed:
        yield "the log has lost nothing"
        return
    yield f"to be put back: positions {todo.last + 1} to {todo.end}"
    if todo.doubt is None:
        yield "each goes to the position that it had"
        return
    yield from _doubts(found)


def _by_service(found: Finding) -> Iterator[str]:
    for name, position in found.positions.items():
        those = [each.position for each in found.plan.placed if is_of(each, name)]
        lost = f"lost: {len(those)} ({min(those)} to {max(those)})" if those else "lost: none"
        yield f"{name}: its store took everything up to {position}; {lost}"


def _doubts(found: Finding) -> Iterator[str]:
    for position in found.plan.missing:
        yield f"position {position}: no store has what was there; it is lost for good"
    those = moved(found.plan)
    for each in those[:MOVES_SHOWN]:
        yield _move(each)
    if len(those) > MOVES_SHOWN:
        yield f"and {len(those) - MOVES_SHOWN} more"
    if found.differs:
        yield f"the log will not be {found.differs} any more"
    yield f"to be rebuilt from the log afterwards: {', '.join(found.rebuild) or 'no store'}"


def _move(placed: Placed) -> str:
    assert placed.row is not None
    before = placed.row.position or "not known"
    what = f"{placed.row.service} said it as its {placed.row.id}th"
    return f"position {placed.position}: {what}; before: {before}"
