"""Generated panels and score sheets."""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import cycle

from contracts.rulebook import Criterion, Scale, Stage

from sayembara.play.files import Proposal, Seat, Sheet
from sayembara.play.generate.entries import shared_out
from sayembara.play.generate.plan import Bench, Plan
from sayembara.play.tables import Place


def panel(plan: Plan, place: Place) -> tuple[Seat, ...]:
    """The seats of every bench, by office and number."""
    return tuple(
        Seat(
            place=place,
            stage=bench.stage,
            juror=_juror(bench, number),
            office=bench.office if bench.seats == 1 else f"{bench.office} {number + 1}",
            agency=bench.agency,
            email=f"{_juror(bench, number)}@rekaan.example",
            panel=bench.panel,
        )
        for bench in plan.benches
        for number in range(bench.seats)
    )


def _juror(bench: Bench, number: int) -> str:
    return bench.juror if bench.seats == 1 else f"{bench.juror}-{number + 1:02}"


class Marking:
    """Marks by chance: each proposal has its worth, each juror a hand, light or heavy.

    `strong` are the proposals of which it is known that their marks brought them on.
    """

    def __init__(
        self,
        plan: Plan,
        parts: Mapping[str, int],
        missing: Mapping[str, frozenset[str]],
        *,
        strong: Collection[str],
        place: Place,
        chance: random.Random,
    ) -> None:
        self._plan = plan
        self._strong = strong
        self._parts = parts
        self._missing = missing
        self._place = place
        self._chance = chance
        self._worth: dict[str, int] = {}
        self._hands: dict[str, int] = {}

    def sheets(self, stage: Stage, proposals: Sequence[Proposal]) -> Iterator[Sheet]:
        """A sheet for each proposal, and for each of its parts, of the jurors whose turn it is."""
        for bench in self._plan.benches:
            if bench.stage != stage.id:
                continue
            turns = cycle(range(bench.seats))
            for each in proposals:
                for _ in range(bench.each if each.agency != bench.agency else 0):
                    yield from self._of(stage, bench, _juror(bench, next(turns)), each)

    def _of(self, stage: Stage, bench: Bench, juror: str, each: Proposal) -> Iterator[Sheet]:
        for part in (None, *self._parts_of(stage, each)):
            asked = stage.asked_of(bench.panel, of_part=part is not None)
            if marks := self._marks(asked, each, juror):
                yield Sheet(
                    place=self._place,
                    stage=stage.id,
                    proposal=each.proposal,
                    juror=juror,
                    part=part,
                    marks=marks,
                )

    def _parts_of(self, stage: Stage, each: Proposal) -> Iterable[str]:
        if stage.open_parts:
            return [f"n{number:03}" for number in range(1, self._parts[each.proposal] + 1)]
        return stage.parts

    def _marks(self, asked: Iterable[Criterion], each: Proposal, juror: str) -> dict[str, Decimal]:
        spread = self._plan.marks
        best = 2 * spread.proposals * 10 if each.proposal in self._strong else 0
        worth = best + self._drawn(
            self._worth, each.proposal, spread.middle * 10, spread.proposals * 10
        )
        hand = self._drawn(self._hands, juror, 0, spread.jurors * 5)
        empty = self._parts.get(each.proposal) == 0
        return {
            criterion.id: criterion.scale.min
            if empty
            else _on(criterion.scale, self._near(worth + hand, spread.jurors * 10))
            for criterion in asked
            if each.proposal not in self._missing.get(criterion.id, ())
        }

    def _drawn(self, kept: dict[str, int], key: str, middle: int, spread: int) -> int:
        if key not in kept:
            kept[key] = self._near(middle, spread)
        return kept[key]

    def _near(self, middle: int, spread: int) -> int:
        # Two throws make whole numbers that are seldom far away; nothing here needs a fraction.
        width = 2 * spread + 1
        draw = self._chance.random
        return middle + int(draw() * width) + int(draw() * width) - 2 * spread


def _on(scale: Scale, thousandths: int) -> Decimal:
    steps = int((scale.max - scale.min) / scale.step)
    return scale.min + scale.step * max(0, min(steps, (steps * thousandths + 500) // 1000))


def parts_of(
    plan: Plan, proposals: Sequence[Proposal], chance: random.Random, *, full: bool
) -> dict[str, int]:
    """How many parts each proposal has: in all as many as the plan says, few have many."""
    rule = plan.parts
    if rule is None:
        return {}
    total = rule.full if full and rule.full is not None else rule.total
    bare = set(chance.sample(range(len(proposals)), len(proposals) * rule.none // 100))
    weights = [0 if at in bare else chance.randint(4, 60) ** 2 for at in range(len(proposals))]
    counts = shared_out(total, weights)
    counts = _capped(counts, rule.most)
    return {each.proposal: counts[at] for at, each in enumerate(proposals)}


def _capped(counts: list[int], most: int) -> list[int]:
    over = sum(max(0, each - most) for each in counts)
    capped = [min(each, most) for each in counts]
    while over:
        at = min((each for each in range(len(capped)) if capped[each]), key=lambda i: capped[i])
        more = min(over, most // 2)
        capped[at] += more
        over -= more
    return capped
