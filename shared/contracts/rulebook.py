"""The rulebook: how an edition is run, as data. Published whole with `edition.opened`."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator
from rfc8785 import dumps as canonical_json

from contracts.cut import AGENCY, Cut, Limit
from contracts.ids import AwardId, BandId, EditionId, LabelId, SectionId, StageId, Title, Token
from contracts.parts import Rule, Source, Words, refuse, twins
from contracts.stage import Criterion, Scale, Stage, Step
from contracts.steps import axes_of_steps

__all__ = [
    "Award",
    "BandAward",
    "Criterion",
    "Cut",
    "DecisionAward",
    "Intake",
    "Label",
    "LabelValue",
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


class LabelValue(Rule):
    """A value of a label, as in `umum`."""

    id: Token
    name: Words


class Label(Rule):
    """What kind a proposal is of: a group, a category, a region. Cuts may look at it."""

    id: LabelId
    name: Words
    values: Annotated[tuple[LabelValue, ...], Field(min_length=1)]
    optional: bool = False
    source: Source = ""

    @model_validator(mode="after")
    def _values_differ(self) -> Self:
        refuse(twins("value", (each.id for each in self.values)))
        return self


class RankAward(Rule):
    """An award that follows from the ranking of a stage: everyone from rank `first` to `top`."""

    by: Literal["rank"]
    id: AwardId
    name: Words
    stage: StageId
    first: Annotated[int, Field(ge=1)] = 1
    top: Annotated[int, Field(ge=1)]
    source: Source = ""

    @model_validator(mode="after")
    def _first_is_better(self) -> Self:
        if self.first > self.top:
            text = f"goes from rank {self.first} to rank {self.top}: first is the better rank"
            raise ValueError(f"award '{self.id}' {text}, at most top")
        return self


class BandAward(Rule):
    """An award for everyone who is in a band of a stage."""

    by: Literal["band"]
    id: AwardId
    name: Words
    stage: StageId
    band: BandId
    source: Source = ""


class DecisionAward(Rule):
    """An award that the panel or committee gives by a minuted decision, to `count` proposals."""

    by: Literal["decision"]
    id: AwardId
    name: Words
    count: Annotated[int, Field(ge=1)]
    source: Source = ""


Award = Annotated[RankAward | BandAward | DecisionAward, Field(discriminator="by")]


class Rulebook(Rule):
    """How one edition is run. Fixed and hashed when the edition opens."""

    id: EditionId
    name: Words
    tier: Literal["kabupaten", "kota", "provinsi", "nasional"]
    organiser: Title
    source: Source = ""
    intake: Intake
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    labels: tuple[Label, ...] = ()
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    awards: tuple[Award, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse(
            (*self._twins(), *self._of_formulas(), *self._of_awards(), *self._of_limits()),
        )
        return self

    def _twins(self) -> Iterator[str]:
        yield from twins("section", (section.id for section in self.sections))
        yield from twins("label", (label.id for label in self.labels))
        yield from twins("stage", (stage.id for stage in self.stages))
        yield from twins("award", (award.id for award in self.awards))
        if AGENCY in (label.id for label in self.labels):
            yield f"label '{AGENCY}' is what every proposal has without it: take it out"

    def _of_formulas(self) -> Iterator[str]:
        try:
            axes_of_steps(self.stages)
        except ValueError as error:
            yield str(error)

    def _of_awards(self) -> Iterator[str]:
        bands = {stage.id: [band.id for band in stage.bands] for stage in self.stages}
        for award in self.awards:
            if isinstance(award, DecisionAward):
                continue
            here = f"award '{award.id}' names"
            if award.stage not in bands:
                yield f"{here} the stage '{award.stage}', which is not here: {_one_of(bands)}"
            elif isinstance(award, BandAward) and award.band not in bands[award.stage]:
                missing = f"the band '{award.band}', which the stage '{award.stage}' does not have"
                yield f"{here} {missing}: {_one_of(bands[award.stage])}"

    def _of_limits(self) -> Iterator[str]:
        values = {label.id: [each.id for each in label.values] for label in self.labels}
        for stage in self.stages:
            for limit in stage.cut.limits if stage.cut else ():
                here = f"stage '{stage.id}', limit '{limit.id}'"
                yield from (f"{here}: {text}" for text in _of_limit(limit, values))

    def stage(self, stage_id: StageId) -> Stage:
        """The stage of that id; KeyError when the rulebook has none."""
        return {stage.id: stage for stage in self.stages}[stage_id]

    def stage_after(self, stage_id: StageId) -> Stage | None:
        """The stage that follows, or None after the last one."""
        following = self.stages[self.stages.index(self.stage(stage_id)) + 1 :]
        return following[0] if following else None

    def digest(self) -> str:
        """`sha256:` of the canonical form (RFC 8785) of this rulebook, as it is published."""
        return f"sha256:{sha256(canonical_json(self.published())).hexdigest()}"

    def published(self) -> dict[str, Any]:
        """This rulebook as it is published, and digested: without the keys that say the default.

        So a rulebook keeps its digest when the language learns a new key.
        """
        return self.model_dump(mode="json", exclude_defaults=True)


def _of_limit(limit: Limit, values: Mapping[str, Collection[str]]) -> Iterator[str]:
    for label in sorted(limit.labels() - {AGENCY}):
        if label not in values:
            yield f"there is no label '{label}': {_one_of((AGENCY, *values))}"
        elif label in limit.where and limit.where[label] not in values[label]:
            text = f"'{limit.where[label]}' is no value of the label '{label}'"
            yield f"{text}: {_one_of(values[label])}"


def _one_of(known: Collection[str]) -> str:
    return f"write one of {', '.join(known)}" if known else "there is none: write it first"
