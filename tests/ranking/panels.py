"""What the tests of panels and parts begin with: a stage of runs, a jury and the public."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.evaluation import JurorSeated, Mark, SheetAmended, SheetSubmitted
from contracts.rulebook import Stage

from tests.ranking.facts import DESK, EDITION, OFFICE, REASON, words

STEPS = {
    "runs": "mean(mean(mark.run, juror), part)",
    "votes": "default(sum(panel.public.mark.vote, juror), 0)",
    "more": "when(max(mark.style, juror) - min(mark.style, juror) > 5, 1, 0)",
    "score": "round(runs + votes + default(mean(mark.style, juror), 0), 2)",
}


def stage(steps: Mapping[str, str] | None = None, **said: Any) -> Stage:
    """The jury marks two runs and a style, which may be absent; the public votes."""
    panels = [{"id": each, "name": words(each)} for each in ("jury", "public")]
    criteria = [
        {"id": "run", "name": words("Run"), "panel": "jury", "per": "part"},
        {"id": "style", "name": words("Style"), "panel": "jury", "optional": True},
        {"id": "vote", "name": words("Vote"), "panel": "public"},
    ]
    formulas = [{"id": name, "formula": text} for name, text in (steps or STEPS).items()]
    given = {"panels": panels, "parts": ["run-1", "run-2"], "criteria": criteria, **said}
    return Stage.model_validate({"id": DESK, "name": words("Desk"), "steps": formulas, **given})


def seated(
    juror: str, panel: str | None = "jury", agency: str = "kota", stage: str = DESK
) -> JurorSeated:
    """The juror took a seat."""
    return JurorSeated(
        edition=EDITION, stage=stage, juror=juror, office=OFFICE, agency=agency, panel=panel
    )


def of(
    proposal: str, juror: str, part: str | None = None, *, version: int = 1, **marks: int
) -> SheetSubmitted:
    """A sheet of these marks."""
    return SheetSubmitted(
        edition=EDITION,
        stage=DESK,
        proposal=proposal,
        juror=juror,
        part=part,
        marks=tuple(Mark(criterion=name, value=Decimal(mark)) for name, mark in marks.items()),
        version=version,
    )


def instead(
    proposal: str, juror: str, part: str | None = None, *, version: int = 2, **marks: int
) -> SheetAmended:
    """The sheet that replaces it."""
    sheet = of(proposal, juror, part, version=version, **marks)
    return SheetAmended.model_validate({**sheet.model_dump(), "reason": REASON})
