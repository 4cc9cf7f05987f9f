"""The changes of a stage, from any position of the log, and then as they come."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from contracts.ids import EditionId, StageId
from contracts.outcomes import Invalid, NotYet
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from kit import outbox
from kit.access import PUBLIC, Route
from kit.http import AtDesk
from kit.log import Away, LogError
from kit.running import Running
from sqlalchemy import Connection
from starlette.types import Receive, Scope, Send

from ranking_service.api.calculation import stage_in
from ranking_service.api.feed import BEATS, Change, Client, Form, joined
from ranking_service.api.live import Live, live_of
from ranking_service.handlers.results import open_edition
from ranking_service.settings import RankingSettings
from ranking_service.store import RankingStore
from ranking_service.store.changes import changes_after, told

PAGE = 200
UNREAD_SECONDS = 30.0
AGAIN_MILLISECONDS = (1_000, 4_000)
MARKED_SECONDS = 0.05
POSITION_MAX = 2**63 - 1
CLIENTS_MAX: int = RankingSettings.model_fields["live_clients_max"].default
MEDIA: dict[Form, str] = {"events": "text/event-stream", "lines": "application/x-ndjson"}
EVERYWHERE = {"Access-Control-Allow-Origin": "*"}
"""Pages of others may read it too: it is for everybody, and shows nobody's token."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **EVERYWHERE}

router = APIRouter(tags=["ranking"], route_class=Route)

After = Annotated[
    int,
    Query(ge=0, le=POSITION_MAX, description="Changes after this position of the log; 0: all."),
]
LastEventId = Annotated[
    int | None,
    Header(ge=0, le=POSITION_MAX, description="The same, as a browser says it; it goes first."),
]
Follow = Annotated[bool, Query(description="Whether to go on with what comes.")]


@dataclass(frozen=True)
class Wanted:
    """What a client asks for: changes after a position, in which form, and whether to go on."""

    after: int
    form: Form
    follow: bool


async def wanted_by(
    request: Request, after: After = 0, follow: Follow = True, last_event_id: LastEventId = None
) -> Wanted:
    """What this request asks for."""
    events = MEDIA["events"] in request.headers.get("accept", "")
    start = after if last_event_id is None else last_event_id
    return Wanted(start, "events" if events else "lines", follow)


FORMS = {each: {"schema": {"type": "string"}} for each in MEDIA.values()}


@router.get(
    "/editions/{edition}/stages/{stage}/changes",
    dependencies=[PUBLIC],
    response_class=Response,
    responses={200: {"description": "The changes, in order", "content": FORMS}},
)
async def tell_changes(
    edition: EditionId,
    stage: StageId,
    desk: AtDesk,
    wanted: Annotated[Wanted, Depends(wanted_by)],
) -> Response:
    """What changed in the standings of a stage after a position of the log, and what changes.

    Server-sent events when they are accepted, else lines of JSON; an empty line says that the
    connection is alive. Each has the log position of its event as id: begin with the position of
    the standings, leave out whose data has a smaller position than they, and come back with the
    last id. After any other event than standings.changed the standings are to be read again.
    """
    await desk.share(("stage", edition, stage), lambda store: _must_be(store, edition, stage))
    await _must_be_on_the_log(desk.here, wanted.after)
    live = live_of(desk.here)
    _must_have_room(live)
    return Changes(live, edition, stage, wanted)


def _must_be(store: RankingStore, edition: EditionId, stage: StageId) -> None:
    stage_in(open_edition(edition, store), stage)


async def _must_be_on_the_log(here: Running, position: int) -> None:
    assert here.relay is not None
    if position <= here.relay.position or position <= await here.checkpoint():
        return
    end = await _end_of_log(here)
    if position > end:
        text = f"the log ends at position {end}: nothing is after {position}"
        raise Invalid("beyond_the_log", f"{text}; begin with the position of the standings")


async def _end_of_log(here: Running) -> int:
    with suppress(*Away, LogError):
        if here.log is not None:
            return await here.log.last_position()
    raise NotYet("the log does not answer, so nobody knows whether it goes so far; try again")


def _must_have_room(live: Live) -> None:
    settings = live.running.settings
    most = settings.live_clients_max if isinstance(settings, RankingSettings) else CLIENTS_MAX
    if len(live.clients) >= most:
        raise NotYet(f"{most} clients are watching, and no more are taken; try again later")


class Changes(Response):
    """The answer: what is in the store already, page by page, then whatever the feed has.

    While it reads the store, the client sets the pace. From there on it is the feed that writes to
    the connection, past this application.
    """

    def __init__(self, live: Live, edition: EditionId, stage: StageId, wanted: Wanted) -> None:
        super().__init__(headers=HEADERS, media_type=MEDIA[wanted.form])
        del self.headers["content-length"]
        self.live = live
        self.edition = edition
        self.stage = stage
        self.after = wanted.after
        self.form = wanted.form
        self.follow = wanted.follow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the changes until the client goes, or the service stops."""
        chunked = scope["http_version"] != "1.0"
        client = Client(scope["state"]["transport"], self.form, chunked)
        self.live.clients.add(client)
        try:
            await self._tell(client, receive, send)
        except TimeoutError:
            client.transport.abort()
        finally:
            self.live.leave(client)

    async def _tell(self, client: Client, receive: Receive, send: Send) -> None:
        headers = self.raw_headers
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _send(send, _greeting(self.form))
        async for changes in self._stored():
            await _send(send, joined(changes)[self.form])
        if not self.follow or self.live.running.stopping:
            await _send(send, b"", more=False)
            return
        self.live.join(client, self.live.feed(self.edition, self.stage), self.after)
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _stored(self) -> AsyncIterator[list[Change]]:
        # What was published before the feed began: the store knows where it is half a second later.
        until = self.live.relay.position
        while self._since(until) > self.after and not self.live.running.stopping:
            changes, reached = await self._next_page()
            if changes:
                yield changes
            if reached == self.after:
                await asyncio.sleep(MARKED_SECONDS)
            self.after = max(self.after, reached)

    def _since(self, until: int) -> int:
        return self.live.feed(self.edition, self.stage).since if self.follow else until

    async def _next_page(self) -> tuple[list[Change], int]:
        async with self.live.reading:
            return await self.live.running.query(self._read)

    def _read(self, store: Any) -> tuple[list[Change], int]:
        return page_after(store.connection, self.edition, self.stage, self.after)


def page_after(
    connection: Connection, edition: EditionId, stage: StageId, after: int
) -> tuple[list[Change], int]:
    """The next changes after a position, and the position up to which nothing else is told."""
    last = outbox.last_position(connection)
    page = changes_after(connection, edition, stage, after, PAGE)
    is_full = len(page) == PAGE or sum(len(each.body) for each in page) >= outbox.PAGE_BYTES
    reached = page[-1].position if is_full else max(last, after)
    return [Change.of(each) for each in told(page, stage)], reached


def _greeting(form: Form) -> bytes:
    # The first byte tells that the connection is there. Whoever loses it comes back at a moment of
    # its own: thousands must not come at once.
    soon = random.randint(*AGAIN_MILLISECONDS)
    return b"retry: %d\n\n" % soon if form == "events" else BEATS[form]


async def _send(send: Send, text: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(UNREAD_SECONDS):
        await send({"type": "http.response.body", "body": text, "more_body": more})
