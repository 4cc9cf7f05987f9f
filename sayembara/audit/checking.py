"""`sayembara audit verify`: one pass over the log, what was signed of it, and what is shown now."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kit.log import Log
from rich.console import Console

from sayembara.addresses import Addresses
from sayembara.audit.asof import ask_log, what_follows
from sayembara.audit.beside import Shown, beside, shown
from sayembara.audit.looking import progress, show_findings
from sayembara.audit.reading import read
from sayembara.audit.replay import Finding, Replay
from sayembara.audit.scratch import Scratch, scratch
from sayembara.audit.signed import Claims
from sayembara.audit.timing import Timing, act_subjects
from sayembara.audit.verify import Report, Verification
from sayembara.play.api import Services
from sayembara.terminal import console, plain
from sayembara.tokens import from_environment
from sayembara.trouble import Trouble

ROUNDS = 3
PAUSE_SECONDS = 1


@dataclass(frozen=True)
class Beside:
    """What the log is compared with: what was signed of it, and the services that show it."""

    signed: Claims = field(default_factory=Claims)
    services: Services | None = None


def verified(edition: str | None, signed: Claims) -> Report:
    """What a verification of the log comes to that the environment names.

    `signed` is what was read before, so that the log holds all that it is over.
    """

    async def asking(log: Log) -> Report:
        async with Services(Addresses.from_environment(), from_environment()) as services:
            return await verify(console, log, edition, Beside(signed, services))

    return ask_log(asking)


async def verify(
    console: Console, log: Log, edition: str | None, other: Beside = Beside()
) -> Report:
    """Verify the log, of one edition or of all."""
    last = await log.last_position()
    subjects = act_subjects(edition or "*")
    acts = [each async for batch in read(log, subjects) for each in batch]
    with scratch() as store, progress(console, "verify", last) as tell:
        work = Verification(Replay(store, Timing(acts)), edition, other.signed)
        async for batch in read(log, last=last):
            work.take(batch)
            tell(batch[-1].position)
        work.end_at(last)
        async for batch in what_follows(log, last, lambda: work.replay.is_ahead):
            work.take_new(batch)
        found, notes = await _shown(log, work, other.services)
        report = work.finish()
    more = [Finding(report.last, each) for each in found]
    notes = [*of_signed(other.signed), *notes]
    return replace(report, findings=(*more, *report.findings), notes=tuple(notes))


def of_signed(signed: Claims) -> Iterator[str]:
    """How much of what was signed the log is compared with."""
    sizes = [each.checkpoint.size for each in signed.said]
    if sizes:
        yield f"checkpoints compared: {len(sizes)}, over up to {max(sizes)} messages"
    elif any(signed.forged):
        yield "checkpoints compared: none, for this key has signed none of them: is it the log's?"
    else:
        yield "checkpoints compared: none, for none is kept here, and none was given"
    if heard := len(signed.leaves):
        yield f"messages compared with what the auditor heard: {heard}"


async def _shown(
    log: Log, work: Verification, services: Services | None
) -> tuple[list[str], list[str]]:
    """What ranking shows and the log does not come to; and what was compared."""
    if services is None:
        return [], ["not compared with what ranking shows"]
    found, notes = list[str](), list[str]()
    editions = _editions(work)
    if not editions:
        notes.append("not compared with what ranking shows: no edition is open on the log")
    if not editions and work.edition:
        found.append(f"the log opens no edition '{work.edition}': is it written so?")
    for edition, stages in editions.items():
        try:
            more = await _differences(log, work, services, edition, stages)
        except Trouble as trouble:
            notes.append(f"not compared with what ranking shows of '{edition}': {trouble}")
            continue
        found += more
        notes.append(f"stages of '{edition}' compared with what ranking shows: {len(stages)}")
    return found, notes


def _editions(work: Verification) -> dict[str, list[str]]:
    with work.replay.scratch.store() as ranking:
        ids = [each for each in ranking.edition_ids() if work.edition in (None, each)]
        books = {each: ranking.rulebook(each) for each in ids}
    return {name: [each.id for each in book.stages] for name, book in books.items() if book}


async def _differences(
    log: Log,
    work: Verification,
    services: Services,
    edition: str,
    stages: Sequence[str],
) -> list[str]:
    # Ranking may be at work: it is asked first, then the log is read to its end. What differs only
    # because something came in between does not differ the next time.
    for left in reversed(range(ROUNDS)):
        answer = await shown(services, edition, stages)
        async for batch in read(log, first=work.last + 1):
            work.take_new(batch)
        work.replay.settle()
        found = beside(answer, work.replay.scratch)
        if not found or not left:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    if found and _is_behind(answer, work.replay.scratch):
        raise Trouble(f"it has come to position {answer.position} only; try again")
    return found


def _is_behind(answer: Shown, store: Scratch) -> bool:
    live = [store.standings(answer.edition, each.stage) for each in answer.standings]
    positions = [each.position for each in live if not each.final]
    return answer.position is not None and answer.position < max(positions, default=0)


def show_report(console: Console, report: Report) -> None:
    """What a verification came to, on one page."""
    text = f"{report.messages} messages, up to position {report.last}"
    console.print(f"{text}; {len(report.published)} published rankings recomputed")
    for each in report.published:
        mark = "the same" if each.matches else "NOT THE SAME"
        line = f"  {each.edition} {each.stage}, at {each.position}: {each.digest} {mark}"
        console.print(line, soft_wrap=True, highlight=False)
    for note in report.notes:
        console.print(plain(note), soft_wrap=True, highlight=False, markup=False)
    if report.is_in_order:
        console.print("nothing was found: the log is in order")
    else:
        count = len(report.findings)
        console.print("1 finding:" if count == 1 else f"{count} findings:")
        show_findings(console, report.findings)
