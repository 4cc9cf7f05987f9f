"""Moments at which a stage is frozen that can hardly be meant."""

from collections.abc import Iterator

from contracts.rulebook import Rulebook

from sayembara.doubts.doubt import Doubt


def freezes_too_early(rulebook: Rulebook) -> Iterator[Doubt]:
    """Stages that are frozen before there is anything to see of them."""
    closes_at = rulebook.intake.closes_at
    before = None
    for number, stage in enumerate(rulebook.stages):
        if stage.freeze_at is None:
            continue
        path = ("stages", number, "freeze_at")
        here = f"stage '{stage.id}' is frozen at {stage.freeze_at.isoformat()}"
        if stage.freeze_at <= closes_at:
            text = f"{here}, before the intake closes at {closes_at.isoformat()}"
            yield Doubt(path, f"{text}: the public would see none of its standings")
        elif before and before.freeze_at and stage.freeze_at < before.freeze_at:
            yield Doubt(path, f"{here}, before stage '{before.id}', which comes before it")
        before = stage
