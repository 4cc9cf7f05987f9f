"""The relay: puts the outbox on the log, in order, in batches; woken by each commit.

After a start, and after any failure whose outcome is not known, it finds its place again by its
own events on the log. So an event is never published twice, however long the outage was.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from kit import checkpoint, outbox
from kit.database import Database, Unavailable
from kit.log import Away, Drift, Log, LogError, Place, must_reach
from kit.observe import Meters
from kit.outgoing import Outgoing
from kit.tracing import TRACEPARENT, TRACES

REPAIR_SECONDS = 1.0
MARK_SECONDS = 0.5
RETRY_SECONDS = 0.1
RETRY_SECONDS_MAX = 5.0

Published = Sequence[tuple[Outgoing, int]]
"""Rows of the outbox, each with its position on the log."""

log = structlog.get_logger()


class Relay:
    """The one relay of a service; only the active process runs it.

    `trouble` says why the outbox waits; it is empty while everything that was said is on the log.
    What is published is marked in the outbox some time later, for many events at once: a commit for
    each batch would hold up what the service does, and whatever is not marked is found on the log.

    `position` is the last place on the log where it knows an event of its service. Whoever is in
    `told` is given each event when it is on the log, in order; one may be given again.
    """

    def __init__(
        self, service: str, database: Database, event_log: Log, batch_size: int, meters: Meters
    ) -> None:
        self.service = service
        self.database = database
        self.log = event_log
        self.batch_size = batch_size
        self.meters = meters
        self.trouble = ""
        self.position = 0
        self.told: list[Callable[[Published], None]] = []
        self._woken = asyncio.Event()
        self._published = 0
        self._marks: list[tuple[int, int]] = []
        self._marked_at = 0.0
        self._publishing = asyncio.Lock()
        self._is_known = False

    def wake(self) -> None:
        """Something was committed: look at the outbox now."""
        self._woken.set()

    def forget(self) -> None:
        """The server was away: it may have come back with less than it had acknowledged."""
        self._is_known = False

    async def run(self) -> None:
        """Publish whatever is in the outbox, for ever; failures are tried again."""
        pause = RETRY_SECONDS
        while True:
            try:
                await self.recover()
                pause = RETRY_SECONDS
                await self._publish_forever()
            except (*Away, LogError, Drift, *Unavailable) as error:
                self.trouble = f"{type(error).__name__}: {error}".strip(": ")
                log.warning("the outbox waits", error=self.trouble)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_SECONDS_MAX)

    async def recover(self) -> None:
        """Mark everything that is on the log already: the log is right, the outbox follows.

        Drift when the log ends before what this service knows: what it says now would take the
        place of what was lost, and nobody could put that back.
        """
        async with self._publishing:
            # What was acknowledged is marked first: the log may be another one now.
            await self._mark()
            known = await self.database.read(outbox.last_position)
            taken = await self.database.read(checkpoint.read)
            must_reach(await self.log.last_position(), max(known, taken))
            places = await self.log.own_places(self.service, known)
            self._marks = [(place.outbox_id, place.position) for place in places]
            self._published = 0
            self.position = max([self.position, known, *(place.position for place in places)])
            await self._tell_found(places)
            await self._mark()
            self._is_known = True

    async def _publish_forever(self) -> None:
        while True:
            self._woken.clear()
            while await self.publish_next():
                pass
            self.trouble = ""
            await self._wait()

    async def _wait(self) -> None:
        seconds = MARK_SECONDS if self._marks else REPAIR_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            await self._mark()

    async def flush(self) -> None:
        """Publish, and mark, whatever is in the outbox now."""
        while await self.publish_next():
            pass
        await self._mark()

    async def publish_next(self) -> bool:
        """Publish the next batch of the outbox; False when nothing is left."""
        if not self._is_known:
            await self.recover()
        async with self._publishing:
            rows = self._just_said()
            # What follows what was just said is said after it: it wakes the relay again.
            may_be_more = bool(self.database.just_said)
            if not rows:
                rows = await self.database.read(
                    lambda each: outbox.unpublished(each, self.batch_size, self._published)
                )
                may_be_more = bool(rows)
            if rows:
                await self._publish(rows)
        if time.monotonic() - self._marked_at > MARK_SECONDS:
            await self._mark()
        return may_be_more

    def _just_said(self) -> list[Outgoing]:
        # Only what comes right after the last event that was read and published: otherwise the
        # outbox is asked, which knows of everything.
        said, found = self.database.just_said, list[Outgoing]()
        while said and len(found) < self.batch_size:
            row, last = said.popleft(), self._published + len(found)
            if self._published and row.id == last + 1:
                found.append(row)
            elif row.id > last:
                break
        return found

    async def _publish(self, rows: Sequence[Outgoing]) -> None:
        with TRACES.span("publish", [row.headers.get(TRACEPARENT) for row in rows]):
            last = await self.log.publish(rows)
        published = list(zip(rows, range(last - len(rows) + 1, last + 1), strict=True))
        self._marks += [(row.id, position) for row, position in published]
        self._published = rows[-1].id
        self.meters.published(len(rows))
        self.position = last
        self._tell(published)

    async def _tell_found(self, places: Sequence[Place]) -> None:
        # Rarely any: what was published when the answer of the server was lost.
        at = {place.outbox_id: place.position for place in places}
        if at and self.told:
            rows = await self.database.read(lambda each: outbox.rows_of(each, list(at)))
            self._tell([(row, at[row.id]) for row in rows])

    def _tell(self, published: Published) -> None:
        for hear in self.told:
            hear(published)

    async def _mark(self) -> None:
        if self.database.is_held:
            return  # what is published does not wait for it, and is marked later
        marks, self._marks = self._marks, []
        self._marked_at = time.monotonic()
        if marks:
            await self.database.write(lambda connection: outbox.mark_published(connection, marks))
