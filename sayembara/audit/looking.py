"""What `sayembara audit` asks of the log by replaying and reading it, and how that is shown."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kit.log import Log
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.tree import Tree

from sayembara.audit import trace
from sayembara.audit.asof import (
    of_edition,
    position_at,
    replayed_up_to,
    stages,
    what_follows,
)
from sayembara.audit.diff import Change, Touch, Window, changes
from sayembara.audit.reading import Logged, read
from sayembara.audit.replay import Finding, Published, Replay
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing, act_subjects
from sayembara.terminal import plain
from sayembara.trouble import Trouble

FINDINGS_SHOWN = 40


@contextmanager
def progress(console: Console, title: str, last: int) -> Iterator[Callable[[int], None]]:
    """A bar up to that position, while somebody watches a terminal; gone at the end."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("", total=last)
        yield lambda position: bar.update(task, completed=position)


async def replay(
    console: Console,
    log: Log,
    edition: str,
    moment: str | None,
    *,
    until_match: bool = False,
) -> bool:
    """Replay the edition and show each stage's digest; whether all is as it was published."""
    last = await position_at(log, edition, moment)
    with scratch() as store, progress(console, "replay", last) as tell:

        def seen(done: Replay, position: int) -> bool:
            tell(position)
            return until_match and bool(done.findings)

        done = await replayed_up_to(log, store, edition, last, seen=seen)
        if moment is None:
            async for batch in what_follows(log, last, lambda: done.is_ahead):
                done.take_new([each for each in batch if each.edition == edition])
            done.finish()
        _show_stages(console, done, edition)
    if until_match:
        _show_first(console, done.findings)
    else:
        show_findings(console, done.findings)
    return not done.findings


def _show_stages(console: Console, done: Replay, edition: str) -> None:
    said = {each.stage: each for each in done.published if each.edition == edition}
    for stage in stages(done, edition):
        found = done.scratch.standings(edition, stage)
        state = "final" if found.final else "provisional"
        line = f"{stage}: {state}, at {found.position}, {found.digest}"
        console.print(f"{line}{_compared(said.get(stage))}", soft_wrap=True, highlight=False)


def _compared(published: Published | None) -> str:
    if published is None:
        return ""
    if published.matches:
        return f" = published at {published.position}"
    return f" is NOT as published at {published.position}: {published.digest}"


def _show_first(console: Console, findings: list[Finding]) -> None:
    if not findings:
        console.print("published and replayed are the same to the end")
        return
    first = min(findings, key=lambda each: each.position)
    text = plain(f"they differ first at position {first.position}: {first.says}")
    console.print(escape(text), soft_wrap=True, highlight=False)


def show_findings(console: Console, findings: list[Finding] | tuple[Finding, ...]) -> None:
    """The findings, on one page; what is said of many positions is said once."""
    places: dict[str, list[int]] = {}
    for each in findings:
        places.setdefault(each.says, []).append(each.position)
    for says, at in list(places.items())[:FINDINGS_SHOWN]:
        more = f" and {len(at) - 1} more" if len(at) > 1 else ""
        text = escape(plain(f"position {at[0]}{more}: {says}"))
        console.print(text, soft_wrap=True, highlight=False)
    if len(places) > FINDINGS_SHOWN:
        console.print(f"and {len(places) - FINDINGS_SHOWN} others")


async def diff(
    console: Console, log: Log, edition: str, stage: str, moments: tuple[str, str]
) -> None:
    """Show what changed in a stage between two moments."""
    first, last = [await position_at(log, edition, each) for each in moments]
    if first >= last:
        raise Trouble(f"{moments[0]} is at position {first}, which is not before {last}")
    acts = [each async for batch in read(log, act_subjects(edition)) for each in batch]
    with scratch() as store:
        done, window = Replay(store, Timing(acts), last), Window(store, edition, stage, first)
        await _go_on(log, done, window, first)
        known = stage in stages(done, edition)
        if not known:
            raise Trouble(f"'{edition}' has no stage '{stage}'; see `sayembara standings`")
        before = store.standings(edition, stage)
        await _go_on(log, done, window, last)
        after = store.standings(edition, stage)
        found = changes(before, after, window)
    console.print(f"{edition}, {stage}: from position {first} to {last}", highlight=False)
    for digest in (before.digest, after.digest):
        console.print(f"  {digest}", soft_wrap=True, highlight=False)
    _show_changes(console, window.for_all, found)


async def _go_on(log: Log, done: Replay, window: Window, last: int) -> None:
    async for batch in read(log, of_edition(window.edition), first=done.position + 1, last=last):
        window.watch(batch)
        done.take(batch)
    done.settle()


def _show_changes(console: Console, for_all: list[Touch], found: list[Change]) -> None:
    for each in for_all:
        text = escape(f"  at {each.position}: {each.says}")
        console.print(text, soft_wrap=True, highlight=False)
    for change in found:
        why = "" if change.touches else ", by what happened to others"
        console.print(f"{change.proposal}: {change.says()}{why}", soft_wrap=True, highlight=False)
        for touch in change.touches:
            text = escape(f"    at {touch.position}: {touch.says}")
            console.print(text, soft_wrap=True, highlight=False)
    if not found and not for_all:
        console.print("nothing changed")


async def show_trace(console: Console, log: Log, named: str) -> None:
    """Show what led to an event and what followed from it, as a tree."""
    target = await _find(log, named)
    related = [
        each
        async for batch in read(log, of_edition(target.edition))
        for each in batch
        if each is target or trace.belongs(each, target)
    ]
    request = trace.tree(related or [target])
    console.print(_drawn(request, target.position), highlight=False, soft_wrap=True)


async def _find(log: Log, named: str) -> Logged:
    first = int(named) if named.isdecimal() else 1
    async for batch in read(log, first=first, last=first if named.isdecimal() else None):
        for each in batch:
            if named in (str(each.position), each.event_id):
                return each
    what = "position" if named.isdecimal() else "event"
    raise Trouble(f"the log has no {what} {named}")


def _drawn(request: trace.Node, position: int) -> Tree:
    tree = Tree("a request from outside")
    _draw(tree, request, position)
    return tree


def _draw(branch: Tree, node: trace.Node, position: int) -> None:
    shown: dict[str, int] = {}
    for each in node.effects:
        assert each.message is not None
        kind = each.message.event_type
        shown[kind] = shown.get(kind, 0) + 1
        is_it = each.message.position == position
        if shown[kind] > trace.SHOWN_MAX and not is_it and not each.effects:
            continue
        text = escape(trace.described(each.message))
        _draw(branch.add(f"[bold]{text}[/]" if is_it else text), each, position)
    for kind, count in shown.items():
        if count > trace.SHOWN_MAX:
            branch.add(f"{kind}: {count} in all")


async def show_life(console: Console, log: Log, edition: str, proposal: str) -> None:
    """Show the life of one proposal as a timeline."""
    found = [
        moment
        async for batch in read(log, of_edition(edition))
        for moment in trace.life(batch, proposal)
    ]
    if not found:
        raise Trouble(f"the log says nothing of a proposal '{proposal}' in '{edition}'")
    table = Table(title=f"{edition}, {proposal}", title_justify="left")
    for column in ("position", "said at (UTC)", "event", ""):
        table.add_column(column, justify="right" if column == "position" else "left")
    for each in found:
        message = each.message
        words = (each.time, message.event_type, escape(each.says))
        table.add_row(str(message.position), *words)
    console.print(table)
