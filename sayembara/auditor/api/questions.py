"""What the operator asks: verifications, and the standings at any moment."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any

from contracts.ids import EditionId, StageId
from contracts.outcomes import NotFound
from fastapi import APIRouter, Query
from kit.access import Route, may
from kit.http import AtDesk, Here
from pydantic import AwareDatetime, BaseModel

from sayembara.auditor.asking import ask
from sayembara.auditor.store import AuditorStore

OPERATOR = may("operator")

router = APIRouter(tags=["auditor"], route_class=Route)

Moment = Annotated[
    str,
    Query(
        pattern=r"^[0-9][0-9T:.+ Z-]{0,39}$",
        description="A position on the log, or a time with its zone.",
    ),
]


class Verification(BaseModel):
    """What the last verification of the log came to: its page of findings; exit code 0: none.

    The other fields are null before the first has ended. `asked_at` is when one was asked for
    that has not ended yet.
    """

    began_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    exit_code: int | None = None
    page: str | None = None
    asked_at: AwareDatetime | None = None


@router.post("/verification", dependencies=[OPERATOR], status_code=202)
async def begin_verification(desk: AtDesk) -> Verification:
    """Have the log verified now, beside everything else; GET shows what came of it."""
    await desk.run(lambda store: store.ask_for_verification(datetime.now(UTC)))
    return await show_verification(desk)


@router.get("/verification", dependencies=[OPERATOR])
async def show_verification(desk: AtDesk) -> Verification:
    """What the last verification of the log came to."""

    def found(store: AuditorStore) -> Verification:
        last, (asked_at, _) = store.last_verification(), store.schedule()
        if last is None:
            return Verification(asked_at=asked_at)
        return Verification(
            began_at=last.began_at,
            ended_at=last.ended_at,
            exit_code=last.exit_code,
            page=last.page,
            asked_at=asked_at,
        )

    shown: Verification = await desk.read(found)
    return shown


@router.get(
    "/editions/{edition}/stages/{stage}/standings", dependencies=[may("secretariat", "operator")]
)
async def show_standings(
    edition: EditionId, stage: StageId, at: Moment, desk: AtDesk, here: Here
) -> dict[str, Any]:
    """The standings as they were at that moment, worked out from the log again."""
    await desk.read(AuditorStore.progress)
    # In an address, a plus that was not escaped stands for a space.
    moment = at.replace(" ", "+")
    code, printed = await ask(here, "standings", edition, stage, "--json", f"--at={moment}")
    if code != 0:
        raise NotFound("no_standings", printed.strip().removeprefix("sayembara: "))
    found: dict[str, Any] = json.loads(printed)
    return found
