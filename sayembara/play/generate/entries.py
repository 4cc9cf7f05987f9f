"""Generated agencies, proposals and rejections."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, cycle, islice

from contracts.rulebook import Rulebook

from sayembara.play.files import Agency, Proposal, Rejection
from sayembara.play.generate.plan import Group, Plan
from sayembara.play.tables import Place
from sayembara.trouble import Trouble

MONTH_DAYS = 31
GROUNDS = (
    (
        "incomplete",
        "Isian tidak lengkap (alasan rekaan). / The form is not complete (generated ground).",
    ),
    (
        "other",
        "Jawaban tanpa substansi (alasan rekaan). / Answers without substance (generated ground).",
    ),
    (
        "too_young",
        "Inovasi belum cukup umur pada penutupan (alasan rekaan). / The innovation is not old"
        " enough at the closing (generated ground).",
    ),
)
"""The grounds that the ministry named in its reports (M17, M18)."""


@dataclass(frozen=True)
class Entered:
    """The proposals of a group, in two parts: those admitted, and those not."""

    group: Group
    admitted: tuple[Proposal, ...]
    rejected: tuple[Proposal, ...]

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """All that were handed in."""
        return (*self.admitted, *self.rejected)


def agencies(plan: Plan, place: Place, *, full: bool) -> tuple[Agency, ...]:
    """The invented agencies of every kind."""
    return tuple(
        Agency(
            place=place,
            agency=f"{each.kind}-{number:03}",
            name=f"{each.name} {number:03}",
            kind=each.kind,
            email=f"{each.kind}-{number:03}@rekaan.example",
        )
        for each in plan.institutions
        for number in range(1, (each.full if full and each.full else each.count) + 1)
    )


class Entering:
    """Who enters what: the groups of the plan in turn, each agency of a kind as often."""

    def __init__(
        self,
        plan: Plan,
        rulebook: Rulebook,
        invented: Sequence[Agency],
        known: Mapping[str, Proposal],
        *,
        place: Place,
        chance: random.Random,
    ) -> None:
        self._plan = plan
        self._rulebook = rulebook
        self._known = known
        self._place = place
        self._chance = chance
        self._number = count(1)
        self._turns = {kinds: self._turn(invented, kinds) for kinds in _kinds(plan)}
        self._free = [
            label
            for label in rulebook.labels
            if label.id != plan.entries.kind_label and not label.optional
        ]

    def _turn(self, invented: Sequence[Agency], kinds: tuple[str, ...]) -> Iterator[Agency]:
        found = [each for each in invented if each.kind in kinds or not kinds]
        if not found:
            raise Trouble(f"generate.toml: there is no institution of kind {', '.join(kinds)}")
        self._chance.shuffle(found)
        return cycle(found)

    def enter(self, group: Group, size: int, admitted: int) -> Entered:
        """So many proposals of the group, of which so many are admitted, the known ones first."""
        known = [self._known[each] for each in group.known]
        fresh = admitted - len(known)
        if fresh < 0 or size < admitted:
            raise Trouble(f"generate.toml: group '{group.id}' has {size}, and admits {admitted}")
        good = [self._proposal(group, old=True) for _ in range(fresh)]
        bad = [self._proposal(group, old=number % 3 != 2) for number in range(size - admitted)]
        return Entered(group, (*known, *good), tuple(bad))

    def _proposal(self, group: Group, *, old: bool) -> Proposal:
        number = next(self._number)
        agency = next(self._turns[group.kinds])
        entries = self._plan.entries
        return Proposal(
            place=self._place,
            proposal=f"{entries.prefix}{number:05}",
            title=entries.title.format(number=f"{number:05}", agency=agency.name),
            agency=agency.agency,
            unit="",
            innovator="",
            started_on=self._started(group, old=old),
            source="rekaan / generated",
            sections={each.id: entries.text for each in self._rulebook.sections},
            labels=self._labels(group, agency),
        )

    def _labels(self, group: Group, agency: Agency) -> dict[str, str]:
        drawn = {
            each.id: self._chance.choice(each.values).id
            for each in self._free
            if each.id not in group.labels
        }
        kind = self._plan.entries.kind_label
        return {**({kind: agency.kind} if kind else {}), **drawn, **group.labels}

    def _started(self, group: Group, *, old: bool) -> date:
        intake = self._rulebook.intake
        months = intake.age_months_min if group.age_months is None else group.age_months
        least = MONTH_DAYS * months
        days = self._chance.randrange(least, least + 1000) if old else least // 2
        return intake.closes_at.date() - timedelta(days=days + 1)


def _kinds(plan: Plan) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(each.kinds for each in plan.groups))


def sizes(plan: Plan, *, full: bool) -> Iterator[tuple[Group, int, int]]:
    """Each group with how many are handed in and admitted.

    What is handed in of the whole edition alone is shared out by how many are admitted.
    """
    open_groups = [each for each in plan.groups if each.handed_in is None]
    given = sum(each.handed_in or 0 for each in plan.groups)
    rest = max(0, (plan.entries.handed_in or 0) - given)
    shares = iter(shared_out(rest, [each.admitted or 0 for each in open_groups]))
    for group in plan.groups:
        size = group.full if full and group.full is not None else group.handed_in
        handed_in = next(shares) if size is None else size
        yield group, handed_in, handed_in if group.admitted is None else group.admitted


def shared_out(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole parts by these weights; the greatest remainders have one more."""
    whole = sum(weights) or 1
    parts = [total * each // whole for each in weights]
    rest = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in islice(rest, total - sum(parts)):
        parts[at] += 1
    return parts


def rejections(entered: Sequence[Entered], place: Place) -> tuple[Rejection, ...]:
    """The grounds of those not admitted, in turn; `too_young` only where the age is so."""
    return tuple(
        Rejection(
            place=place,
            proposal=each.proposal,
            code=GROUNDS[number % 3][0],  # type: ignore[arg-type]  # a word of the list above
            text=GROUNDS[number % 3][1],
        )
        for group in entered
        for number, each in enumerate(group.rejected)
    )
