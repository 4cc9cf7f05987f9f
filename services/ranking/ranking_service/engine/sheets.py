"""What a formula may name of a proposal's sheets, its jurors and their panels."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from contracts.formula import Axis
from contracts.ids import AgencyId, CriterionId, JurorId, PanelId, PartId
from contracts.stage import Criterion, Stage
from contracts.steps import word

from ranking_service.engine import exact
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Cell, Value, single

Marks = Mapping[CriterionId, Decimal]


class Seat(NamedTuple):
    """Where a juror sits in a stage: on which panel, if it has several, and of which agency."""

    panel: PanelId | None
    agency: AgencyId


NO_SEAT = Seat(None, "")


@dataclass(eq=False)
class Facts:
    """What the engine is told of a proposal: the sheets that count, and who sits and stepped aside.

    `whole` are sheets by juror, `of_parts` those of parts by juror and part. The seats are all
    those of the stage; they are there where the stage's formulas need them.
    """

    whole: Mapping[JurorId, Marks]
    of_parts: Mapping[tuple[JurorId, PartId], Marks] = field(default_factory=dict)
    seats: Mapping[JurorId, Seat] = field(default_factory=dict)
    recused: Collection[JurorId] = ()

    @cached_property
    def jurors(self) -> list[JurorId]:
        """Whose sheets count, each once."""
        return sorted({*self.whole, *(juror for juror, _ in self.of_parts)})

    @cached_property
    def parts(self) -> list[PartId]:
        """The parts that are marked on a sheet that counts."""
        return sorted({part for _, part in self.of_parts})

    def seat(self, juror: JurorId) -> Seat:
        """Where the juror sits."""
        return self.seats.get(juror, NO_SEAT)


NO_FACTS = Facts({})

Reader = Callable[[Facts], Value]


@dataclass(frozen=True)
class MarkName:
    """A name that stands for marks: of `panel` or of everyone, of a part or of the whole.

    `alone` names one criterion, so that there is no axis of criteria.
    """

    criteria: tuple[Criterion, ...]
    panel: PanelId | None
    of_part: bool
    alone: bool
    groups: bool

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the marks."""
        group: tuple[Axis, ...] = ("group",) if self.groups else ()
        part: tuple[Axis, ...] = ("part",) if self.of_part else ()
        return (*group, "juror", *part, *(() if self.alone else ("criterion",)))

    @cached_property
    def _wanted(self) -> frozenset[CriterionId]:
        return frozenset(each.id for each in self.criteria)

    def of(self, panel: PanelId | None) -> list[CriterionId]:
        """Which of the criteria a juror of that panel is asked to mark."""
        if self.panel not in (None, panel):
            return []
        return [each.id for each in self.criteria if each.panel in (None, panel)]

    def read(self, facts: Facts) -> Value:
        """The marks of a proposal."""
        cells: dict[Cell, Fraction] = {}
        wanted, alone = self._wanted, self.alone
        for head, marks in self._sheets(facts):
            for name, mark in marks.items():
                if name in wanted:
                    cells[head if alone else (*head, name)] = exact.fraction_of(mark)
        return Value(self.axes, cells)

    def sheets(self, facts: Facts) -> Iterable[Marks]:
        """The sheets of the whole proposal that these marks are on, and others of the panel."""
        if self.panel is None:
            return facts.whole.values()
        found = facts.whole.items()
        return [marks for juror, marks in found if facts.seat(juror).panel == self.panel]

    def _sheets(self, facts: Facts) -> list[tuple[Cell, Marks]]:
        found: list[tuple[Cell, Marks]]
        if self.of_part:
            found = list(facts.of_parts.items())
        else:
            found = [((juror,), marks) for juror, marks in facts.whole.items()]
        if self.panel is not None:
            found = [each for each in found if facts.seat(each[0][0]).panel == self.panel]
        if self.groups:
            found = [((facts.seat(head[0]).agency, *head), marks) for head, marks in found]
        return found


def marks_named(stage: Stage) -> dict[str, MarkName]:
    """Every name of the stage that stands for marks."""
    found = {}
    for panel, prefix in _panels(stage):
        for of_part, name in ((False, "mark"), (True, "part.mark")):
            asked = _asked(stage, panel, of_part=of_part)
            found[f"{prefix}{name}"] = MarkName(asked, panel, of_part, False, stage.groups)
            for each in asked:
                one = MarkName((each,), panel, of_part, True, stage.groups)
                found[f"{prefix}mark.{word(each.id)}"] = one
    return {name: each for name, each in found.items() if each.criteria}


def _asked(stage: Stage, panel: PanelId | None, *, of_part: bool) -> tuple[Criterion, ...]:
    if panel is not None:
        return stage.asked_of(panel, of_part=of_part)
    return tuple(each for each in stage.criteria if (each.per == "part") == of_part)


def _panels(stage: Stage) -> list[tuple[PanelId | None, str]]:
    named = [(each.id, f"panel.{word(each.id)}.") for each in stage.panels]
    return [(None, ""), *named]


def counts_named(stage: Stage) -> dict[str, Reader]:
    """Every name of the stage that stands for how many there are."""
    found: dict[str, Reader] = {"parts": lambda facts: _count(facts.parts)}
    for panel, prefix in _panels(stage):
        found[f"{prefix}jurors"] = _counting(panel, lambda facts: facts.jurors)
        found[f"{prefix}seated"] = _counting(panel, lambda facts: facts.seats)
        found[f"{prefix}recused"] = _counting(panel, lambda facts: facts.recused)
    return found


def _counting(panel: PanelId | None, of: Callable[[Facts], Collection[JurorId]]) -> Reader:
    if panel is None:
        return lambda facts: _count(of(facts))
    return lambda facts: _count([each for each in of(facts) if facts.seat(each).panel == panel])


def _count(things: Collection[str]) -> Value:
    return single(Fraction(len(things)))
