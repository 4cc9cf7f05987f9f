"""A stage's formulas, read once: what is worked out, from what, and what the places follow from."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Any

from contracts.formula import Node, names_in, parse
from contracts.functions import looks_across
from contracts.ids import JurorId, PartId, StageId
from contracts.stage import Stage
from contracts.steps import axes_of_steps, rounding_of, step_of, word

from ranking_service.engine import exact
from ranking_service.engine.calculate import Entry, calculate, value_of
from ranking_service.engine.exact import Fraction
from ranking_service.engine.expected import Expectation
from ranking_service.engine.quick import Quick, Shortcuts
from ranking_service.engine.sheets import (
    Facts,
    Marks,
    Reader,
    Seat,
    counts_named,
    marks_named,
)
from ranking_service.engine.values import Value, short, single

__all__ = ["Marks", "Plan", "Seat", "plans_of"]

NONE: Mapping[Any, Any] = MappingProxyType({})
MORE_MAX = 1000
"""More sheets than any rule calls for at once."""


class Known(dict[str, Value]):
    """Values by name; those of the sheets are read when one is first asked for."""

    def __init__(self, facts: Facts, readers: Mapping[str, Reader]) -> None:
        self._facts = facts
        self._readers = readers

    def __missing__(self, name: str) -> Value:
        self[name] = value = self._readers[name](self._facts)
        return value


@dataclass(frozen=True)
class Plan:
    """What is done in one stage.

    `kept` are the steps that ties, bands, a call for more sheets and later stages ask for.
    """

    stage: Stage
    steps: tuple[tuple[str, Node], ...]
    uses: frozenset[str]
    kept: tuple[str, ...]
    places: int
    across: bool
    earlier: Mapping[StageId, Mapping[str, str]]
    """The steps of earlier stages that are asked for, each with the name that formulas give it."""
    readers: Mapping[str, Reader]
    quick: Mapping[str, Quick]
    """The steps that need no walk through their formula."""
    expectation: Expectation

    def entry(
        self,
        sheets: Mapping[JurorId, Marks],
        earlier: Mapping[str, Fraction],
        of_parts: Mapping[tuple[JurorId, PartId], Marks] = NONE,
        seats: Mapping[JurorId, Seat] = NONE,
        recused: Collection[JurorId] = (),
    ) -> Entry:
        """What is known of a proposal: the marks that count, and its values in earlier stages."""
        facts = Facts(sheets, of_parts, seats, recused)
        known = Known(facts, self.readers)
        for name, number in earlier.items():
            known[name] = single(number)
        expected = self.expectation.cells
        counted = len(facts.jurors if of_parts else sheets)
        return Entry(known, lambda call, axes: expected(call, axes, facts), counted, facts)

    @property
    def of_seats(self) -> bool:
        """Whether it matters where a juror sits."""
        return bool(self.stage.panels) or self.stage.groups

    @cached_property
    def counts_seats(self) -> bool:
        """Whether a score changes when somebody takes a seat."""
        panels = (f"panel.{word(each.id)}.seated" for each in self.stage.panels)
        return not self.uses.isdisjoint({"seated", *panels})

    @property
    def needs_seats(self) -> bool:
        """Whether the seats of the stage are asked for at all."""
        return self.of_seats or self.counts_seats

    def sheets_asked(self, numbers: Mapping[str, Fraction]) -> int:
        """How many sheets a rule calls for in all, by these kept numbers; 0 for no more."""
        more = numbers.get(self.stage.more_sheets or "", Fraction(0))
        return self.stage.quorum + min(-(-more // 1), MORE_MAX) if more > 0 else 0

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
                self.work_out_alone(entry)

    def work_out_alone(self, entry: Entry) -> None:
        """The same for one proposal, where no step looks across."""
        for name, node in self.steps:
            quick = self.quick.get(name)
            entry.known[name] = quick(entry.facts) if quick else short(value_of(node, entry))

    def score(self, entry: Entry) -> Decimal | None:
        """The score that was worked out."""
        number = entry.known[self.stage.score].single
        return None if number is None else exact.as_decimal(number, self.places)

    def numbers(self, entry: Entry) -> dict[str, Fraction]:
        """The values of the kept steps; absent ones are not there."""
        found = {name: entry.known[name].single for name in self.kept}
        return {name: number for name, number in found.items() if number is not None}


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
    return Plan(
        stage=stage,
        steps=steps,
        uses=uses,
        kept=tuple(_kept(stage, asked)),
        places=rounding_of(step_of(stage, stage.score)) or 0,
        across=any(looks_across(node) for _, node in steps),
        earlier=_earlier(uses, stages),
        readers=_readers(stage, uses),
        quick=_quick(stage, steps),
        expectation=Expectation.of(stage, steps),
    )


def _kept(stage: Stage, asked: Collection[str]) -> Iterator[str]:
    prefix = f"stage.{word(stage.id)}."
    here = {*stage.tie_breaks, stage.more_sheets, *(each.when for each in stage.bands)}
    for each in stage.steps:
        if each.id in here or f"{prefix}{each.id}" in asked:
            yield each.id


def _readers(stage: Stage, uses: Collection[str]) -> dict[str, Reader]:
    marks = {name: each.read for name, each in marks_named(stage).items()}
    readers = {**marks, **counts_named(stage)}
    weights = Value(
        ("criterion",), {(each.id,): exact.fraction_of(each.weight) for each in stage.criteria}
    )
    asked = {name: read for name, read in readers.items() if name in uses}
    # Asked for by every weighted mean, whether a formula names them or not.
    return {**asked, "weight": lambda _: weights}


def _quick(stage: Stage, steps: Iterable[tuple[str, Node]]) -> dict[str, Quick]:
    shortcuts = Shortcuts.of(stage)
    found = {name: shortcuts.find(node) for name, node in steps}
    return {name: quick for name, quick in found.items() if quick}


def _earlier(uses: Iterable[str], stages: Sequence[Stage]) -> dict[StageId, dict[str, str]]:
    found: dict[StageId, dict[str, str]] = {}
    for stage in stages:
        prefix = f"stage.{word(stage.id)}."
        if names := {name.removeprefix(prefix): name for name in uses if name.startswith(prefix)}:
            found[stage.id] = names
    return found
