"""What a sheet of a stage is asked for: its criteria, and the marks that each of them takes.

Every way in which a mark is written is looked at once, and known from then on.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from operator import getitem

from contracts.ids import CriterionId
from contracts.stage import Criterion

from sayembara.audit.sheets import Unusual, marks_in

Order = tuple[CriterionId, ...]
Numbers = tuple[Decimal, ...]

Columns = tuple[dict[bytes, Decimal], ...]
"""For each criterion of an order all marks that were seen, as they are written."""


class Asked:
    """The criteria of a sheet, and which marks they take."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self._criteria = {each.id: each for each in criteria}
        self._needed = {each.id for each in criteria if not each.optional}
        self._orders: dict[Order, Columns] = {}

    def read(self, pieces: Sequence[bytes]) -> tuple[Order, Columns, Numbers]:
        """The marks of a sheet, in which order they are, and what is known of it; or Unusual."""
        for order, columns in self._orders.items():
            if len(order) == len(pieces):
                with suppress(KeyError):
                    return order, columns, _numbers_in(columns, pieces)
        order, texts = zip(*marks_in(pieces), strict=True)
        if order not in self._orders:
            self._check_order(order)
            self._orders[order] = tuple({} for _ in order)
        columns = self._orders[order]
        for criterion, column, piece, text in zip(order, columns, pieces, texts, strict=True):
            if piece not in column:
                column[piece] = self._number(criterion, text)
        return order, columns, _numbers_in(columns, pieces)

    def _check_order(self, order: Order) -> None:
        once = set(order)
        if not once or len(once) != len(order):
            raise Unusual
        if not self._needed <= once <= self._criteria.keys():
            raise Unusual

    def _number(self, criterion: CriterionId, text: str) -> Decimal:
        number = Decimal(text)
        if not self._criteria[criterion].scale.takes(number):
            raise Unusual
        return number


def _numbers_in(columns: Columns, pieces: Sequence[bytes]) -> Numbers:
    """The numbers of so many marks; KeyError where they are not all known."""
    return tuple(map(getitem, columns, pieces))
