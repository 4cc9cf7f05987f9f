"""How a proposal came to its place, as a tree from the place down to the marks."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from sayembara.play.api import Services
from sayembara.show import find_standings, stages_of
from sayembara.trouble import Trouble

Answer = Mapping[str, Any]
DECIMALS = 6


async def find_calculation(
    services: Services, edition: str, proposal: str, stage: str | None
) -> Answer:
    """The calculation in that stage; without one, in the last stage that the proposal came to."""
    for each in [stage] if stage else reversed(await stages_of(services, edition)):
        standings = await find_standings(services, edition, each, live=True)
        if stage or any(row["proposal"] == proposal for row in standings["rows"]):
            address = f"/editions/{edition}/stages/{each}/proposals/{proposal}/calculation"
            answer: Answer = await services.get("ranking", address)
            return answer
    raise Trouble(f"'{proposal}' stands in no stage of '{edition}'")


def show_calculation(console: Console, found: Answer) -> None:
    """The whole calculation, the last step first."""
    tree = Tree(escape(_heading(found)))
    for sentence in _sentences(found):
        tree.add(escape(sentence))
    for step in reversed(found["steps"]):
        name = f" ({step['name']['id']} / {step['name']['en']})" if step["name"] else ""
        _grow(tree, step["work"], f"{step['step']}{name} = ")
    console.print(tree, highlight=False)


def _heading(found: Answer) -> str:
    where = f"{found['edition']}, {found['stage']}: {found['proposal']}, {found['title']}"
    state = "final" if found["final"] else "provisional"
    place = f"place {found['rank']}" if found["rank"] else "no place"
    return f"{where}: {place} with {found['score'] or 'no score'} ({state})"


def _sentences(found: Answer) -> list[str]:
    said = []
    if found["computed_rank"]:
        said.append(f"a panel decided the place; the numbers alone give {found['computed_rank']}")
    if found["band"]:
        said.append(f"the band: {found['band']}")
    if found["parts"]:
        said.append(f"parts that were marked: {', '.join(found['parts'])}")
    if found["recused"]:
        said.append(f"recused, so that their sheets do not count: {', '.join(found['recused'])}")
    if found["beside"]:
        said.append(f"the same place: {', '.join(found['beside'])} (ties are {found['ties']})")
    if Fraction(found["tolerance"]):
        said.append(f"up to {found['tolerance']} behind the best of a place share it")
    if found["breaks_ties"]:
        said.append(f"ties are broken by {', then by '.join(found['breaks_ties'])}")
    return said


def _grow(tree: Tree, work: Answer, before: str = "") -> None:
    does = f"  [dim]{escape(work['does'])}[/]" if work["does"] else ""
    branch = tree.add(f"[bold]{escape(before)}[/]{escape(work['formula'])}{_came_to(work)}{does}")
    for line in (*_lines(work), *([work["did"]] if work["did"] else [])):
        branch.add(escape(line))
    for each in work["made_of"]:
        if not _is_written_out(each):
            _grow(branch, each)


def _came_to(work: Answer) -> str:
    if work["over"]:
        return ""
    return f" = {_number(work['cells'][0]['number'])}" if work["cells"] else " = nothing"


def _is_written_out(work: Answer) -> bool:
    return [cell["number"] for cell in work["cells"] if not cell["of"]] == [work["formula"]]


def _lines(work: Answer) -> list[str]:
    if not work["over"]:
        return []
    if len(work["over"]) == 1:
        return ["  ".join(f"{cell['of'][0]} {_number(cell['number'])}" for cell in work["cells"])]
    rows = groupby(work["cells"], key=lambda cell: cell["of"][:-1])
    return [
        f"{', '.join(first)}: "
        + "  ".join(f"{cell['of'][-1]} {_number(cell['number'])}" for cell in cells)
        for first, cells in rows
    ]


def _number(text: str) -> str:
    if "/" not in text:
        return text
    number = Fraction(text)
    whole = abs(number.numerator) * 10**DECIMALS // number.denominator
    digits = str(whole).zfill(DECIMALS + 1)
    sign = "-" if number < 0 else ""
    return f"{text} ({sign}{digits[:-DECIMALS]}.{digits[-DECIMALS:]}…)"
