"""Which numbers of a formula are expected, so that `default` knows where one is absent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from contracts.formula import Axis, Call, Node, names_in
from contracts.ids import CriterionId, PanelId
from contracts.stage import Stage

from ranking_service.engine.sheets import Facts, MarkName, marks_named
from ranking_service.engine.values import Cell


@dataclass(frozen=True)
class Expectation:
    """What is expected in a stage: a mark of everyone who is asked for it and whose sheets count.

    `made_of` are the names of marks that each step goes back to.
    """

    stage: Stage
    named: Mapping[str, MarkName]
    made_of: Mapping[str, frozenset[str]]
    _marks: dict[Node, tuple[MarkName, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, stage: Stage, steps: Iterable[tuple[str, Node]]) -> "Expectation":
        """What is expected in this stage, whose formulas are these."""
        named, made_of = marks_named(stage), dict[str, frozenset[str]]()
        for step, node in steps:
            made_of[step] = frozenset(_bases(node, named, made_of))
        return cls(stage, named, made_of)

    def cells(self, call: Call, axes: tuple[Axis, ...], facts: Facts) -> Iterator[Cell]:
        """The cells of these axes where `default(value, other)` expects a number.

        What the value is made of tells who is expected; where it is made of no marks, the other.
        """
        value, other = map(self._marks_of, call.given)
        asked = value or other
        by_criterion = _by_criterion(value) or _by_criterion(other)
        parts = [(each,) for each in self._parts(facts)] if "part" in axes else [()]
        for head, panels in _heads(asked, axes, facts):
            criteria = [()] if "criterion" not in axes else self._criteria(by_criterion, panels)
            for part, criterion in product(parts, criteria):
                yield (*head, *part, *criterion)

    def _marks_of(self, node: Node) -> tuple[MarkName, ...]:
        if node not in self._marks:
            names = sorted(_bases(node, self.named, self.made_of))
            self._marks[node] = tuple(self.named[each] for each in names)
        return self._marks[node]

    def _parts(self, facts: Facts) -> list[str]:
        fixed = list(self.stage.parts)
        return fixed + [each for each in facts.parts if self.stage.open_parts and each not in fixed]

    def _criteria(
        self, asked: Sequence[MarkName], panels: Sequence[PanelId | None] | None
    ) -> list[tuple[CriterionId, ...]]:
        if not asked:
            return [(each.id,) for each in self.stage.criteria]
        wanted: set[CriterionId] = set()
        for each in asked:
            if panels is None:
                wanted.update(criterion.id for criterion in each.criteria)
            for panel in panels or ():
                wanted.update(each.of(panel))
        return [(each.id,) for each in self.stage.criteria if each.id in wanted]


def _bases(
    node: Node, named: Mapping[str, MarkName], made_of: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    for name in map(str, names_in(node)):
        if name in named:
            yield name
        yield from made_of.get(name, ())


def _by_criterion(asked: Iterable[MarkName]) -> list[MarkName]:
    return [each for each in asked if not each.alone]


def _heads(
    asked: Sequence[MarkName], axes: tuple[Axis, ...], facts: Facts
) -> Iterable[tuple[Cell, Sequence[PanelId | None] | None]]:
    """The groups and jurors that are expected, each with its panels; None where nobody is named."""
    if "juror" not in axes and "group" not in axes:
        return [((), None)]
    found: dict[Cell, list[PanelId | None]] = {}
    for juror in facts.jurors:
        seat = facts.seat(juror)
        if any(each.of(seat.panel) for each in asked):
            group = (seat.agency,) if "group" in axes else ()
            head = (*group, *((juror,) if "juror" in axes else ()))
            found.setdefault(head, []).append(seat.panel)
    return found.items()
