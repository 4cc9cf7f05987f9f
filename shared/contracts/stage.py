"""A stage of a rulebook: what is marked, what the marks come to, and how the places follow."""

from decimal import Context, Decimal, Inexact
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.ids import CriterionId, StageId
from contracts.parts import Number, Rule, Source, Words, refuse_twins

DIGITS = Context(prec=100, traps=[Inexact])
"""More digits than any mark on a scale has: a Number has 20, so what needs more is on none."""

StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


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


class Step(Rule):
    """One number, or one for each juror or part, by a formula over what was worked out before."""

    id: StepId
    formula: Annotated[str, Field(min_length=1, max_length=1000)]
    name: Words | None = None
    source: Source = ""


MEAN_OF_JURORS = (Step(id="score", formula="round(mean(weighted(mark), juror), 2)"),)
"""What is done where a stage says nothing: the mean of the jurors' weighted means."""


class Stage(Rule):
    """One step of judging: what is marked, what the marks come to, where the cut falls."""

    id: StageId
    name: Words
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = MEAN_OF_JURORS
    score: StepId = "score"
    first: Literal["greatest", "smallest"] = "greatest"
    ties: Literal["shared", "dense"] = "shared"
    tolerance: Annotated[Number, Field(ge=0)] = Decimal(0)
    tie_breaks: tuple[StepId, ...] = ()
    quorum: Annotated[int, Field(ge=1)] = 1
    cut: Annotated[int, Field(ge=1)] | None = None
    source: Source = ""

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        refuse_twins("criterion", (each.id for each in self.criteria))
        refuse_twins("step", (each.id for each in self.steps))
        return self
