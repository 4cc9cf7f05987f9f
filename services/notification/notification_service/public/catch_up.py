"""A store from before there was a public view shows the whole log, from its beginning."""

from functools import partial

import structlog
from kit import checkpoint
from kit.heard import Heard
from kit.running import Running
from kit.stored import messages_between
from sqlalchemy import Connection, delete, insert

from notification_service.public.show import Showing, shown_up_to
from notification_service.public.tables import catching_up

READ_MESSAGES = 500
TELL_MESSAGES = 50_000

log = structlog.get_logger()


async def catch_up(running: Running) -> None:
    """Show what was taken before, some hundred messages at a time, until nothing is left.

    What is taken meanwhile waits for its turn, so the order is that of the log.
    """
    while (after := await running.database.read(shown_up_to)) is not None:
        if running.stopping:
            return
        last = await running.checkpoint()
        if after % TELL_MESSAGES < READ_MESSAGES:
            log.info("the public view is made from the log", position=after, of=last)
        assert running.log is not None
        messages = await messages_between(running.log, after + 1, min(last, after + READ_MESSAGES))
        seen = [each for each in messages if running.service.sees(each.subject)]
        up_to = messages[-1].position if messages else last
        await running.database.write(partial(_show, seen=seen, up_to=up_to))


def _show(connection: Connection, seen: list[Heard], up_to: int) -> None:
    if seen:
        Showing(connection).show(seen)
    connection.execute(delete(catching_up))
    if up_to < checkpoint.read(connection):
        connection.execute(insert(catching_up), {"position": up_to})
