"""Bands and least scores that nobody can reach, whatever the jurors mark."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from contracts.cut import Band
from contracts.rulebook import Rulebook, Stage

from sayembara.doubts.doubt import Doubt
from sayembara.ranges import Range
from sayembara.reach import reach_of


def scores_out_of_reach(rulebook: Rulebook) -> Iterator[Doubt]:
    """Numbers that a cut or a band asks for, and bands that are never come to."""
    steps = reach_of(rulebook.stages)
    for number, stage in enumerate(rulebook.stages):
        reach = steps[stage.id]
        score = reach[stage.score]
        least = stage.cut.least if stage.cut else None
        if least is not None and not score.reaches(Fraction(least)):
            text = f"stage '{stage.id}': its cut asks for {least}, and {_most(score)}"
            yield Doubt(("stages", number, "cut"), text)
        for at, text in _bands(stage, reach):
            yield Doubt(("stages", number, "bands", at), f"stage '{stage.id}', {text}")


def _bands(stage: Stage, reach: Mapping[str, Range]) -> Iterator[tuple[int, str]]:
    score = reach[stage.score]
    for at, band in enumerate(stage.bands):
        if band.least is not None and not score.reaches(Fraction(band.least)):
            yield at, f"band '{band.id}': it begins at {band.least}, and {_most(score)}"
        elif band.when and reach[band.when].low == 0 == reach[band.when].high:
            yield at, f"band '{band.id}': the step '{band.when}' is always 0"
        elif hides := next((e for e in stage.bands[:at] if _hides(e, band, reach, stage)), None):
            yield at, f"band '{band.id}': whoever could be in it is in '{hides.id}' before"


def _hides(earlier: Band, band: Band, reach: Mapping[str, Range], stage: Stage) -> bool:
    """Whether everyone who fits the band fits the earlier one as well."""
    if earlier.when not in (None, band.when) and not _is_never_nil(reach[str(earlier.when)]):
        return False
    if earlier.least is None:
        return True
    lows = [reach[stage.score].low, None if band.least is None else Fraction(band.least)]
    return any(low is not None and low >= Fraction(earlier.least) for low in lows)


def _is_never_nil(reach: Range) -> bool:
    above = reach.low is not None and reach.low > 0
    return reach.sure and (above or (reach.high is not None and reach.high < 0))


def _most(score: Range) -> str:
    high = Fraction(score.high or 0)
    told = Decimal(high.numerator) / Decimal(high.denominator)
    return f"no score comes to more than {told:f}"
