"""Cuts and awards of a rulebook for more proposals than there can be."""

from collections.abc import Iterator

from contracts.rulebook import RankAward, Rulebook, Stage

from sayembara.doubts.doubt import Doubt


def cuts_beyond_the_field(rulebook: Rulebook) -> Iterator[Doubt]:
    """Cuts that let everyone through who came in."""
    field: int | None = None
    for number, stage in enumerate(rulebook.stages):
        own = stage.cut.top if stage.cut else None
        if field is not None and own is not None and own >= field:
            text = f"stage '{stage.id}': its cut of {own} lets all {field} through that came in"
            yield Doubt(("stages", number, "cut"), text)
        field = _after(stage, field)


def awards_beyond_the_field(rulebook: Rulebook) -> Iterator[Doubt]:
    """Awards for ranks that nobody can have."""
    field: int | None = None
    into: dict[str, int | None] = {}
    for stage in rulebook.stages:
        into[stage.id] = field
        field = _after(stage, field)
    for number, award in enumerate(rulebook.awards):
        if isinstance(award, RankAward) and (most := into[award.stage]) and award.top > most:
            text = f"award '{award.id}' goes to {award.top}; {most} come into '{award.stage}'"
            yield Doubt(("awards", number), text)


def _after(stage: Stage, field: int | None) -> int | None:
    """How many go on, when none are equal; None where that is not known."""
    if stage.cut is None or stage.cut.top is None:
        return field
    return stage.cut.top + stage.cut.wildcards
