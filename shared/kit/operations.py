"""The addresses that every service has: health, metrics, status, parked messages, the clock."""

from datetime import datetime
from typing import Annotated, Any

import structlog
from contracts.outcomes import NotFound, Refused
from contracts.written import Office, Reason
from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel

from kit import parking
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Here, Receipt

log = structlog.get_logger()

OPERATOR = may("operator")

operations = APIRouter(tags=["operations"], route_class=Route)

Position = Annotated[int, Path(ge=1, le=2**63 - 1)]


@operations.get("/livez", dependencies=[PUBLIC])
async def livez() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


class Readiness(BaseModel):
    """Whether a service does its work, and what keeps it from it."""

    ready: bool
    because: list[str]


NOT_READY: dict[int | str, dict[str, Any]] = {
    503: {"model": Readiness, "description": "Not ready, and why"}
}


@operations.get("/readyz", dependencies=[PUBLIC], response_model=Readiness, responses=NOT_READY)
async def readyz(here: Here) -> Response:
    """200 when the service is the active one and has its store and the log; else 503 with why."""
    why_not = here.why_not_ready()
    return JSONResponse({"ready": not why_not, "because": why_not}, 503 if why_not else 200)


@operations.get("/metrics", dependencies=[PUBLIC], response_class=PlainTextResponse)
async def metrics(here: Here) -> Response:
    """Metrics in the Prometheus text format."""
    await here.measure()
    return Response(here.meters.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


class Status(BaseModel):
    """How a service is doing."""

    service: str
    ready: bool
    because: list[str]
    position: int
    lag: int | None
    unpublished: int
    parked: int


@operations.get("/status", dependencies=[OPERATOR])
async def status(here: Here) -> Status:
    """Position, lag and what is parked; lag is null while the log does not answer."""
    return Status(**await here.status())


class ParkedMessage(BaseModel):
    """A message that could not be taken, and why."""

    position: int
    event_id: str
    event_type: str
    edition: str
    outcome: str
    reason: str
    tries: int
    parked_at: AwareDatetime
    retry_at: AwareDatetime | None


class ParkedMessageWhole(ParkedMessage):
    """A parked message with its content."""

    headers: str
    body: str


@operations.get("/parked", dependencies=[OPERATOR])
async def list_parked(desk: AtDesk) -> list[ParkedMessage]:
    """All parked messages, in log order."""
    rows = await desk.read(lambda store: parking.waiting(store.connection))
    return [ParkedMessage.model_validate(row, from_attributes=True) for row in rows]


@operations.get("/parked/{position}", dependencies=[OPERATOR])
async def show_parked(position: Position, desk: AtDesk) -> ParkedMessageWhole:
    """One parked message with its headers and body."""
    row = await desk.read(lambda store: _parked(store, position))
    seen = dict(row._mapping) | {"body": row.body.decode(errors="replace")}
    return ParkedMessageWhole.model_validate(seen)


@operations.post("/parked/{position}/retry", dependencies=[OPERATOR])
async def retry_parked(position: Position, here: Here, desk: AtDesk) -> Receipt:
    """Try the message again now; it stays parked when it fails again."""

    def retry(store: Any) -> None:
        _parked(store, position)
        parking.retry_now(store.connection, position, store.now)

    receipt = await desk.run(retry)
    await here.retry_due()
    return receipt


class Discard(BaseModel):
    """Who gives a parked message up, and why."""

    by: Office
    reason: Reason


@operations.post("/parked/{position}/discard", dependencies=[OPERATOR])
async def discard_parked(position: Position, order: Discard, desk: AtDesk) -> Receipt:
    """Give the message up for good; it stays on the log, and the reason in the service's logs."""

    def discard(store: Any) -> None:
        row = _parked(store, position)
        parking.release(store.connection, position)
        log.warning("discarded", by=order.by, reason=order.reason, id=row.event_id)

    return await desk.run(discard)


def _parked(store: Any, position: int) -> Any:
    row = parking.find(store.connection, position)
    if row is None:
        raise NotFound("not_parked", f"no message is parked at position {position}")
    return row


def _within_reach(moment: datetime) -> datetime:
    # A clock that runs on from the last moment that there is would run out of moments.
    if not 1970 <= moment.year < 3000:
        raise ValueError("a rehearsal is held between the years 1970 and 2999")
    return moment


class SetClock(BaseModel):
    """The moment that a rehearsal's clock is set to."""

    now: Annotated[AwareDatetime, AfterValidator(_within_reach)]


@operations.put("/clock", dependencies=[OPERATOR])
async def set_clock(order: SetClock, here: Here) -> SetClock:
    """Set the clock of a rehearsal; refused by a service that runs on real time."""
    if not here.clock.rehearsal:
        raise Refused("real_time", "this service runs on real time: its clock cannot be set")
    here.clock.set(order.now)
    await here.command(lambda store: here.clock.keep(store.connection))
    return SetClock(now=here.clock.now())


@operations.get("/clock", dependencies=[OPERATOR])
async def read_clock(here: Here) -> SetClock:
    """The service's present moment."""
    return SetClock(now=here.clock.now())
