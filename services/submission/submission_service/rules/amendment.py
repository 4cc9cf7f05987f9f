"""What an amendment may change in the rulebook of an open edition, and what stands fast."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from contracts.ids import AwardId, StageId
from contracts.outcomes import Refused
from contracts.rulebook import Intake, Rulebook

from submission_service.rules.changes import Change, changes
from submission_service.rules.intake import EditionState

MARKED = {
    "criteria": frozenset({"scale", "panel", "per", "optional", "unique"}),
    "panels": frozenset[str](),
}
"""What sheets were handed in under, of each item of these lists; the items themselves too."""
OF_ALL_SHEETS = frozenset({"parts", "open_parts", "groups"})
BY_OTHER_WAY = "put it back"


@dataclass(frozen=True)
class Standing:
    """How far the edition is: what is past cannot be ruled otherwise."""

    state: EditionState
    announced: bool
    ranked: Collection[StageId]
    now: datetime


def check_amendment(before: Rulebook, after: Rulebook, standing: Standing) -> None:
    """Refused `edition_not_open`, `results_announced`; `amendment_refused` with every mistake."""
    if standing.state == "draft":
        text = "the edition is not open yet: put the rulebook again instead"
        raise Refused("edition_not_open", text)
    if standing.announced:
        text = "the results are announced: nothing of the rulebook can change any more"
        raise Refused("results_announced", text)
    mistakes = list(_mistakes(before, after, standing))
    if mistakes:
        raise Refused("amendment_refused", "\n".join(mistakes))


def _mistakes(before: Rulebook, after: Rulebook, standing: Standing) -> Iterator[str]:
    awards = _of_ranked_stages((before, after), standing)
    for change in changes(before, after):
        why = _why_not(change, after.intake, standing, awards)
        if why:
            yield f"{change}: {why}: {BY_OTHER_WAY}"
    yield from _of_intake(before.intake, after.intake, standing)


def _why_not(
    change: Change, intake: Intake, standing: Standing, awards: Mapping[AwardId, StageId]
) -> str | None:
    match change.path:
        case ("id",):
            return "the edition keeps its id"
        case ("sections" | "labels" as part, *_):
            return _of_form(change, part, intake, standing)
        case ("stages",):
            return "the stages stay in their order"
        case ("stages", _):
            return "the stages stay as many as the edition opened with"
        case ("stages", stage, *key):
            return _of_stage(change, stage, key, standing)
        case ("awards", award, *_) if award in awards and not change.is_wording:
            return f"the stage '{awards[award]}' is ranked, and its awards follow from that"
    return None


def _of_form(change: Change, part: str, intake: Intake, standing: Standing) -> str | None:
    if standing.state == "closed" or standing.now > intake.closes_at:
        return f"the intake is closed, and what was handed in stands under these {part}"
    if change.kind == "added" or change.is_wording:
        return None
    return f"{part} can only be added, or named otherwise: proposals were written for them"


def _of_stage(change: Change, stage: StageId, key: list[str], standing: Standing) -> str | None:
    if change.is_wording:
        return None
    if stage in standing.ranked:
        return f"the stage '{stage}' is ranked: only names and sources in it can change"
    if key[0] in OF_ALL_SHEETS or _is_marked(change, key):
        return "sheets are handed in under it, so what is marked in a stage stays"
    return None


def _is_marked(change: Change, key: list[str]) -> bool:
    if key[0] not in MARKED or change.kind == "moved":
        return False
    return change.kind != "changed" or key[2] in MARKED[key[0]]


def _of_ranked_stages(
    books: tuple[Rulebook, Rulebook], standing: Standing
) -> dict[AwardId, StageId]:
    awards = [each for book in books for each in book.awards if each.by != "decision"]
    return {each.id: each.stage for each in awards if each.stage in standing.ranked}


def _of_intake(before: Intake, after: Intake, standing: Standing) -> Iterator[str]:
    if before == after:
        return
    if standing.state == "closed":
        yield f"intake: the intake is closed, so its rules stay: {BY_OTHER_WAY}"
        return
    now = standing.now.isoformat()
    if after.closes_at != before.closes_at and after.closes_at < standing.now:
        past = after.closes_at.isoformat()
        yield f"intake.closes_at: {past} is past, and it is {now}: name a later moment"
    if before.opens_at <= standing.now < after.opens_at:
        yield f"intake.opens_at: the intake has begun, and it is {now}: {BY_OTHER_WAY}"
    if before.opens_at <= standing.now and after.age_months_min > before.age_months_min:
        text = "proposals were handed in under a lower one, and would fall out"
        yield f"intake.age_months_min: {text}: {BY_OTHER_WAY}"
