"""The rulebook: how an edition is run, as data. Published whole with `edition.opened`."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator
from rfc8785 import dumps as canonical_json

from contracts.ids import AwardId, EditionId, SectionId, StageId, Title
from contracts.parts import Rule, Source, Words, refuse_twins
from contracts.stage import Criterion, Scale, Stage, Step
from contracts.steps import axes_of_steps

__all__ = [
    "Award",
    "Criterion",
    "DecisionAward",
    "Intake",
    "RankAward",
    "Rulebook",
    "Scale",
    "Section",
    "Stage",
    "Step",
    "Words",
]


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
        refuse_twins("section", (section.id for section in self.sections))
        refuse_twins("stage", (stage.id for stage in self.stages))
        refuse_twins("award", (award.id for award in self.awards))
        return self

    @model_validator(mode="after")
    def _formulas_fit_together(self) -> Self:
        axes_of_steps(self.stages)
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
