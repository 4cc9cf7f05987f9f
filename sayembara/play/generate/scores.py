"""What generated sheets come to: by the engine that will rank them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from contracts.stage import Stage
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Marks, plans_of
from ranking_service.engine.plan import Seat as Sitting
from ranking_service.places import Order, Scored, rank_all

from sayembara.play.files import Proposal, Seat, Sheet

Key = tuple[str, str]


class Scores:
    """The scores of one stage after the other."""

    def __init__(self, stages: Sequence[Stage], panel: Iterable[Seat]) -> None:
        self._plans = plans_of(stages)
        self._numbers: dict[str, dict[str, Mapping[str, Fraction]]] = {}
        self._seats: dict[str, dict[str, Sitting]] = defaultdict(dict)
        for seat in panel:
            self._seats[seat.stage][seat.juror] = Sitting(seat.panel, seat.agency)

    def ranks(
        self, stage: Stage, proposals: Sequence[Proposal], sheets: Iterable[Sheet]
    ) -> dict[str, int]:
        """The rank of each of these proposals that has a score, by these sheets."""
        scores = self._scores(stage, proposals, sheets)
        places = rank_all(scores, Order.of(stage))
        return {each.proposal: each.rank for each in places if each.rank is not None}

    def _scores(
        self, stage: Stage, proposals: Sequence[Proposal], sheets: Iterable[Sheet]
    ) -> dict[str, Scored]:
        plan, seats = self._plans[stage.id], self._seats[stage.id]
        whole: dict[str, dict[str, Marks]] = defaultdict(dict)
        of_parts: dict[str, dict[Key, Marks]] = defaultdict(dict)
        for sheet in sheets:
            if sheet.part is None:
                whole[sheet.proposal][sheet.juror] = sheet.marks
            else:
                of_parts[sheet.proposal][sheet.juror, sheet.part] = sheet.marks
        entries = {
            each: plan.entry(
                whole[each],
                plan.earlier_numbers(partial(self._numbers_in, each)),
                of_parts[each],
                seats if plan.of_seats else {},
            )
            for each in (own.proposal for own in proposals)
        }
        plan.work_out(entries)
        numbers: dict[str, Mapping[str, Fraction]] = {
            each: plan.numbers(entry) for each, entry in entries.items()
        }
        self._numbers[stage.id] = numbers
        return {
            each: Scored(plan.score(entry), _breaks(stage, numbers[each]))
            for each, entry in entries.items()
        }

    def _numbers_in(self, proposal: str, stage: str) -> Mapping[str, Fraction]:
        return self._numbers[stage].get(proposal, {})


def _breaks(stage: Stage, numbers: Mapping[str, Fraction]) -> tuple[Fraction, ...]:
    return tuple(numbers.get(name, Fraction(0)) for name in stage.tie_breaks)
