"""The event log, for the operator: make its stream, or check it for drift."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from kit.log import Away, Drift, Log, LogError
from nats.errors import NoServersError

from sayembara.trouble import Trouble

CONNECT_SECONDS = 3


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Log]:
    """The log on the NATS server at `url`; Trouble when nothing answers or it refuses."""

    async def unheard(_: Exception) -> None:
        # The client would print each failed try; what comes of them is raised below.
        return None

    try:
        client = await nats.connect(
            url.split(","),
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            # These two count for the first connection too, which would be tried for two minutes.
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=unheard,
        )
    except (*Away, NoServersError) as error:
        raise Trouble(f"no NATS server answers at {url} ({error}); is it running?") from error
    try:
        yield Log(client)
    except (Drift, LogError) as error:
        raise Trouble(str(error)) from error
    except Away as error:
        raise Trouble(f"the NATS server at {url} went away ({error}); try again") from error
    finally:
        await client.close()


async def apply(url: str) -> None:
    """Make the stream of the log, or bring it to what is declared."""
    async with connected(url) as log:
        await log.apply_stream()


async def check(url: str) -> int:
    """The last position of the log; Trouble when its stream is not as declared."""
    async with connected(url) as log:
        await log.check_stream()
        return await log.last_position()
