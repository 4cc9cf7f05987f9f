"""How the log gets back what it has lost: a pure plan from what the outboxes hold.

Rows with a position go back to it. A position that no row has was either of a row that was never
marked, because the crash came between, or of a message that no store has: then it stays reserved,
so that all that comes after keeps its own.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Row:
    """A row of an outbox whose event is not on the log; `position` is where it was, if known."""

    service: str
    id: int
    event_id: str
    said_at: datetime
    cause: str | None = None
    position: int | None = None


@dataclass(frozen=True)
class Placed:
    """A row and the position that it goes to; `slot` is the old position that it stands for.

    Without a row nobody knows what was there.
    """

    row: Row | None
    position: int
    slot: int

    @property
    def is_elsewhere(self) -> bool:
        """Whether it was at another position before, or may have been."""
        return self.row is not None and self.row.position != self.position


@dataclass(frozen=True)
class Plan:
    """What goes back on a log that ends at `last`, and whose stores know it up to `known`."""

    last: int
    known: int
    placed: tuple[Placed, ...]
    waiting: int
    doubt: int | None
    """From this position on the order need not be the old one; None when it is."""

    @property
    def missing(self) -> tuple[int, ...]:
        """The positions whose message no store has."""
        return tuple(each.position for each in self.placed if each.row is None)

    @property
    def end(self) -> int:
        """Where the log ends afterwards."""
        return self.last + len(self.placed)

    def checkpoint(self, before: int) -> int:
        """The checkpoint of a store that had taken everything up to `before`."""
        if before <= self.last:
            return before
        return self.last + sum(each.slot <= before for each in self.placed)


def plan(last: int, rows: Iterable[Row], checkpoints: Mapping[str, int]) -> Plan:
    """The plan; of each service the rows are all those that the log does not have, by id."""
    those = list(rows)
    marked = {each.position: each for each in those if each.position is not None}
    room = {position: each for position, each in marked.items() if position > last}
    known = max([last, *checkpoints.values(), *marked])
    holes = [each for each in range(last + 1, known + 1) if each not in room]
    work = _Work(last, those, room)
    for slot in range(last + 1, known + 1):
        work.fill(slot)
    # What was marked and has no room any more was overwritten: it comes after all the others.
    work.place_marked(known)
    doubt = _doubt(those, holes, work)
    return Plan(last, known, tuple(work.placed), work.waiting(), doubt)


@dataclass
class _Work:
    last: int
    rows: Sequence[Row]
    room: Mapping[int, Row]
    placed: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._waiting: dict[str, deque[Row]] = defaultdict(deque)
        for each in self.rows:
            self._waiting[each.service].append(each)
        self._by_event = {each.event_id: each for each in self.rows}
        self._done: set[str] = set()

    def fill(self, slot: int) -> None:
        """Find what stood at this old position, and place it."""
        row = self.room.get(slot)
        if row is None and self.is_taken(slot):
            return
        if row is None:
            row = self._oldest()
        if row is None:
            self._put(None, slot)
        else:
            self.place(row, slot)

    def _put(self, row: Row | None, slot: int) -> None:
        self.placed.append(Placed(row, self.last + len(self.placed) + 1, slot))

    def is_taken(self, slot: int) -> bool:
        """Whether what was placed before its turn has taken this position already."""
        return len(self.placed) > slot - self.last - 1

    def _oldest(self) -> Row | None:
        heads = [rows[0] for rows in self._waiting.values() if rows]
        free = [each for each in heads if self.is_loose(each) and not self._waits(each)]
        return min(free, key=lambda each: (each.said_at, each.service), default=None)

    def is_loose(self, row: Row) -> bool:
        """Whether nobody knows where it was."""
        return row.position is None or self.room.get(row.position) is not row

    def _waits(self, row: Row) -> bool:
        return row.cause in self._by_event and row.cause not in self._done

    def place(self, row: Row, slot: int) -> None:
        """Place a row, after its cause and all that its service said before it."""
        while row.event_id not in self._done:
            first = self._waiting[row.service][0]
            if self._waits(first):
                self.place(self._by_event[str(first.cause)], slot)
                continue
            self._waiting[row.service].popleft()
            self._done.add(first.event_id)
            self._put(first, slot)

    def place_marked(self, slot: int) -> None:
        """Place the rest of what was on the log once."""
        for row in sorted(self.rows, key=lambda each: each.position or 0):
            if row.position is not None:
                self.place(row, max(slot, row.position))

    def waiting(self) -> int:
        """How many were left: as far as anybody knows they never were on the log."""
        return sum(map(len, self._waiting.values()))


def _doubt(rows: Sequence[Row], holes: Sequence[int], work: _Work) -> int | None:
    loose = {each.service for each in rows if each.position is None}
    # What one service said goes into the holes in one order only. Of two services nobody knows.
    doubts = [*holes[: len(loose) > 1]]
    doubts += [each.position for each in rows if each.position and each.position <= work.last]
    doubts += [each.slot for each in work.placed if _is_moved(each)]
    return min(doubts, default=None)


def _is_moved(placed: Placed) -> bool:
    return placed.row is None or placed.row.position not in (None, placed.position)
