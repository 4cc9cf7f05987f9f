"""What a sheet of a stage is asked for, so that each mark is looked at once and then known."""

from collections.abc import Sequence
from decimal import Decimal

from contracts.ids import CriterionId
from contracts.stage import Criterion

from sayembara.audit.held import Order
from sayembara.audit.sheets import NUMBER, Mark, Unusual

Columns = tuple[dict[str, Decimal], ...]


class Asked:
    """The criteria of a sheet: which marks are asked for, and what each text of a mark means."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self._criteria = {each.id: each for each in criteria}
        self._needed = {each.id for each in criteria if not each.optional}
        self._orders: dict[Order, tuple[Order, Columns]] = {}
        self._marks: dict[CriterionId, dict[str, Decimal]] = {each: {} for each in self._criteria}

    def marks(self, given: list[Mark]) -> tuple[Order, tuple[Decimal, ...]]:
        """The criteria and their marks; Unusual unless they are those that are asked for."""
        named = tuple([each.criterion for each in given])
        order, columns = self._orders.get(named) or self._ordered(named)
        pairs = zip(columns, given, strict=True)
        try:
            return order, tuple([column[each.value] for column, each in pairs])
        except KeyError:
            return order, tuple([self._mark(each) for each in given])

    def _ordered(self, named: Order) -> tuple[Order, Columns]:
        once = set(named)
        if not once or len(once) != len(named):
            raise Unusual
        if not self._needed <= once <= self._criteria.keys():
            raise Unusual
        self._orders[named] = found = (named, tuple(self._marks[each] for each in named))
        return found

    def _mark(self, given: Mark) -> Decimal:
        known = self._marks[given.criterion]
        if given.value not in known:
            if not NUMBER.fullmatch(given.value):
                raise Unusual
            mark = Decimal(given.value)
            if not self._criteria[given.criterion].scale.takes(mark):
                raise Unusual
            known[given.value] = mark
        return known[given.value]
