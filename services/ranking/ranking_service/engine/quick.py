"""The commonest formulas without a walk through them: a mean or sum over jurors, rounded or not.

They come to the same as by the walk, which a test holds against them; but everything is added up
as whole numbers, and brought to lowest terms once at the end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from contracts.formula import Call, Name, Node
from contracts.functions import axes_named
from contracts.ids import CriterionId
from contracts.stage import Stage

from ranking_service.engine import exact
from ranking_service.engine.calculate import rounding_of
from ranking_service.engine.exact import Fraction, Quotient
from ranking_service.engine.sheets import Facts, MarkName, Marks, marks_named
from ranking_service.engine.values import ABSENT, Value, short, single

Quick = Callable[[Facts], Value]
"""What a step comes to, without a number that is too long to be kept."""
One = Callable[[Facts], Quotient | None]
OfJurors = Callable[[Facts], list[Quotient]]

WHOLES_MAX = 4096


@dataclass(frozen=True)
class Shortcuts:
    """The quick ways of a stage; a weight is a whole number in proportion to the others."""

    named: Mapping[str, MarkName]
    weights: Mapping[CriterionId, int]

    @classmethod
    def of(cls, stage: Stage) -> "Shortcuts":
        """The quick ways of this stage."""
        weights = {each.id: exact.quotient_of(each.weight) for each in stage.criteria}
        unit = 1
        for _, under in weights.values():
            unit *= 1 if unit % under == 0 else under
        whole = {name: over * unit // under for name, (over, under) in weights.items()}
        return cls(marks_named(stage), whole)

    def find(self, node: Node) -> Quick | None:
        """The quick way to work the formula out, if there is one."""
        one = self._one(node)
        return None if one is None else lambda facts: _value(one(facts))

    def _one(self, node: Node) -> One | None:
        match node:
            case Call(function="round"):
                return _rounded(node, self._one(node.given[0]))
            case Call(function="mean" | "sum" as name) if str(axes_named(node)[0]) == "juror":
                return _over_jurors(self._of_jurors(node.given[0]), mean=name == "mean")
        return None

    def _of_jurors(self, node: Node) -> OfJurors | None:
        match node:
            case Call(function="round"):
                return _each_rounded(node, self._of_jurors(node.given[0]))
            case Call(function="weighted", given=(Name() as name,)):
                return self._weighted(str(name))
            case Name():
                return self._marks(str(node))
        return None

    def _weighted(self, name: str) -> OfJurors | None:
        marks = self.named.get(name)
        if marks is None or marks.axes != ("juror", "criterion"):
            return None
        weights = {each.id: self.weights[each.id] for each in marks.criteria}
        return lambda facts: [
            found for sheet in marks.sheets(facts) if (found := _mean_of_sheet(sheet, weights))
        ]

    def _marks(self, name: str) -> OfJurors | None:
        marks = self.named.get(name)
        if marks is None or marks.axes != ("juror",):
            return None
        criterion = marks.criteria[0].id
        return lambda facts: [
            exact.quotient_of(sheet[criterion])
            for sheet in marks.sheets(facts)
            if criterion in sheet
        ]


def _value(quotient: Quotient | None) -> Value:
    if quotient is None:
        return ABSENT
    value = single(Fraction(*quotient))
    return value if exact.is_short_quotient(*quotient) else short(value)


def _rounded(call: Call, one: One | None) -> One | None:
    if one is None:
        return None
    places, mode = rounding_of(call)

    def work(facts: Facts) -> Quotient | None:
        found = one(facts)
        return None if found is None else exact.rounded_quotient(*found, places, mode)

    return work


def _each_rounded(call: Call, of_jurors: OfJurors | None) -> OfJurors | None:
    if of_jurors is None:
        return None
    places, mode = rounding_of(call)
    return lambda facts: [exact.rounded_quotient(*each, places, mode) for each in of_jurors(facts)]


def _over_jurors(of_jurors: OfJurors | None, *, mean: bool) -> One | None:
    if of_jurors is None:
        return None

    def work(facts: Facts) -> Quotient | None:
        numbers = of_jurors(facts)
        if not numbers:
            return None
        over, under = exact.added(numbers)
        return over, under * len(numbers) if mean else under

    return work


class Wholes(dict[Decimal, int]):
    """Whole marks as numbers; KeyError of any other. Most marks are whole, and few at all."""

    def __missing__(self, mark: Decimal) -> int:
        number, unit = mark.as_integer_ratio()
        if unit != 1 or len(self) >= WHOLES_MAX:
            raise KeyError(mark)
        self[mark] = number
        return number


WHOLES = Wholes()


def _mean_of_sheet(marks: Marks, weights: Mapping[CriterionId, int]) -> Quotient | None:
    over = whole = 0
    try:
        for criterion, mark in marks.items():
            weight = weights[criterion]
            over += WHOLES[mark] * weight
            whole += weight
    except KeyError:
        return _mean_of_any(marks, weights)
    return (over, whole) if whole else None


def _mean_of_any(marks: Marks, weights: Mapping[CriterionId, int]) -> Quotient | None:
    over, under, whole = 0, 1, 0
    for criterion, mark in marks.items():
        if weight := weights.get(criterion):
            number, unit = exact.quotient_of(mark)
            if unit == under:
                over += number * weight
            else:
                over, under = exact.added(((over, under), (number * weight, unit)))
            whole += weight
    return (over, under * whole) if whole else None
