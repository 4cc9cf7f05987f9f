"""The task that signs: every minute while there is traffic, and at once after a stage's close."""

from datetime import timedelta
from functools import partial

import structlog
from contracts.outcomes import Refused
from kit.database import Unavailable
from kit.log import Away, LogError
from kit.running import Running

from sayembara.audit.checkpoints import signer_of
from sayembara.audit.note import Signer
from sayembara.auditor import handlers
from sayembara.auditor.settings import settings_of
from sayembara.trouble import Trouble

LOOK_SECONDS = 1.0
PART = "tree"
"""What a trouble of the tree is called in the status."""

log = structlog.get_logger()


async def sign(running: Running) -> None:
    """Sign the log whenever it is due, until the auditor stops; say why when it cannot."""
    first: int | None = None
    while not running.stopping:
        try:
            # Before anything is waited for: it is not ready for a moment without its key.
            key = signer(running)
            # What was said before it began is signed together: a tree that is being filled again
            # would be smaller than what was shown of it.
            first = await _end(running) if first is None else first
            await _sign_if_due(running, key, first)
            running.troubles.pop(PART, None)
        except Refused as refused:
            running.troubles[PART] = refused.text
        except (*Away, LogError, *Unavailable) as error:
            log.warning("the log is not signed", error=f"{type(error).__name__}: {error}")
        await running.next_commit(LOOK_SECONDS)


def signer(running: Running) -> Signer:
    """The key of the log. Refused where it is not there, or cannot be read."""
    try:
        return signer_of(settings_of(running).checkpoint_key)
    except Trouble as trouble:
        raise Refused("no_key", str(trouble)) from None


async def _end(running: Running) -> int:
    assert running.log is not None  # tasks begin when it is there
    return await running.log.last_position()


async def _sign_if_due(running: Running, signer: Signer, first: int) -> None:
    period = timedelta(seconds=settings_of(running).checkpoint_seconds)
    known = await running.query(lambda store: store.progress())
    if known.missing:
        raise Refused("message_missing", handlers.missing(known.missing))
    if known.size >= first and await running.query(partial(handlers.is_due, period=period)):
        await running.command(partial(handlers.sign_now, signer=signer))
