"""Events that the public may see, or may not see yet, as ranking says them."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import (
    ProposalAdvanced,
    ProposalAwarded,
    ResultsAnnounced,
    StageRanked,
    Standing,
    StandingsChanged,
)
from contracts.rulebook import Words

EDITION = "kipp-2019"
OFFICE = "Bagian Organisasi"
DIGEST = "sha256:" + "a" * 64


def held(by: Collection[str]) -> dict[str, Any]:
    return {"held_by": tuple(by)} if by else {}


def changed(
    proposal: str, *, by: Collection[str] = (), stage: str = "s1", edition: str = EDITION
) -> StandingsChanged:
    row = Standing(proposal=proposal, score=Decimal("81.5"), rank=1, sheets=3)
    return StandingsChanged(edition=edition, stage=stage, position=1, rows=(row,), **held(by))


def frozen(stage: str = "s1", edition: str = EDITION) -> StandingsFrozen:
    return StandingsFrozen(edition=edition, stage=stage, position=1, by=OFFICE, reason="ceremony")


def unfrozen(stage: str = "s1", edition: str = EDITION) -> StandingsUnfrozen:
    return StandingsUnfrozen(edition=edition, stage=stage, position=1, by=OFFICE, reason="over")


def revealed(proposal: str, stage: str = "s1", edition: str = EDITION) -> PlaceRevealed:
    place: dict[str, Any] = {"edition": edition, "stage": stage, "proposal": proposal}
    what: dict[str, Any] = {"title": f"Inovasi {proposal}", "agency": "dinkes"}
    # Ranking marks whatever it says while a stage is frozen: a reveal is shown all the same.
    return PlaceRevealed(
        **place, **what, rank=3, score=Decimal("71.5"), remaining=2, by=OFFICE, held_by=(stage,)
    )


def outcome(winner: str, by: Collection[str]) -> list[Event]:
    """A stage ranked, and what follows for its winner, all of it held back by these stages."""
    whose: dict[str, Any] = {"edition": EDITION, "proposal": winner, "agency": "dinkes", **held(by)}
    named = {**whose, "title": f"Inovasi {winner}"}
    return [
        StageRanked(
            edition=EDITION,
            stage="s1",
            position=9,
            digest=DIGEST,
            proposals=2,
            advanced=1,
            **held(by),
        ),
        ProposalAdvanced(**named, stage="s1", rank=1, score=Decimal("81.5")),
        ProposalAwarded(
            **named, award="top", award_name=Words(id="Top", en="Top"), basis="rank", rank=1
        ),
        ResultsAnnounced(edition=EDITION, awards=1, by=OFFICE, **held(by)),
    ]
