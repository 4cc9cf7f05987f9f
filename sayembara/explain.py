"""How a proposal came to its place, as a tree from the place down to the marks."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any, Literal

from contracts.rulebook import Words
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from sayembara.play.api import Services
from sayembara.show import find_standings, stages_of
from sayembara.trouble import Trouble

Answer = Mapping[str, Any]
Language = Literal["id", "en"]
DECIMALS = 6
SAID = {
    "final": Words(id="final", en="final"),
    "provisional": Words(id="sementara", en="provisional"),
    "place": Words(id="peringkat {}", en="place {}"),
    "no place": Words(id="tanpa peringkat", en="no place"),
    "no score": Words(id="tidak ada", en="no score"),
    "heading": Words(id="{}: {}, nilai {} ({})", en="{}: {} with {} ({})"),
    "decided": Words(
        id="peringkat ini diputuskan panel; menurut angka saja {}",
        en="a panel decided the place; the numbers alone give {}",
    ),
    "band": Words(id="predikat: {}", en="the band: {}"),
    "parts": Words(id="bagian yang dinilai: {}", en="parts that were marked: {}"),
    "recused": Words(
        id="mundur, sehingga lembar nilainya tidak dihitung: {}",
        en="recused, so that their sheets do not count: {}",
    ),
    "beside": Words(
        id="peringkat yang sama: {} (nilai sama: {})", en="the same place: {} (ties are {})"
    ),
    "tolerance": Words(
        id="sampai {} di bawah yang terbaik berbagi peringkatnya",
        en="up to {} behind the best of a place share it",
    ),
    "breaks ties": Words(id="nilai sama dipisahkan oleh {}", en="ties are broken by {}"),
    "then by": Words(id=", lalu oleh ", en=", then by "),
    "nothing": Words(id="tidak ada", en="nothing"),
}
"""What stands around the calculation, which ranking tells in either language."""


async def find_calculation(
    services: Services, edition: str, proposal: str, stage: str | None, lang: Language = "en"
) -> Answer:
    """The calculation in that stage; without one, in the last stage that the proposal came to."""
    for each in [stage] if stage else reversed(await stages_of(services, edition)):
        standings = await find_standings(services, edition, each, live=True)
        if stage or any(row["proposal"] == proposal for row in standings["rows"]):
            address = f"/editions/{edition}/stages/{each}/proposals/{proposal}/calculation"
            answer: Answer = await services.get("ranking", address, lang=lang)
            return answer
    raise Trouble(f"'{proposal}' stands in no stage of '{edition}'")


def show_calculation(console: Console, found: Answer, lang: Language = "en") -> None:
    """The whole calculation, the last step first; asked for in the same language."""
    tree = Tree(escape(_heading(found, lang)))
    for sentence in _sentences(found, lang):
        tree.add(escape(sentence))
    for step in reversed(found["steps"]):
        name = f" ({step['name']['id']} / {step['name']['en']})" if step["name"] else ""
        _grow(tree, step["work"], lang, f"{step['step']}{name} = ")
    console.print(tree, highlight=False)


def _say(lang: Language, what: str, *given: object) -> str:
    words: str = getattr(SAID[what], lang)
    return words.format(*given)


def _heading(found: Answer, lang: Language) -> str:
    where = f"{found['edition']}, {found['stage']}: {found['proposal']}, {found['title']}"
    state = _say(lang, "final" if found["final"] else "provisional")
    rank = found["rank"]
    place = _say(lang, "place", rank) if rank else _say(lang, "no place")
    return _say(lang, "heading", where, place, found["score"] or _say(lang, "no score"), state)


def _sentences(found: Answer, lang: Language) -> list[str]:
    said = []
    if found["computed_rank"]:
        said.append(_say(lang, "decided", found["computed_rank"]))
    if found["band"]:
        said.append(_say(lang, "band", found["band"]))
    if found["parts"]:
        said.append(_say(lang, "parts", ", ".join(found["parts"])))
    if found["recused"]:
        said.append(_say(lang, "recused", ", ".join(found["recused"])))
    if found["beside"]:
        said.append(_say(lang, "beside", ", ".join(found["beside"]), found["ties"]))
    if Fraction(found["tolerance"]):
        said.append(_say(lang, "tolerance", found["tolerance"]))
    if found["breaks_ties"]:
        said.append(_say(lang, "breaks ties", _say(lang, "then by").join(found["breaks_ties"])))
    return said


def _grow(tree: Tree, work: Answer, lang: Language, before: str = "") -> None:
    does = f"  [dim]{escape(work['does'])}[/]" if work["does"] else ""
    formula = escape(work["formula"])
    branch = tree.add(f"[bold]{escape(before)}[/]{formula}{_came_to(work, lang)}{does}")
    for line in (*_lines(work), *([work["did"]] if work["did"] else [])):
        branch.add(escape(line))
    for each in work["made_of"]:
        if not _is_written_out(each):
            _grow(branch, each, lang)


def _came_to(work: Answer, lang: Language) -> str:
    if work["over"]:
        return ""
    return f" = {_number(work['cells'][0]['number']) if work['cells'] else _say(lang, 'nothing')}"


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
