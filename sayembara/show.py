"""What is shown of an edition: its standings, and everything at the end of a play."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from sayembara.addresses import Addresses
from sayembara.play.api import Services
from sayembara.play.folder import Folder
from sayembara.play.screen import excerpt, standings_table
from sayembara.tokens import Tokens, inbox, nobody
from sayembara.trouble import Trouble

ROW = ("rank", "proposal", "title", "score", "advanced")
EXAMPLES = 2

Answer = Mapping[str, Any]


async def find_standings(
    services: Services, edition: str, stage: str | None = None, *, live: bool = False
) -> Answer:
    """The standings of that stage; without one, of the last stage that has any. Else Trouble.

    As everybody sees them; `live` asks for what is behind a frozen stage.
    """
    end = "/live" if live else ""
    for each in [stage] if stage else reversed(await stages_of(services, edition)):
        answer: Answer = await services.get(
            "ranking", f"/editions/{edition}/stages/{each}/standings{end}"
        )
        if stage or answer["rows"]:
            return answer
    raise Trouble(f"'{edition}' has no standings yet: no proposal is admitted")


async def stages_of(services: Services, edition: str) -> list[str]:
    """The stages of an edition, in order; Trouble when ranking does not know it."""
    editions = await services.get("ranking", "/editions")
    for each in editions:
        if each["edition"] == edition:
            return [stage["stage"] for stage in each["stages"]]
    known = ", ".join(each["edition"] for each in editions) or "none"
    raise Trouble(f"ranking knows no edition '{edition}'; it knows: {known}")


def standings_json(standings: Answer) -> str:
    """The standings as one JSON object."""
    head = {name: standings[name] for name in ("edition", "stage", "position", "digest")}
    rows = [{name: row[name] for name in ROW} | _beyond(row) for row in standings["rows"]]
    return json.dumps({**head, "rows": rows}, ensure_ascii=False, indent=2)


def _beyond(row: Answer) -> dict[str, Any]:
    band = {"band": row["band"]["band"]} if row.get("band") else {}
    rank = row.get("computed_rank")
    return band if rank is None else band | {"computed_rank": rank}


def show_standings(console: Console, standings: Answer) -> None:
    """The standings as a table, with their position and digest."""
    state = "final" if standings["final"] else "provisional"
    if standings.get("frozen"):
        state = "frozen"
    title = f"{standings['edition']}, {standings['stage']}: {state}, at {standings['position']}"
    console.print(standings_table(title, standings["rows"]))
    show_grounds(console, standings)
    show_digest(console, standings)


def show_grounds(console: Console, standings: Answer) -> None:
    """What a panel decided or must decide, what was amended, and whom a limit kept out."""
    for line in _grounds(standings):
        console.print(f"  {escape(line)}", soft_wrap=True, highlight=False)


def _grounds(standings: Answer) -> Iterator[str]:
    if standings.get("frozen"):
        yield "everybody sees this, as it was then; --live shows what is to those who may"
    if waiting := standings.get("waiting"):
        named = ", ".join([*waiting["proposals"], *waiting["limits"]])
        yield f"waits for a minuted decision ({waiting['why']}) {named}".rstrip()
    for what, said in [
        ("decided", standings.get("decision")),
        *(("rulebook amended", each) for each in standings.get("amendments", ())),
    ]:
        if said:
            yield f"{what} by {said['by']}, {said['minute']}: {said['reason']}"
    if any(row.get("computed_rank") not in (None, row["rank"]) for row in standings["rows"]):
        yield "a rank in brackets is the computed one"
    for row in standings["rows"]:
        if displaced := row.get("displaced"):
            instead = displaced["instead"] or "nobody"
            margin = f", which has {displaced['margin']} less" if displaced["margin"] else ""
            yield f"{row['proposal']} is kept out ({displaced['says']}): {instead} goes on{margin}"


def show_digest(console: Console, standings: Answer) -> None:
    """The digest on a line of its own, for a program to find."""
    console.print(f"standings digest: {standings['digest']}", soft_wrap=True, highlight=False)


def show_note(console: Console, folder: Folder) -> None:
    """What is real in an edition, what is invented, and what is assumed, in both languages."""
    note = folder.play.note
    console.print(f"\n{escape(note.id)}\n\n[italic]{escape(note.en)}[/]\n", soft_wrap=True)
    if folder.answers:
        console.print("Andaian / Assumptions", style="bold")
    for each in folder.answers:
        what = f"{each.at} = {each.value}: {_both(each.why.model_dump())}"
        console.print(f"  {escape(what)}", soft_wrap=True, highlight=False)


async def show_result(console: Console, services: Services, folder: Folder) -> None:
    """All that an edition came to: standings, awards, notices, and how its files were made."""
    for stage in folder.rulebook.stages:
        standings = await find_standings(services, folder.edition, stage.id)
        runs = excerpt(standings["rows"])
        shown = [row for rows in runs for row in rows]
        console.print(standings_table(f"\n{_both(stage.name.model_dump())}", *runs))
        _show_left_out(console, standings, len(shown))
        show_grounds(console, {**standings, "rows": shown})
    await _show_awards(console, services, folder.edition)
    await _show_notices(console, services, folder.edition)
    show_note(console, folder)
    show_digest(console, standings)


def _show_left_out(console: Console, standings: Answer, shown: int) -> None:
    if left_out := len(standings["rows"]) - shown:
        command = f"sayembara standings {standings['edition']} {standings['stage']}"
        line = f"  {left_out:,} more rows are left out; while the system runs, all: {command}"
        console.print(line, soft_wrap=True, highlight=False)


def _both(words: Mapping[str, str]) -> str:
    return words["id"] if words["id"] == words["en"] else f"{words['id']} / {words['en']}"


async def _show_awards(console: Console, services: Services, edition: str) -> None:
    results = await services.get("ranking", f"/editions/{edition}/results")
    console.print("\nPenghargaan / Awards", style="italic")
    for name, awards in groupby(results["awards"], key=lambda each: _both(each["name"])):
        console.print(f"\n{escape(name)}", style="bold")
        for reason, group in groupby(awards, key=lambda each: each["reason"]):
            for each in group:
                rank = "" if each["rank"] is None else f"{each['rank']}. "
                line = f"  {rank}{each['title']}: {each['agency_name']}"
                console.print(escape(line), soft_wrap=True, highlight=False)
            if reason:
                console.print(f"  [italic]{escape(reason)}[/]", soft_wrap=True)


async def _show_notices(console: Console, services: Services, edition: str) -> None:
    notices = await services.get("notification", "/notices", edition=edition)
    counts = Counter((each["kind"], each["state"]) for each in notices)
    table = Table(title="\nPemberitahuan / Notices", title_justify="left")
    table.add_column("kind")
    table.add_column("state")
    table.add_column("notices", justify="right")
    for (kind, state), count in sorted(counts.items()):
        table.add_row(kind, state, str(count))
    console.print(table)
    for each in _examples(notices):
        whole = await services.get("notification", f"/notices/{each['notice']}")
        console.print(Panel(escape(whole["text"].strip()), title=escape(whole["subject"])))


def _examples(notices: Sequence[Answer]) -> list[Answer]:
    """The newest notice of each of the newest kinds."""
    newest: dict[str, Answer] = {}
    for each in notices:
        newest.setdefault(each["kind"], each)
    return list(newest.values())[:EXAMPLES]


def show_addresses(console: Console, addresses: Addresses, folder: Folder) -> None:
    """Where to look at an edition that has been played."""
    ranking = addresses.services["ranking"]
    for stage in folder.rulebook.stages:
        page = f"{ranking}/editions/{folder.edition}/stages/{stage.id}"
        console.print(f"  standings of {stage.name.en}: {page}", soft_wrap=True)


def show_inbox(console: Console, addresses: Addresses, tokens: Tokens) -> None:
    """Where a browser sees every notice. Only a terminal is shown the token: a file is a log."""
    address = inbox(addresses, tokens if console.is_terminal else nobody)
    hint = "" if "token=" in address else ", with ?token= and what `sayembara token` prints"
    console.print(f"  inbox of all notices: {address}{hint}", soft_wrap=True, highlight=False)
