"""The log gets back what it has lost, from the outboxes of the services."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from contracts.operations import NO_EDITION, LogReconciled, MessageLost
from kit import checkpoint, outbox
from kit.heard import Heard
from rich.console import Console
from sqlalchemy import Connection

from sayembara import event_log
from sayembara.addresses import LogPlace
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.looking import progress
from sayembara.audit.note import Checkpoint
from sayembara.audit.proving import tree_of
from sayembara.backup.folder import root_of
from sayembara.backup.kept import not_fitting, signed_in
from sayembara.backup.losses import Losses, losses
from sayembara.backup.messages import MESSAGES, Putting
from sayembara.backup.plan import Placed, Plan, plan
from sayembara.backup.saying import SPEAKER, Order, as_message, say
from sayembara.backup.standing import log_alone
from sayembara.backup.stores import Stores, alone, must_be_there, opened, store_urls
from sayembara.event_log import connected
from sayembara.trouble import Trouble

MOVES_SHOWN = 20
SIGNED = "a signed checkpoint"
LOOKING = Order(by="nobody", reason="only looking")


@dataclass(frozen=True)
class Finding:
    """What was lost, the plan to put it back, and the root of the log then."""

    losses: Losses
    plan: Plan
    root: bytes
    positions: Mapping[str, int]
    instead: Mapping[int, Heard]
    """What stands at the positions whose message nobody has."""
    broken: Checkpoint | None
    """The first signed checkpoint that the log will not fit."""

    @property
    def rebuild(self) -> tuple[str, ...]:
        """The services whose store took something that the log has otherwise now, or not at all."""
        doubt = self.plan.doubt
        if doubt is None:
            return ()
        return tuple(name for name, position in self.positions.items() if position >= doubt)


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
        signed = signed_in(views, data)
        found = asyncio.run(_losses(place, views))
        positions = {name: checkpoint.read(each) for name, each in views.items()}
        known = positions | {SIGNED: max((each.size for each in signed), default=0)}
        todo = plan(found.tree.size, found.lost, known)
        instead = {each: _instead(each, order) for each in todo.missing}
        for some in _in_pieces(views, todo.placed, instead):
            found.tree.extend(leaf_hash(each) for each in some)
    broken = not_fitting(found.tree, signed)
    if broken is None and any(each.size >= todo.known for each in signed):
        # What was signed over all of it fits: so it is as it was.
        todo = replace(todo, doubt=None)
    elif broken is not None and todo.doubt is None:
        raise Trouble(
            f"what the outboxes hold is not what was signed up to position {broken.size}:"
            " the log or a store was changed; look with `sayembara audit verify`"
        )
    return Finding(found, todo, found.tree.root(), positions, instead, broken)


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
            found |= _messages(view, [each for each in some if _is_of(each, name)])
        yield [found[each.position] for each in some]


def _messages(view: Connection, placed: Sequence[Placed]) -> dict[int, Heard]:
    positions = {each.row.id: each.position for each in placed if each.row}
    rows = ((positions[row.id], row) for row in outbox.rows_of(view, list(positions)))
    return {at: Heard(at, row.subject, row.headers, row.body) for at, row in rows}


def _is_of(placed: Placed, service: str) -> bool:
    return placed.row is not None and placed.row.service == service


def _note(connection: Connection, name: str, found: Finding, order: Order) -> None:
    """Write into a store where its events are, and how far it had come by the new positions."""
    todo = found.plan
    own = [(each.row.id, each.position) for each in todo.placed if each.row and _is_of(each, name)]
    outbox.mark_published(connection, [*found.losses.marks.get(name, ()), *own])
    before, after = found.positions[name], todo.checkpoint(found.positions[name])
    if before != after:
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
        moved=len(_moved(todo)),
        missing=todo.missing,
        rebuild=found.rebuild,
    )


def _moved(todo: Plan) -> list[Placed]:
    return [each for each in todo.placed if todo.doubt is not None and each.is_elsewhere]


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

    for line in _report(found):
        tell(line)


def _report(found: Finding) -> Iterator[str]:
    todo = found.plan
    yield f"the log ends at position {todo.last}; the stores know it up to {todo.known}"
    yield from (f"  {line}" for line in _by_service(found))
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
        those = [each.position for each in found.plan.placed if _is_of(each, name)]
        lost = f"lost: {len(those)} ({min(those)} to {max(those)})" if those else "lost: none"
        yield f"{name}: its store took everything up to {position}; {lost}"


def _doubts(found: Finding) -> Iterator[str]:
    for position in found.plan.missing:
        yield f"position {position}: no store has what was there; it is lost for good"
    moved = _moved(found.plan)
    for each in moved[:MOVES_SHOWN]:
        yield _move(each)
    if len(moved) > MOVES_SHOWN:
        yield f"and {len(moved) - MOVES_SHOWN} more"
    if found.broken is not None:
        yield f"the checkpoint signed over {found.broken.size} messages will not fit any more"
    yield f"to be rebuilt from the log afterwards: {', '.join(found.rebuild) or 'no store'}"


def _move(placed: Placed) -> str:
    assert placed.row is not None
    before = placed.row.position or "not known"
    what = f"{placed.row.service} said it as its {placed.row.id}th"
    return f"position {placed.position}: {what}; before: {before}"
