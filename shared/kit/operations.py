"""The addresses that every service has: health, metrics, status, parked messages, the clock."""

from datetime import datetime
from typing import Annotated, Any

from contracts.operations import MessageDiscarded, MessageRetried
from contracts.outcomes import Refused
from contracts.written import Office, Reason
from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator

from kit import parking
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Here, Receipt
from kit.rebuild import Order, Progress
from kit.running import Running

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
    row = await desk.read(lambda store: parking.find(store.connection, position))
    seen = dict(row._mapping) | {"body": row.body.decode(errors="replace")}
    return ParkedMessageWhole.model_validate(seen)


class Action(BaseModel):
    """Who decides what becomes of a parked message, and why; both go on the log."""

    by: Office
    reason: Reason


@operations.post("/parked/{position}/retry", dependencies=[OPERATOR])
async def retry_parked(position: Position, order: Action, here: Here) -> Receipt:
    """Take the message again now, and what waits behind it; it stays parked when it fails again.

    The receipt names the action and what followed from it.
    """
    return await _act(here, MessageRetried, position, order)


@operations.post("/parked/{position}/discard", dependencies=[OPERATOR])
async def discard_parked(position: Position, order: Action, here: Here) -> Receipt:
    """Give the message up for good, and take what waits behind it.

    The receipt names the action and what followed from it.
    """
    return await _act(here, MessageDiscarded, position, order)


async def _act(here: Running, kind: parking.Action, position: int, order: Action) -> Receipt:
    said = await here.act_on_parked(kind, position, by=order.by, reason=order.reason)
    return Receipt.of(said[0].envelope.correlationid, said)


@operations.post("/rebuild", dependencies=[OPERATOR], status_code=202)
async def rebuild(order: Order, here: Here) -> Progress:
    """Make the store anew from the log, beside the one at work, and change over to it.

    Rows that come out otherwise keep it from taking over, unless the differences are accepted.
    """
    return here.rebuild(order)


@operations.get("/rebuild", dependencies=[OPERATOR])
async def rebuild_progress(here: Here) -> Progress:
    """How far the last rebuild has come, and what it found; of this process only."""
    return here.rebuilt()


def _text(given: object) -> object:
    # As the document says: pydantic would take seconds since 1970 too.
    if not isinstance(given, str | datetime):
        raise ValueError("a moment is text: 2026-08-17T09:00:00+07:00")
    return given


def _within_reach(moment: datetime) -> datetime:
    # A clock that runs on from the last moment that there is would run out of moments.
    if not 1970 <= moment.year < 3000:
        raise ValueError("a rehearsal is held between the years 1970 and 2999")
    return moment


class SetClock(BaseModel):
    """The moment that a rehearsal's clock is set to."""

    now: Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(_within_reach)]


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
