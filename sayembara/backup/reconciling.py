"""The log gets back what it has lost, from the outboxes of the services."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from contracts.operations import NO_EDITION, LogReconciled, MessageLost
from kit import checkpoint, outbox
from kit.heard import Heard
from rich.console import Console
from sqlalchemy import Connection

from sayembara import event_log
from sayembara.addresses import AUDITOR, LogPlace
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.looking import progress
from sayembara.audit.proving import tree_of
from sayembara.backup.finding import Finding, is_of, moved, report
from sayembara.backup.folder import root_of
from sayembara.backup.kept import check_signatures
from sayembara.backup.losses import Losses, losses
from sayembara.backup.memory import memory_of, recalled
from sayembara.backup.messages import MESSAGES, Putting
from sayembara.backup.plan import Placed, Row, plan
from sayembara.backup.saying import SPEAKER, Order, as_message, say
from sayembara.backup.standing import log_alone
from sayembara.backup.stores import Stores, alone, must_be_there, opened, store_urls
from sayembara.event_log import connected
from sayembara.trouble import Trouble

REMEMBERED = "what the auditor heard and signed"
LOOKING = Order(by="nobody", reason="only looking")


def look(console: Console, data: Path) -> None:
    """Say what the log has lost and how it can be put back; change nothing."""
    with log_alone(data) as place, opened(store_urls(data)) as stores, alone(stores):
        _show(console, _find(place, stores, data, LOOKING))


def reconcile(console: Console, data: Path, order: Order, *, reorder: bool) -> None:
    """Put back what the log has lost; Trouble when that cannot be as it was, unless it may not."""
    with log_alone(data) as place, opened(store_urls(data)) as stores, alone(stores):
        found = _find(place, stores, data, order)
        _show(console, found)
        if found.plan.doubt is not None and not reorder:
            raise Trouble(
                f"from position {found.plan.doubt} on it cannot be put back as it was; --reorder"
                " puts it back in the order of causes, and the stores named above must be rebuilt"
            )
        if not found.plan.placed and not found.losses.marks:
            return
        # The stores first. They say then where everything goes, so a try that broke off is no more
        # than a log that has lost its end; and until it is back no service runs.
        for name, database in stores.items():
            with database.writer.begin() as connection:
                _note(connection, name, found, order)
        root = asyncio.run(_put(console, place, stores, found))
    if root != found.root:
        raise Trouble(f"the log has the root {root_of(root)} now, not {root_of(found.root)}")
    text = f"{len(found.plan.placed)} messages are back; the root is {root_of(root)}"
    console.print(text, soft_wrap=True, highlight=False)


def _find(place: LogPlace, stores: Stores, data: Path, order: Order) -> Finding:
    with _views(stores) as views:
        found, memory = asyncio.run(_losses(place, views)), memory_of(views[AUDITOR])
        signatures = check_signatures(memory.signed, data)
        positions = {name: checkpoint.read(each) for name, each in views.items()}
        lost = recalled(found.lost, found.tree.size, memory.heard, partial(_message_at, views))
        todo = plan(found.tree.size, lost, positions | {REMEMBERED: memory.known})
        instead = {each: _instead(each, order) for each in todo.missing}
        for some in _in_pieces(views, todo.placed, instead):
            found.tree.extend(leaf_hash(each) for each in some)
        differs = memory.differs(found.tree)
    if not differs and memory.known >= todo.end:
        # What was heard or signed over all of it fits: so it is as it was.
        todo = replace(todo, doubt=None)
    elif differs and todo.doubt is None:
        raise Trouble(
            f"what the outboxes hold is not {differs}: the log or a store was changed;"
            " look with `sayembara audit verify`"
        )
    return Finding(found, todo, found.tree.root(), positions, instead, differs, signatures)


def _instead(position: int, order: Order) -> Heard:
    event = MessageLost(
        edition=NO_EDITION,
        service=SPEAKER,
        position=position,
        by=order.by,
        reason=order.reason,
    )
    return as_message(event, position, datetime.now(UTC))


async def _losses(place: LogPlace, views: Mapping[str, Connection]) -> Losses:
    async with connected(place) as log:
        return await losses(log, views)


@contextmanager
def _views(stores: Stores) -> Iterator[dict[str, Connection]]:
    with ExitStack() as opened_:
        for name, database in stores.items():
            must_be_there(name, database)
        yield {name: opened_.enter_context(each.readers.connect()) for name, each in stores.items()}


def _in_pieces(
    views: Mapping[str, Connection], placed: Sequence[Placed], instead: Mapping[int, Heard]
) -> Iterator[list[Heard]]:
    coming = iter(placed)
    while some := list(islice(coming, MESSAGES)):
        found = dict(instead)
        for name, view in views.items():
            found |= _messages(view, [each for each in some if is_of(each, name)])
        yield [found[each.position] for each in some]


def _messages(view: Connection, placed: Sequence[Placed]) -> dict[int, Heard]:
    positions = {each.row.id: each.position for each in placed if each.row}
    rows = ((positions[row.id], row) for row in outbox.rows_of(view, list(positions)))
    return {at: Heard(at, row.subject, row.headers, row.body) for at, row in rows}


def _message_at(views: Mapping[str, Connection], row: Row, position: int) -> Heard:
    (said,) = outbox.rows_of(views[row.service], [row.id])
    return Heard(position, said.subject, said.headers, said.body)


def _note(connection: Connection, name: str, found: Finding, order: Order) -> None:
    """Write into a store where its events are, and how far it had come by the new positions."""
    todo = found.plan
    own = [(each.row.id, each.position) for each in todo.placed if each.row and is_of(each, name)]
    outbox.mark_published(connection, [*found.losses.marks.get(name, ()), *own])
    before, after = found.positions[name], todo.checkpoint(found.positions[name])
    # The auditor's tree is as it was heard, and its checkpoint is where that ends.
    if before != after and name != AUDITOR:
        checkpoint.advance(connection, before, after)
    if name == SPEAKER and todo.placed:
        say(connection, _event(found, order), datetime.now(UTC))


def _event(found: Finding, order: Order) -> LogReconciled:
    todo = found.plan
    return LogReconciled(
        edition=NO_EDITION,
        service=SPEAKER,
        position=todo.end,
        by=order.by,
        reason=order.reason,
        first=todo.last + 1,
        messages=len(todo.placed) - len(todo.missing),
        moved=len(moved(todo)),
        missing=todo.missing,
        rebuild=found.rebuild,
    )


async def _put(console: Console, place: LogPlace, stores: Stores, found: Finding) -> bytes:
    await event_log.apply(place)
    placed, instead = found.plan.placed, found.instead
    with _views(stores) as views, progress(console, "log", found.plan.end) as tell:
        async with connected(place) as log:
            for some in _in_pieces(views, placed, instead):
                await Putting(log, tell).put(some)
            return (await tree_of(log)).root()


def _show(console: Console, found: Finding) -> None:
    def tell(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False, markup=False)

    for line in report(found):
        tell(line)
