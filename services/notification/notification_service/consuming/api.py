"""The addresses of consumers: who they are, adding one, another key, showing one out."""

from typing import Annotated, Any

from contracts.consumers import ConsumerAdded, EventType, UserKey, View
from contracts.ids import EditionId, Token
from contracts.operations import NO_EDITION
from contracts.written import Office, Reason
from fastapi import APIRouter
from kit.access import Route, may
from kit.http import AtDesk, Receipt
from pydantic import BaseModel, ConfigDict, Field

from notification_service.consuming import handlers

OPERATOR = may("operator")

router = APIRouter(tags=["consumers"], route_class=Route)


class Decision(BaseModel):
    """Which office decides so, and why; both are on the log for ever."""

    model_config = ConfigDict(extra="forbid")

    by: Office
    reason: Reason


class ConsumerOrder(Decision):
    """Whom to let in, and to what: see `ConsumerAdded`."""

    consumer: Token
    nkey: UserKey
    events: Annotated[tuple[EventType, ...], Field(min_length=1, max_length=100)]
    of_edition: EditionId | None = None
    view: View = "public"
    from_position: Annotated[int, Field(ge=1, lt=2**63)] = 1
    whole_log: bool = False


class KeyOrder(Decision):
    """The key that it logs in with from now on."""

    nkey: UserKey


class Consumer(BaseModel):
    """Who may consume events, or might; `by` and `reason` are of what was decided last."""

    consumer: Token
    nkey: str
    events: list[str]
    of_edition: EditionId | None
    view: View
    from_position: int
    whole_log: bool
    revoked: bool
    by: str
    reason: str


@router.get("/consumers", dependencies=[OPERATOR])
async def list_consumers(desk: AtDesk) -> list[Consumer]:
    """Every consumer by name, the revoked ones too."""
    found: list[Consumer] = await desk.read(lambda store: list(map(_seen, store.consumers())))
    return found


@router.post("/consumers", dependencies=[OPERATOR])
async def add_consumer(order: ConsumerOrder, desk: AtDesk) -> Receipt:
    """Let somebody consume events. The same again changes nothing."""
    asked = ConsumerAdded(edition=NO_EDITION, **order.model_dump())
    return await desk.run(lambda store: handlers.add(store, asked))


@router.post("/consumers/{consumer}/rotation", dependencies=[OPERATOR])
async def rotate_consumer(consumer: Token, order: KeyOrder, desk: AtDesk) -> Receipt:
    """Have it log in with another key. The same again changes nothing."""
    nkey, by, reason = order.nkey, order.by, order.reason
    return await desk.run(lambda store: handlers.rotate(store, consumer, nkey, by, reason))


@router.post("/consumers/{consumer}/revocation", dependencies=[OPERATOR])
async def revoke_consumer(consumer: Token, order: Decision, desk: AtDesk) -> Receipt:
    """Let it consume nothing any more. The same again changes nothing."""
    return await desk.run(lambda store: handlers.revoke(store, consumer, order.by, order.reason))


def _seen(row: Any) -> Consumer:
    return Consumer(**{**row._mapping, "events": row.events.split()})
