"""A stage's formulas, read once: what is worked out, from what, and what the places follow from."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from contracts.formula import Node, names_in, parse
from contracts.functions import looks_across
from contracts.ids import StageId
from contracts.stage import Stage
from contracts.steps import axes_of_steps, rounding_of, step_of, word

from ranking_service.engine import exact
from ranking_service.engine.calculate import Entry, calculate, calculate_alone
from ranking_service.engine.exact import Fraction
from ranking_service.engine.values import Cell, Value, single

Marks = Mapping[str, Decimal]


@dataclass(frozen=True)
class Plan:
    """What is done in one stage. `kept` are the steps that later stages and ties may ask for."""

    stage: Stage
    steps: tuple[tuple[str, Node], ...]
    uses: frozenset[str]
    kept: tuple[str, ...]
    places: int
    across: bool
    earlier: Mapping[StageId, Mapping[str, str]]
    """The steps of earlier stages that are asked for, each with the name that formulas give it."""

    def entry(self, sheets: Mapping[str, Marks], earlier: Mapping[str, Fraction]) -> Entry:
        """What is known of a proposal: its jurors' marks, and its values in earlier stages."""
        cells: dict[Cell, Fraction] = {
            (juror, name): exact.fraction_of(mark)
            for juror, marks in sheets.items()
            for name, mark in marks.items()
        }
        known = {"mark": Value(("juror", "criterion"), cells), "weight": self._weights}
        known["jurors"] = single(Fraction(len(sheets)))
        known.update({name: single(number) for name, number in earlier.items()})
        for criterion in self.stage.criteria:
            if (name := f"mark.{word(criterion.id)}") in self.uses:
                known[name] = _of_criterion(cells, criterion.id)
        criteria = [each.id for each in self.stage.criteria]
        return Entry(known, {"juror": sorted(sheets), "criterion": criteria})

    @cached_property
    def _weights(self) -> Value:
        return Value(
            ("criterion",),
            {(each.id,): exact.fraction_of(each.weight) for each in self.stage.criteria},
        )

    def earlier_numbers(
        self, of: Callable[[StageId], Mapping[str, Fraction]]
    ) -> dict[str, Fraction]:
        """What is asked for of earlier stages, where `of` gives the numbers of each."""
        found = {}
        for stage, names in self.earlier.items():
            known = of(stage)
            found.update({full: known[name] for name, full in names.items() if name in known})
        return found

    def work_out(self, entries: Mapping[str, Entry]) -> None:
        """Work out every step for each of these proposals."""
        if self.across:
            calculate(self.steps, entries)
        else:
            for entry in entries.values():
                calculate_alone(self.steps, entry)

    def score(self, entry: Entry) -> Decimal | None:
        """The score that was worked out."""
        number = entry.known[self.stage.score].single
        return None if number is None else exact.as_decimal(number, self.places)

    def numbers(self, entry: Entry) -> dict[str, Fraction]:
        """The values that later stages and ties may ask for; absent ones are not there."""
        found = {name: entry.known[name].single for name in self.kept}
        return {name: number for name, number in found.items() if number is not None}


def _of_criterion(cells: Mapping[Cell, Fraction], criterion: str) -> Value:
    found = {cell[:1]: mark for cell, mark in cells.items() if cell[1] == criterion}
    return Value(("juror",), found)


def plans_of(stages: Sequence[Stage]) -> dict[StageId, Plan]:
    """The plan of each stage."""
    axes_of_steps(stages)
    asked = {name for stage in stages for name in _names_in(stage)}
    return {stage.id: _plan(stage, asked, stages) for stage in stages}


def _names_in(stage: Stage) -> frozenset[str]:
    formulas = (parse(each.formula) for each in stage.steps)
    return frozenset(str(name) for node in formulas for name in names_in(node))


def _plan(stage: Stage, asked: Collection[str], stages: Sequence[Stage]) -> Plan:
    steps = tuple((each.id, parse(each.formula)) for each in stage.steps)
    uses = _names_in(stage)
    prefix = f"stage.{word(stage.id)}."
    kept = (name for name, _ in steps if name in stage.tie_breaks or f"{prefix}{name}" in asked)
    return Plan(
        stage=stage,
        steps=steps,
        uses=uses,
        kept=tuple(kept),
        places=rounding_of(step_of(stage, stage.score)) or 0,
        across=any(looks_across(node) for _, node in steps),
        earlier=_earlier(uses, stages),
    )


def _earlier(uses: Iterable[str], stages: Sequence[Stage]) -> dict[StageId, dict[str, str]]:
    found: dict[StageId, dict[str, str]] = {}
    for stage in stages:
        prefix = f"stage.{word(stage.id)}."
        if names := {name.removeprefix(prefix): name for name in uses if name.startswith(prefix)}:
            found[stage.id] = names
    return found
