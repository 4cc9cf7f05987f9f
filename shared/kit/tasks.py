"""Tasks of the event loop, ended for good."""

import asyncio
from collections.abc import Iterable

AGAIN_SECONDS = 1.0


async def end_all(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel the tasks and return when every one has ended, whatever it ended with."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        # A wait_for of Python 3.11 can swallow a cancellation: it is asked for until it is heard.
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
