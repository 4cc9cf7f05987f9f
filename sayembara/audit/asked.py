"""What a sheet of a stage is asked for: its criteria, and the marks that each of them takes."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from contracts.ids import CriterionId
from contracts.stage import Criterion

from sayembara.audit.folded import Order
from sayembara.audit.sheets import NUMBER, Unusual

TEXTS = 4096


class Asked:
    """The criteria of a sheet, and which marks they take."""

    def __init__(self, criteria: Sequence[Criterion]) -> None:
        self._criteria = {each.id: each for each in criteria}
        self._needed = {each.id for each in criteria if not each.optional}

    def check_order(self, order: Order) -> None:
        """Unusual unless these are the criteria that are asked for, each once."""
        once = set(order)
        if not once or len(once) != len(order):
            raise Unusual
        if not self._needed <= once <= self._criteria.keys():
            raise Unusual

    def check_mark(self, criterion: CriterionId, text: str) -> None:
        """Unusual unless the criterion takes this mark, as it is written."""
        if not NUMBER.fullmatch(text) or not self._criteria[criterion].scale.takes(number(text)):
            raise Unusual


@lru_cache(maxsize=TEXTS)
def number(text: str) -> Decimal:
    """The number that a mark is."""
    return Decimal(text)
