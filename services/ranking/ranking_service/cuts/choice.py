"""Who goes on from a stage: everyone up to the cut, as far as its limits allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.cut import Limit
from contracts.ids import ProposalId
from contracts.ranking import Displaced
from contracts.stage import Stage

from ranking_service.cuts.field import Labels
from ranking_service.places import Place, cut


@dataclass(frozen=True)
class Choice:
    """The places with who goes on; nobody knows who does where limits are in conflict.

    `let_in` are those whom a limit let in and their rank alone would not; `displaced` those whom
    one kept out. `conflict` are the fewest limits that cannot be met together, `why` says it.
    """

    places: tuple[Place, ...]
    let_in: frozenset[ProposalId] = frozenset()
    displaced: Mapping[ProposalId, Displaced] = field(default_factory=dict)
    conflict: tuple[Limit, ...] = ()
    why: str = ""


def choose(stage: Stage, places: tuple[Place, ...], labels: Mapping[ProposalId, Labels]) -> Choice:
    """Who goes on from the stage; `labels` are of everyone in it, the agency among them.

    Without limits: everyone ranked `top` or better, no score below `least`. With limits: the best
    choice of at most `top`, rank by rank, that meets them all; and where several are as good,
    everyone who is in one of them. So equal ones go on together, even beyond `top` or `at_most`,
    and no id decides.
    """
    plain = cut(places, stage.cut)
    if stage.cut is None or not stage.cut.limits:
        return Choice(plain)
    # The solver takes a quarter of a second to load, and forty megabytes.
    from ranking_service.cuts.limited import choose_within  # noqa: PLC0415 - few stages need it

    return choose_within(stage, stage.cut, plain, labels)
