"""Who watches a stage, and how a change reaches all of them: encoded once, written to each.

A change is told when it is on the log. The clients have their turn one after the other, and each is
written whatever came since its last turn, without a task, a queue or a timer for anybody. Whoever
does not read is let go: what waits for a client is bounded, and it can come back and go on where
it was.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from weakref import WeakKeyDictionary

from contracts.ids import EditionId, StageId
from kit.heard import Heard
from kit.relay import Published, Relay
from kit.running import Running
from prometheus_client import CollectorRegistry, Counter, Gauge

from ranking_service.api.feed import BEATS, Change, Client, Feed, framed
from ranking_service.store.changes import TYPES, is_told

BEAT_SECONDS = 15.0
BEHIND_SECONDS = 0.1
"""Whoever is not told everything yet is looked at again so soon."""

TOGETHER = 50
READING_TOGETHER = 2
ROUND_SECONDS = 0.002
"""What comes this soon after another change goes out with it."""


class Live:
    """Everybody who watches a stage of this service."""

    def __init__(self, running: Running, relay: Relay) -> None:
        self.running = running
        self.relay = relay
        self.clients: set[Client] = set()
        self.reading = asyncio.Semaphore(READING_TOGETHER)
        self._feeds: dict[EditionId, dict[StageId, Feed]] = {}
        self._last = relay.position
        self._woken = asyncio.Event()
        relay.told.append(self.hear)
        running.when_stopping.append(self._woken.set)
        self._watching, self._dropped = meters(running.meters.registry)
        self._watching.set_function(lambda: len(self.clients))

    def feed(self, edition: EditionId, stage: StageId) -> Feed:
        """The feed of this stage, from now on if it had none."""
        stages = self._feeds.setdefault(edition, {})
        return stages.setdefault(stage, Feed(stage, self.relay.position))

    def join(self, client: Client, feed: Feed, after: int) -> None:
        """Write to the client, in its turn, what the feed has after that position, and go on."""
        client.told = after
        feed.clients.add(client)
        self._woken.set()

    def leave(self, client: Client) -> None:
        """The client is gone, whichever stage it watched."""
        self.clients.discard(client)
        for feed in self._all():
            feed.clients.discard(client)

    def hear(self, published: Published) -> None:
        """Something that ranking said is on the log: keep what somebody is to be told."""
        for row, position in published:
            _, _, edition, *_ = row.subject.split(".")
            if position <= self._last or edition not in self._feeds:
                continue
            if row.headers.get("ce-type") in TYPES:
                message = Heard(position, row.subject, row.headers, row.body)
                self._tell(edition, message)
        self._last = max([self._last, *(position for _, position in published)])

    def _tell(self, edition: EditionId, message: Heard) -> None:
        told = [
            each for each in self._feeds[edition].values() if is_told(message.event, each.stage)
        ]
        if told:
            change = Change.of(message)
            for feed in told:
                feed.add(change)
            self._woken.set()

    async def serve(self) -> None:
        """Write what comes to whoever watches, until the service stops; then end with everybody."""
        _raise_open_files()
        beat_at = time.monotonic() + BEAT_SECONDS
        seconds = BEAT_SECONDS
        while not self.running.stopping:
            await self._until_woken(seconds)
            self._woken.clear()
            behind = [await self._tell_all(each) for each in self._all()]
            if time.monotonic() >= beat_at:
                beat_at = time.monotonic() + BEAT_SECONDS
                await self._beat()
            await asyncio.sleep(ROUND_SECONDS)
            soon = beat_at - time.monotonic()
            seconds = min(soon, BEHIND_SECONDS) if any(behind) else soon
        for client in list(self.clients):
            client.end()

    async def _until_woken(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    async def _tell_all(self, feed: Feed) -> bool:
        """Give each client its turn; whether there is more to tell to somebody."""
        is_behind = False
        everybody_has_a_turn_for = feed.last
        async for client in by_turns(feed.clients):
            if client.told < feed.last:
                self._write(client, feed)
                is_behind |= client.told < feed.last
        feed.forget(everybody_has_a_turn_for)
        return is_behind

    def _write(self, client: Client, feed: Feed) -> None:
        if client.told < feed.since and not client.transport.is_closing():
            self._dropped.inc()
            client.transport.abort()
        while feed.since <= client.told < feed.last and client.takes_more:
            text, client.told = feed.next_for(client)
            client.transport.write(text)

    async def _beat(self) -> None:
        # A connection that is gone without a word is only found by writing to it.
        for feed in self._all():
            async for client in by_turns(feed.clients):
                if client.takes_more:
                    client.transport.write(framed(client, BEATS))
        for edition, stages in list(self._feeds.items()):
            watched = {name: each for name, each in stages.items() if each.clients}
            self._feeds[edition] = watched
            if not watched:
                del self._feeds[edition]

    def _all(self) -> list[Feed]:
        return [each for stages in self._feeds.values() for each in stages.values()]


async def by_turns(clients: Iterable[Client]) -> AsyncIterator[Client]:
    """Each of these clients, and the rest of the service after every fifty and at the end."""
    listed = list(clients)
    for first in range(0, len(listed), TOGETHER):
        for each in listed[first : first + TOGETHER]:
            yield each
        await asyncio.sleep(0)


def meters(registry: CollectorRegistry) -> tuple[Gauge, Counter]:
    """How many watch now, and how many were let go."""
    return (
        Gauge("sayembara_live_clients", "Clients that watch standings now", registry=registry),
        Counter(
            "sayembara_live_dropped",
            "Clients that were let go: they did not read",
            registry=registry,
        ),
    )


def _raise_open_files() -> None:
    # Each client is an open file; the usual limit of a process is 1,024, and it may raise it.
    _, most = getrlimit(RLIMIT_NOFILE)
    setrlimit(RLIMIT_NOFILE, (most, most))


_LIVE: WeakKeyDictionary[Running, Live] = WeakKeyDictionary()


def live_of(running: Running) -> Live:
    """Whoever watches this service."""
    if running not in _LIVE:
        assert running.relay is not None  # it is there before the first request is answered
        _LIVE[running] = Live(running, running.relay)
    return _LIVE[running]


async def serve_live(running: Running) -> None:
    """Tell the watchers of this service what changes."""
    await live_of(running).serve()
