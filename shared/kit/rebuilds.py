"""Rebuilds of a service's store, one at a time, as an operator orders them."""

import asyncio
from typing import Any

import structlog
from contracts.outcomes import Refused

from kit.rebuild import Order, Progress, Rebuild, State

log = structlog.get_logger()


class Rebuilds:
    """Takes an operator's order, one at a time. `running` is the service at work."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self.progress = Progress()
        self._order: Order | None = None
        self._ordered = asyncio.Event()

    def begin(self, order: Order) -> Progress:
        """Have the store rebuilt from now on; Refused while another rebuild goes on.

        Also refused where the store is evidence: what was heard then, whatever the log says now.
        """
        if self.running.service.hear is not None:
            raise Refused("evidence", "this store holds what was heard then: it is never made anew")
        if self._order is not None:
            raise Refused("rebuilding", "the store is being rebuilt already; GET /rebuild tells")
        self._order, self.progress = order, Progress(state="reading")
        self._ordered.set()
        return self.progress

    async def serve(self) -> None:
        """Carry out what is ordered, again and again."""
        while True:
            await self._ordered.wait()
            self._ordered.clear()
            assert self._order is not None
            ended = await self._carry_out(self._order)
            self.progress.state, self._order = ended, None

    async def _carry_out(self, order: Order) -> State:
        try:
            return await Rebuild(self.running, order, self.progress).run()
        except Exception as error:
            self.progress.why = f"{type(error).__name__}: {error}"
            log.exception("the store was not rebuilt; the one at work stays")
            return "failed"
