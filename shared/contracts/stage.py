"""A stage of a rulebook: what is marked, what the marks come to, and how the places follow."""

from collections.abc import Iterator
from decimal import Context, Decimal, Inexact
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from contracts.cut import AnyCut, Band, DecisionMode
from contracts.ids import CriterionId, PanelId, PartId, StageId
from contracts.parts import Number, Rule, Source, StepId, Words, refuse, twins

DIGITS = Context(prec=100, traps=[Inexact])
"""More digits than any mark on a scale has: a Number has 20, so what needs more is on none."""


@lru_cache(maxsize=65_536)
def _is_on(least: Decimal, most: Decimal, step: Decimal, mark: Decimal) -> bool:
    """Whether the mark is one of the scale; most marks come again and again."""
    if not least <= mark <= most:
        return False
    try:
        return DIGITS.remainder(DIGITS.subtract(mark, least), step) == 0
    except Inexact:
        return False


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
        return mark.is_finite() and _is_on(self.min, self.max, self.step, mark)


class Panel(Rule):
    """Those who mark together, with criteria of their own: a jury, the public, the technicians."""

    id: PanelId
    name: Words
    quorum: Annotated[int, Field(ge=0)] = 1
    source: Source = ""


class Criterion(Rule):
    """What is marked, and how much it weighs.

    `panel` marks it; every panel where nothing is said. There is a mark for each part of a
    proposal with `per = "part"`. A sheet may leave out what is `optional`. A juror gives each mark
    of a `unique` criterion to one proposal alone, as in an order of merit, and so each mark that
    `once` names, as the best place that only one can have.
    """

    id: CriterionId
    name: Words
    weight: Annotated[Number, Field(gt=0)] = Decimal(1)
    scale: Scale = Scale()
    panel: PanelId | None = None
    per: Literal["proposal", "part"] = "proposal"
    optional: bool = False
    unique: bool = False
    once: tuple[Number, ...] = ()
    source: Source = ""

    @model_validator(mode="after")
    def _once_can_be_given(self) -> Self:
        if self.unique and self.once:
            raise ValueError("unique says it of every mark already: take `once` or `unique` out")
        if off := [str(each) for each in self.once if not self.scale.takes(each)]:
            raise ValueError(f"once names {', '.join(off)}, which is not on the scale: correct it")
        return self

    @property
    def repeats(self) -> bool:
        """Whether a juror may give every mark to as many proposals as it fits."""
        return not self.unique and not self.once

    def gives_once(self, mark: Decimal) -> bool:
        """Whether a juror gives this mark to one proposal alone."""
        return self.unique or mark in self.once


class Step(Rule):
    """One number, or one for each juror or part, by a formula over what was worked out before."""

    id: StepId
    formula: Annotated[str, Field(min_length=1, max_length=1000)]
    name: Words | None = None
    source: Source = ""


MEAN_OF_JURORS = (Step(id="score", formula="round(mean(weighted(mark), juror), 2)"),)
"""What is done where a stage says nothing: the mean of the jurors' weighted means."""


class Stage(Rule):
    """One step of judging: what is marked, what the marks come to, who goes on.

    `parts` are the parts of every proposal that are marked by themselves; with `open_parts` each
    proposal has its own. With `groups`, jurors of the same agency are a group. `more_sheets` is the
    step that says how many sheets are asked for beyond the quorum. `decision` says what a panel
    decides by a minute once the numbers are there: nothing, between equal ones, or everything.
    From `freeze_at` on the public sees the standings as they were then, until they are unfrozen.
    """

    id: StageId
    name: Words
    panels: tuple[Panel, ...] = ()
    parts: tuple[PartId, ...] = ()
    open_parts: bool = False
    groups: bool = False
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = MEAN_OF_JURORS
    score: StepId = "score"
    first: Literal["greatest", "smallest"] = "greatest"
    ties: Literal["shared", "dense"] = "shared"
    tolerance: Annotated[Number, Field(ge=0)] = Decimal(0)
    tie_breaks: tuple[StepId, ...] = ()
    quorum: Annotated[int, Field(ge=1)] = 1
    more_sheets: StepId | None = None
    cut: AnyCut | None = None
    bands: tuple[Band, ...] = ()
    decision: DecisionMode = "none"
    freeze_at: AwareDatetime | None = None
    source: Source = ""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        refuse((*self._twins(), *self._without_panel(), *self._without_parts()))
        return self

    def _twins(self) -> Iterator[str]:
        yield from twins("criterion", (each.id for each in self.criteria))
        yield from twins("step", (each.id for each in self.steps))
        yield from twins("panel", (each.id for each in self.panels))
        yield from twins("part", self.parts)
        yield from twins("band", (each.id for each in self.bands))

    def _without_panel(self) -> Iterator[str]:
        panels = [each.id for each in self.panels]
        known = f"write one of {', '.join(panels)}" if panels else "write it in [[stages.panels]]"
        for each in self.criteria:
            if each.panel is not None and each.panel not in panels:
                here = f"criterion '{each.id}' names the panel '{each.panel}'"
                yield f"{here}, which the stage does not have: {known}"

    def _without_parts(self) -> Iterator[str]:
        for each in self.criteria:
            if each.per == "part" and not self.has_parts:
                here = f"criterion '{each.id}' is marked per part, and the stage has no parts"
                yield f"{here}: name them in `parts`, or write open_parts = true"

    @property
    def has_parts(self) -> bool:
        """Whether parts of a proposal are marked by themselves."""
        return bool(self.parts) or self.open_parts

    def asked_of(self, panel: PanelId | None, *, of_part: bool) -> tuple[Criterion, ...]:
        """What a juror of that panel marks on a sheet for a proposal, or for a part of one."""
        per = "part" if of_part else "proposal"
        return tuple(
            each for each in self.criteria if each.per == per and each.panel in (None, panel)
        )
