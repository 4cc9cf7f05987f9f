"""The steps of a stage, worked out for one proposal and told in words."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from contracts.formula import Axis
from contracts.ids import ProposalId
from contracts.rulebook import Words
from pydantic import BaseModel

from ranking_service.api.languages import Wording
from ranking_service.engine.calculate import Entry
from ranking_service.engine.explain import Explained, explain, number_text
from ranking_service.engine.plan import Plan

Naming = Callable[[Axis, str], str]


class Cell(BaseModel):
    """A number, and of which juror, group, part or criterion it is."""

    of: list[str]
    number: str


class Work(BaseModel):
    """A formula, what its function does, what it came to for each cell, and what it is made of.

    `did` says which numbers a trim left out, a clamp moved or a default filled in.
    """

    formula: str
    does: str
    did: str
    over: list[str]
    cells: list[Cell]
    made_of: list["Work"]


class StepWorked(BaseModel):
    """A step of the stage, worked out."""

    step: str
    name: Words | None
    work: Work


def by_id(axis: Axis, name: str) -> str:  # noqa: ARG001 - as Naming
    """The id itself."""
    return name


def by_number(jurors: Iterable[str], wording: Wording) -> Naming:
    """Jurors and their groups by number, so that nobody can tell who they are."""
    numbers = {
        juror: wording.juror.format(number) for number, juror in enumerate(sorted(jurors), start=1)
    }
    groups: dict[str, str] = {}

    def naming(axis: Axis, name: str) -> str:
        if axis == "group":
            # The agency would tell who its jurors are.
            return groups.setdefault(name, wording.group.format(len(groups) + 1))
        return numbers[name] if axis == "juror" else name

    return naming


def steps_of(
    plan: Plan,
    entries: Mapping[ProposalId, Entry],
    proposal: ProposalId,
    naming: Naming,
    wording: Wording,
) -> Iterable[StepWorked]:
    """The steps of the stage as they were worked out for the proposal, in order."""
    names = {each.id: each.name for each in plan.stage.steps}
    for step, node in plan.steps:
        work = _work(explain(node, entries, proposal), naming, wording)
        yield StepWorked(step=step, name=names[step], work=work)


def _work(explained: Explained, naming: Naming, wording: Wording) -> Work:
    axes = explained.value.axes
    cells = [
        Cell(of=_named(axes, cell, naming), number=number_text(number))
        for cell, number in sorted(explained.value.cells.items())
    ]
    return Work(
        formula=explained.text,
        does=wording.does(explained),
        did=_did(explained, naming, wording),
        over=list(axes),
        cells=cells,
        made_of=[_work(each, naming, wording) for each in explained.of],
    )


def _named(axes: Sequence[Axis], cell: Sequence[str], naming: Naming) -> list[str]:
    return [naming(axis, each) for axis, each in zip(axes, cell, strict=True)]


def _did(explained: Explained, naming: Naming, wording: Wording) -> str:
    """As in `left out: juror 3 (98), juror 5 (61)`."""
    told = []
    for each in explained.changes:
        name = ", ".join(_named(explained.value.axes, each.cell, naming)) or wording.whole
        numbers = [number_text(it) for it in (each.before, each.after) if it is not None]
        told.append(f"{name} ({wording.changed.format(*numbers) if numbers[1:] else numbers[0]})")
    return f"{wording.did.get(explained.did, explained.did)}: {'; '.join(told)}" if told else ""
