"""The log read again without a consumer, by whoever may only read: the auditor, a consumer's key.

A right to make consumers would be a right to fill the server with them: so there is none for these.

The server sends so many messages from a position on, whatever their subject; each says its place.
In a cluster any server answers, and one that lags has not heard the last ones: what it does not
have, the leader is asked about.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from contracts.stream import STREAM
from kit.log import Log, LogError
from kit.stored import request_from
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from sayembara.audit.logged import Logged
from sayembara.trouble import Trouble

BATCH = 1_000
WAIT_SECONDS = 30.0
NO_MESSAGES = "404"
NOT_ON_THE_LOG = 10037
TRIES = 20
PAUSE_SECONDS = 0.5


class Fetched:
    """The messages on these subjects from `first` up to `last`."""

    def __init__(self, log: Log, subjects: Sequence[str], first: int, last: int) -> None:
        self.first = first
        self._last = last
        self._log = log
        self._subjects = [each.split(".") for each in subjects]
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._inbox: Subscription | None = None

    async def some(self) -> list[Logged]:
        """What comes next; nothing when all is read, Trouble when it does not come."""
        for _ in range(TRIES):
            while self.first <= self._last and (found := await self._batch()):
                if taken := [each for each in found if self._is_wanted(each)]:
                    return taken
            if not await self._is_more():
                return []
            await asyncio.sleep(PAUSE_SECONDS)
        text = f"the server that was asked has no message from position {self.first} on"
        raise Trouble(f"{text}, and the log goes up to {self._last}: it lags; try again")

    async def _is_more(self) -> bool:
        """Whether the leader has a message between here and the last one that is asked for."""
        if self.first > self._last:
            return False
        asked = {"seq": self.first, "next_by_subj": ">"}
        try:
            found = await self._log.api(f"STREAM.MSG.GET.{STREAM}", asked)
        except LogError as error:
            if error.code == NOT_ON_THE_LOG:
                return False
            raise
        return int(found["message"]["seq"]) <= self._last

    def _is_wanted(self, message: Logged) -> bool:
        said = message.subject.split(".")
        return any(_fits(said, wanted) for wanted in self._subjects)

    async def _batch(self) -> list[Logged]:
        client = self._log.client
        if self._inbox is None:
            self._inbox = await client.subscribe(client.new_inbox(), cb=self._arrived.put)
        await request_from(self._log, self.first, self._inbox.subject, BATCH)
        found: list[Logged] = []
        while (message := await self._next()) is not None:
            found.append(message)
            self.first = message.position + 1
        return found

    async def _next(self) -> Logged | None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                message = await self._arrived.get()
        except TimeoutError as error:
            text = f"the log stopped at position {self.first}, and more is on it: try again"
            raise Trouble(text) from error
        headers = message.headers or {}
        if "Nats-Sequence" not in headers:
            if headers.get("Status") not in ("204", NO_MESSAGES):
                raise Trouble(f"the server does not let the log be read: {dict(headers)}")
            return None
        position, subject = int(headers["Nats-Sequence"]), headers["Nats-Subject"]
        if position < self.first:
            raise Trouble(f"the server sent position {position} where {self.first} was asked for")
        stored_at = datetime.fromisoformat(headers["Nats-Time-Stamp"])
        return Logged(position, subject, headers, message.data, stored_at)

    async def close(self) -> None:
        """Leave nothing on the server."""
        if self._inbox is not None:
            await self._inbox.unsubscribe()


def _fits(said: Sequence[str], wanted: Sequence[str]) -> bool:
    if wanted[-1] == ">":
        said, wanted = said[: len(wanted) - 1], wanted[:-1]
    return len(said) == len(wanted) and all(
        theirs in ("*", mine) for mine, theirs in zip(said, wanted, strict=True)
    )
