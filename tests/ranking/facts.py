"""What the tests of ranking begin with: an edition of two stages, its proposals and jurors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from contracts.cut import Cut
from contracts.evaluation import JurorRecused, Mark, ScoringClosed, SheetAmended, SheetSubmitted
from contracts.event import Minute
from contracts.rulebook import (
    Award,
    Criterion,
    DecisionAward,
    Intake,
    RankAward,
    Rulebook,
    Section,
    Stage,
    Step,
    Words,
)
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
)

EDITION = "kota-2020"
DESK = "desk"
FIELD = "field"
OFFICE = "Bagian Organisasi"
REASON = "dicatat dalam notula"
MINUTE = Minute(by="Tim Panel Independen", minute="BA-12/2020", reason="sidang pleno")
AT = datetime(2020, 1, 1, tzinfo=UTC)


def words(text: str) -> Words:
    return Words(id=text, en=text)


def criterion(name: str, weight: str = "1") -> Criterion:
    return Criterion(id=name, name=words(name), weight=Decimal(weight))


def stage(
    name: str, cut: int | Cut | None = None, steps: Mapping[str, str] | None = None, **more: Any
) -> Stage:
    """A stage of two criteria; `steps` are its formulas by name, when not the usual one."""
    if steps is not None:
        more["steps"] = tuple(Step(id=each, formula=text) for each, text in steps.items())
    criteria = (criterion("benefit", "3"), criterion("novelty", "1"))
    cut = Cut(top=cut) if isinstance(cut, int) else cut
    return Stage(id=name, name=words(name), criteria=criteria, cut=cut, **more)


AWARDS: tuple[Award, ...] = (
    RankAward(by="rank", id="best-desk", name=words("Best desk"), stage=DESK, top=1),
    RankAward(by="rank", id="top-2", name=words("Top 2"), stage=FIELD, top=2),
    DecisionAward(by="decision", id="special", name=words("Special"), count=1),
    DecisionAward(by="decision", id="mention", name=words("Mention"), count=2),
)


def rulebook(*stages: Stage) -> Rulebook:
    return Rulebook(
        id=EDITION,
        name=words("Kota 2020"),
        tier="kota",
        organiser=OFFICE,
        intake=Intake(opens_at=AT, closes_at=datetime(2020, 2, 1, tzinfo=UTC)),
        sections=(Section(id="summary", name=words("Summary")),),
        stages=stages or (stage(DESK, cut=2), stage(FIELD)),
        awards=AWARDS if not stages else (),
    )


def opened(book: Rulebook | None = None) -> EditionOpened:
    book = book or rulebook()
    return EditionOpened(
        edition=EDITION, rulebook=book, rulebook_digest=book.digest(), opened_at=AT
    )


def admitted(proposal: str) -> ProposalAdmitted:
    return ProposalAdmitted(
        edition=EDITION,
        proposal=proposal,
        title=f"Title of {proposal}",
        agency=f"agency-{proposal}",
        agency_name=f"Agency of {proposal}",
        by=OFFICE,
    )


def withdrawn(proposal: str) -> ProposalWithdrawn:
    return ProposalWithdrawn(edition=EDITION, proposal=proposal, reason=REASON)


def disqualified(proposal: str) -> ProposalDisqualified:
    return ProposalDisqualified(edition=EDITION, proposal=proposal, reason=REASON, by=OFFICE)


def marks(**values: str) -> tuple[Mark, ...]:
    return tuple(Mark(criterion=name, value=Decimal(value)) for name, value in values.items())


def sheet(
    proposal: str, juror: str, mark: str, *, version: int = 1, stage: str = DESK
) -> SheetSubmitted:
    return SheetSubmitted(
        edition=EDITION,
        stage=stage,
        proposal=proposal,
        juror=juror,
        marks=marks(benefit=mark, novelty=mark),
        version=version,
    )


def amended(
    proposal: str, juror: str, mark: str, *, version: int = 2, stage: str = DESK
) -> SheetAmended:
    kept = sheet(proposal, juror, mark, version=version, stage=stage)
    return SheetAmended.model_validate({**kept.model_dump(), "reason": REASON})


def recused(proposal: str, juror: str, stage: str = DESK) -> JurorRecused:
    return JurorRecused(edition=EDITION, stage=stage, proposal=proposal, juror=juror, reason=REASON)


def closed(stage: str = DESK) -> ScoringClosed:
    return ScoringClosed(edition=EDITION, stage=stage, sheets=0, by=OFFICE)


def scored(scores: Mapping[str, str], stage: str = DESK) -> list[Any]:
    """One sheet for each proposal, so that its score is the mark."""
    return [sheet(proposal, "juror-1", mark, stage=stage) for proposal, mark in scores.items()]


def marked(event: SheetSubmitted, *, marks: tuple[Mark, ...]) -> SheetSubmitted:
    """The same sheet with other marks."""
    return event.model_copy(update={"marks": marks})
