"""The rulebook: how an edition is run, as data. Published whole with `edition.opened`."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal, Inexact
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from rfc8785 import dumps as canonical_json

from contracts.ids import PRINTABLE, AwardId, CriterionId, EditionId, SectionId, StageId, Title


def _plainly(number: Decimal) -> Decimal:
    # The digest of a rulebook must not depend on how a number was written.
    return Decimal(format(number.normalize(), "f"))


Number = Annotated[Decimal, Field(max_digits=20, allow_inf_nan=False), AfterValidator(_plainly)]
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=PRINTABLE)]
Source = Annotated[str, Field(max_length=4000, pattern=PRINTABLE)]


DIGITS = Context(prec=100, traps=[Inexact])
"""More digits than any mark on a scale has: a Number has 20, so what needs more is on none."""


class Rule(BaseModel):
    """A frozen part of a rulebook; a field that the language does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Rule):
    """The same words in Indonesian and in English."""

    id: Text
    en: Text


class Intake(Rule):
    """When proposals may be handed in, and how old an innovation must be.

    Age is counted back from the closing date of the intake to the start of implementation
    (KIPP guidance of 2020 and 2021).
    """

    opens_at: AwareDatetime
    closes_at: AwareDatetime
    age_months_min: Annotated[int, Field(ge=0, le=600)] = 0

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes_at <= self.opens_at:
            raise ValueError("closes_at must be later than opens_at")
        return self

    def is_open(self, now: datetime) -> bool:
        """Whether a proposal may be handed in at `now`: from opens_at up to and with closes_at."""
        return self.opens_at <= now <= self.closes_at


class Section(Rule):
    """One part of a proposal that the applicant writes."""

    id: SectionId
    name: Words
    words_max: Annotated[int, Field(ge=1, le=100_000)] | None = None
    source: Source = ""


class Scale(Rule):
    """The marks that a criterion takes: from `min` to `max`, in steps of `step`."""

    min: Number = Decimal(0)
    max: Number = Decimal(100)
    step: Annotated[Number, Field(gt=0)] = Decimal(1)

    @model_validator(mode="after")
    def _max_above_min(self) -> Self:
        if self.max <= self.min:
            raise ValueError("max must be greater than min")
        return self

    def takes(self, mark: Decimal) -> bool:
        """Whether `mark` lies on the scale."""
        if not mark.is_finite() or not self.min <= mark <= self.max:
            return False
        try:
            return DIGITS.remainder(DIGITS.subtract(mark, self.min), self.step) == 0
        except Inexact:
            return False


class Criterion(Rule):
    """What a juror marks, and how much it weighs."""

    id: CriterionId
    name: Words
    weight: Annotated[Number, Field(gt=0)]
    scale: Scale = Scale()
    source: Source = ""


class Rounding(Rule):
    """An explicit rounding step: to `places` decimals, by `mode`."""

    places: Annotated[int, Field(ge=0, le=12)] = 2
    mode: Literal["half_up", "half_even", "down"] = "half_up"


class Stage(Rule):
    """One step of judging: what is marked, how jurors are combined, where the cut falls."""

    id: StageId
    name: Words
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    combine: Literal["mean"] = "mean"
    rounding: Rounding = Rounding()
    ties: Literal["shared"] = "shared"
    quorum: Annotated[int, Field(ge=1)] = 1
    cut: Annotated[int, Field(ge=1)] | None = None
    source: Source = ""

    @model_validator(mode="after")
    def _criteria_differ(self) -> Self:
        _refuse_twins("criterion", (criterion.id for criterion in self.criteria))
        return self


class RankAward(Rule):
    """An award that follows from the ranking of a stage: everyone ranked `top` or better."""

    by: Literal["rank"] = "rank"
    id: AwardId
    name: Words
    stage: StageId
    top: Annotated[int, Field(ge=1)]
    source: Source = ""


class DecisionAward(Rule):
    """An award that the panel or committee gives by a minuted decision, to `count` proposals."""

    by: Literal["decision"] = "decision"
    id: AwardId
    name: Words
    count: Annotated[int, Field(ge=1)]
    source: Source = ""


Award = Annotated[RankAward | DecisionAward, Field(discriminator="by")]


class Rulebook(Rule):
    """How one edition is run. Fixed and hashed when the edition opens."""

    id: EditionId
    name: Words
    tier: Literal["kabupaten", "kota", "provinsi", "nasional"]
    organiser: Title
    source: Source = ""
    intake: Intake
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    awards: tuple[Award, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _refuse_twins("section", (section.id for section in self.sections))
        _refuse_twins("stage", (stage.id for stage in self.stages))
        _refuse_twins("award", (award.id for award in self.awards))
        return self

    @model_validator(mode="after")
    def _rank_awards_name_a_stage(self) -> Self:
        known = {stage.id for stage in self.stages}
        for award in self.awards:
            if isinstance(award, RankAward) and award.stage not in known:
                raise ValueError(
                    f"award '{award.id}' names stage '{award.stage}', which is not here"
                )
        return self

    def stage(self, stage_id: StageId) -> Stage:
        """The stage of that id; KeyError when the rulebook has none."""
        return {stage.id: stage for stage in self.stages}[stage_id]

    def stage_after(self, stage_id: StageId) -> Stage | None:
        """The stage that follows, or None after the last one."""
        following = self.stages[self.stages.index(self.stage(stage_id)) + 1 :]
        return following[0] if following else None

    def digest(self) -> str:
        """`sha256:` of the canonical form (RFC 8785) of this rulebook."""
        canonical = canonical_json(self.model_dump(mode="json"))
        return f"sha256:{sha256(canonical).hexdigest()}"


def _refuse_twins(what: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            raise ValueError(f"{what} '{each}' is here twice")
        seen.add(each)
