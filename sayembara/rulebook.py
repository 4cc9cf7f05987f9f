"""The rulebook file for the person who writes it: what is wrong, and what is doubtful."""

from collections.abc import Iterator
from pathlib import Path

from contracts.formula import names_in, parse
from contracts.outcomes import Invalid
from contracts.rulebook import RankAward, Rulebook, Stage
from contracts.steps import word
from rich.console import Console
from rich.markup import escape
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.trouble import Trouble


def check(console: Console, file: Path) -> None:
    """Tell every mistake with its line, and what is doubtful; Trouble when there is a mistake."""
    rulebook = read(file)
    for doubt in doubts(rulebook):
        console.print(f"{file}: {escape(doubt)}", soft_wrap=True, highlight=False, style="yellow")
    stages = ", ".join(each.id for each in rulebook.stages)
    console.print(f"{file}: '{rulebook.id}' is in order; stages: {stages}", soft_wrap=True)
    console.print(f"rulebook digest: {rulebook.digest()}", soft_wrap=True, highlight=False)


def read(file: Path) -> Rulebook:
    """The rulebook in that file; Trouble, with every mistake and its line, when it has any."""
    try:
        return read_rulebook(file.read_bytes())
    except OSError as error:
        raise Trouble(f"{file}: {error.strerror}") from error
    except Invalid as error:
        mistakes = error.text.splitlines()
        told = "\n".join(each.replace("line ", f"{file}:", 1) for each in mistakes)
        raise Trouble(f"{len(mistakes)} to correct\n{told}") from error


def doubts(rulebook: Rulebook) -> Iterator[str]:
    """What a rulebook may say, and hardly means."""
    for number, stage in enumerate(rulebook.stages):
        yield from _unused(stage, rulebook.stages[number + 1 :])
    yield from _awards_beyond_the_cut(rulebook)


def _unused(stage: Stage, later: tuple[Stage, ...]) -> Iterator[str]:
    own = {str(name) for step in stage.steps for name in names_in(parse(step.formula))}
    if "mark" not in own:
        for criterion in stage.criteria:
            if f"mark.{word(criterion.id)}" not in own:
                yield f"stage '{stage.id}': no formula uses the marks for '{criterion.id}'"
    asked = own | {stage.score, *stage.tie_breaks}
    theirs = {
        str(name) for each in later for step in each.steps for name in names_in(parse(step.formula))
    }
    for step in stage.steps:
        if step.id not in asked and f"stage.{word(stage.id)}.{step.id}" not in theirs:
            yield f"stage '{stage.id}': nothing uses the step '{step.id}'"


def _awards_beyond_the_cut(rulebook: Rulebook) -> Iterator[str]:
    cut: int | None = None
    room = {}
    for stage in rulebook.stages:
        room[stage.id] = cut
        if cut is not None and stage.cut is not None and stage.cut >= cut:
            yield f"stage '{stage.id}': its cut of {stage.cut} lets all {cut} through that came in"
        cut = stage.cut if stage.cut is not None else cut
    for award in rulebook.awards:
        if isinstance(award, RankAward) and (most := room[award.stage]) and award.top > most:
            yield f"award '{award.id}' goes to {award.top}; {most} come into '{award.stage}'"
