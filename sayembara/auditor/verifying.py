"""The task that has the log verified: by schedule, and when the operator asks for it."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from contracts.outcomes import Refused
from kit.database import Unavailable
from kit.running import Running

from sayembara.auditor.asking import STOPPED, ask
from sayembara.auditor.settings import settings_of
from sayembara.auditor.signing import signer

LOOK_SECONDS = 1.0
PAGE_LENGTH_MAX = 100_000

log = structlog.get_logger()


async def verify(running: Running) -> None:
    """Have `sayembara audit verify` run whenever it is due, until the auditor stops.

    In real time: a rehearsal's clock passes over weeks in a moment.
    """
    period = timedelta(hours=settings_of(running).verify_hours)
    while not running.stopping:
        try:
            if await _is_due(running, period):
                await _verify(running)
        except (Refused, *Unavailable) as error:
            log.warning("the log is not verified", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(LOOK_SECONDS)


async def _is_due(running: Running, period: timedelta) -> bool:
    now = datetime.now(UTC)
    asked_at, since = await running.query(lambda store: store.schedule())
    if since is None:
        await running.command(lambda store: store.begin_schedule(now))
        return False
    return asked_at is not None or now >= since + period


async def _verify(running: Running) -> None:
    began_at = datetime.now(UTC)
    key = signer(running).verifier
    code, page = await ask(running, "audit", "verify", f"--key={key}")
    if code == STOPPED:
        return
    ended_at = datetime.now(UTC)
    log.info("verified", exit_code=code)
    page = page[:PAGE_LENGTH_MAX].replace("\0", "?")
    await running.command(lambda store: store.keep_verification(began_at, ended_at, code, page))
