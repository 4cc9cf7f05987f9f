"""What the log has lost: the outboxes beside the log, message by message."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contracts.envelope import HEADERS
from kit import bulk
from kit.heard import Heard
from kit.log import Log
from kit.outgoing import OUTBOX_HEADER
from kit.tables import outbox
from sqlalchemy import Connection, Select, select

from sayembara.audit.leaf import leaf_hash
from sayembara.audit.reading import read
from sayembara.audit.tree import Tree
from sayembara.backup.messages import end_of
from sayembara.backup.plan import Row
from sayembara.trouble import Trouble

CAUSE = HEADERS["causationid"]
ROWS = 1_000
PLACES = select(outbox.c.id, outbox.c.event_id, outbox.c.position)
ALL = select(
    outbox.c.id, outbox.c.event_id, outbox.c.said_at, outbox.c.headers, outbox.c.position
).order_by(outbox.c.id)


@dataclass
class Losses:
    """The tree over the log as it is, what it lacks, and what the outboxes did not note.

    `lost` has the rows of each service by id; `marks` the outbox id and the position of each event
    that is on the log elsewhere than its row says, or whose row says nothing.
    """

    tree: Tree = field(default_factory=Tree)
    lost: list[Row] = field(default_factory=list)
    marks: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))


async def losses(log: Log, stores: Mapping[str, Connection]) -> Losses:
    """Compare the whole log with the outboxes; Trouble when it is not the log of these stores."""
    comparing, last = _Comparing(stores), await end_of(log)
    async for batch in read(log, last=last):
        comparing.take(batch)
    if comparing.found.tree.size < last:
        raise _hole(comparing.found.tree.size + 1)
    comparing.finish()
    return comparing.found


class _Comparing:
    def __init__(self, stores: Mapping[str, Connection]) -> None:
        self.found = Losses()
        self._stores = stores
        self._there: dict[str, set[int]] = {name: set() for name in stores}

    def take(self, batch: Sequence[Heard]) -> None:
        """Compare the next messages of the log."""
        by_service: dict[str, dict[int, Heard]] = defaultdict(dict)
        for position, message in enumerate(batch, self.found.tree.size + 1):
            if message.position != position:
                raise _hole(position)
            service, number = _said(message)
            if service in self._stores and number:
                by_service[service][number] = message
        for service, those in by_service.items():
            self._compare(service, those)
        self.found.tree.extend(leaf_hash(each) for each in batch)

    def _compare(self, service: str, those: Mapping[int, Heard]) -> None:
        connection = self._stores[service]
        query = PLACES.where(bulk.among(connection.dialect.name, outbox.c.id, "ids"))
        rows = {row.id: row for row in connection.execute(query, {"ids": list(those)})}
        for number, message in those.items():
            row = rows.get(number)
            if row is None or row.event_id != message.event_id:
                raise _strange(service, number, message, older=row is None)
            if row.position != message.position:
                self.found.marks[service].append((number, message.position))
        self._there[service] |= those.keys()

    def finish(self) -> None:
        """The log ends here: what was not on it is lost, or was never said."""
        for service, connection in self._stores.items():
            there = self._there[service]
            rows = _rows(service, connection, ALL)
            self.found.lost += [each for each in rows if each.id not in there]


def _said(message: Heard) -> tuple[str, int]:
    number = message.headers.get(OUTBOX_HEADER, "")
    return message.subject.split(".")[1], int(number) if number.isdecimal() else 0


def _rows(service: str, connection: Connection, query: Select[tuple[object, ...]]) -> Iterator[Row]:
    for row in connection.execute(query, execution_options={"yield_per": ROWS}):
        cause = json.loads(row.headers).get(CAUSE)
        yield Row(service, row.id, row.event_id, row.said_at, cause, row.position)


def _strange(service: str, number: int, message: Heard, *, older: bool) -> Trouble:
    where = f"position {message.position} of the log holds what {service} said as its {number}th"
    if older:
        return Trouble(f"{where}, and its store does not: the store is older than the log")
    return Trouble(f"{where}, and its store has another event there: they do not belong together")


def _hole(position: int) -> Trouble:
    return Trouble(f"the log has no message at position {position}: only its end can be put back")
