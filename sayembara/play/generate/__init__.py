"""Editions whose proposals and sheets are not public: filled by chance to their published counts.

The same seed fills a folder the same way, always. What is generated says so in its words.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from contracts.rulebook import Words

from sayembara.play.files import Decision, Proposal, Sheet
from sayembara.play.forms import read_toml
from sayembara.play.generate import entries
from sayembara.play.generate.plan import Plan
from sayembara.play.generate.published import ADMITTED, HANDED_IN, differences
from sayembara.play.generate.results import Results
from sayembara.play.generate.scores import Scores
from sayembara.play.generate.sheets import Marking, panel, parts_of
from sayembara.play.tables import Place

if TYPE_CHECKING:
    from sayembara.play.folder import Folder

FILE = "generate.toml"


@dataclass
class _Judged:
    """What the stages came to so far; `steps` are who came how far."""

    steps: dict[str, Sequence[Proposal]]
    sheets: list[Sheet] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def fill(folder: "Folder", *, full: bool = False) -> "Folder":
    """The folder with what its `generate.toml` adds: agencies, proposals, panel, sheets, minutes.

    What stands in its tables stays. Trouble when the published counts do not come out. `full` is
    the size that the plan names as full, where it names one.
    """
    return fill_by(read_toml(folder.path / FILE, Plan), folder, full=full)


def fill_by(plan: Plan, folder: "Folder", *, full: bool = False) -> "Folder":
    """The folder with what this plan adds to it."""
    place = Place(folder.path / FILE, 1)
    chance = random.Random(plan.seed)
    invented = entries.agencies(plan, place, full=full)
    known = {each.proposal: each for each in folder.proposals}
    entering = entries.Entering(plan, folder.rulebook, invented, known, place=place, chance=chance)
    entered = [entering.enter(*each) for each in entries.sizes(plan, full=full)]
    seats = (*folder.panel, *panel(plan, place))
    filled = replace(
        folder,
        play=folder.play.model_copy(update={"note": _both(folder.play.note, plan.note)}),
        agencies=(*folder.agencies, *invented),
        proposals=tuple(proposal for each in entered for proposal in each.proposals),
        rejections=(*folder.rejections, *entries.rejections(entered, place)),
        panel=seats,
    )
    groups = {own.proposal: each.group.id for each in entered for own in each.proposals}
    results = Results(plan, folder.rulebook, groups, place)
    parts = parts_of(plan, filled.proposals, chance, full=full)
    admitted = tuple(proposal for each in entered for proposal in each.admitted)
    marking = Marking(
        plan,
        parts,
        _missing(plan, admitted, chance),
        strong=results.known_by_rank(),
        place=place,
        chance=chance,
    )
    judged = _judge(filled, admitted, results, marking)
    wrong = list(differences(plan, judged.steps, sum(parts.values()), full=full))
    if wrong:
        raise place.trouble("; ".join(wrong))
    return replace(
        filled,
        sheets=(*folder.sheets, *judged.sheets),
        decisions=(*folder.decisions, *judged.decisions),
        awards=(*folder.awards, *results.awards(judged.steps)),
    )


def _both(first: Words, second: Words) -> Words:
    return Words(id=f"{first.id} {second.id}", en=f"{first.en} {second.en}")


def _missing(
    plan: Plan, admitted: Sequence[Proposal], chance: random.Random
) -> dict[str, frozenset[str]]:
    known = {each for group in plan.groups for each in group.known}
    names = [each.proposal for each in admitted if each.proposal not in known]
    return {each.criterion: frozenset(chance.sample(names, each.count)) for each in plan.missing}


def _judge(
    folder: "Folder", admitted: Sequence[Proposal], results: Results, marking: Marking
) -> _Judged:
    judged = _Judged({HANDED_IN: folder.proposals, ADMITTED: admitted})
    scores = Scores(folder.rulebook.stages, folder.panel)
    ranked = results.stages_to_rank()
    there = tuple(admitted)
    for stage in folder.rulebook.stages:
        sheets = list(marking.sheets(stage, there))
        judged.sheets += sheets
        if stage in ranked:
            ranks = scores.ranks(stage, there, sheets)
            there = results.chosen(stage, there, ranks)
            judged.decisions += results.decisions(stage, there, ranks)
        judged.steps[stage.id] = there
    return judged
