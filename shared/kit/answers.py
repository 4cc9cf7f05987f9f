"""Answers that many ask for: worked out once for all of them between two commits."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KEPT_MAX = 256


@dataclass
class Answer:
    """What was found, after so many commits; whoever wants a newer one waits for its lock."""

    commits: int = -1
    asked_at: float = 0.0
    found: Any = None
    working: asyncio.Lock = field(default_factory=asyncio.Lock)

    def is_good(self, commits: int, seconds_old: float) -> bool:
        """Whether it holds whatever was committed then, or is no older than that."""
        is_new = time.monotonic() - self.asked_at <= seconds_old
        return self.commits >= (0 if is_new else commits)


class Answers:
    """The last answer for each key. `running` is the service at work."""

    def __init__(self, running: Any) -> None:
        self.running = running
        self._kept: OrderedDict[object, Answer] = OrderedDict()

    async def get(self, key: object, ask: Callable[[Any], Any], seconds_old: float = 0) -> Any:
        """What `ask(store)` gives on all that is committed by now; raises what it raises.

        Whoever asks while somebody else's answer is worked out gets the next one, and shares it.
        An answer that is no older than so many seconds may be given as it is.
        """
        wanted = self.running.commits
        answer = self._answer(key)
        if not answer.is_good(wanted, seconds_old):
            async with answer.working:
                if not answer.is_good(wanted, seconds_old):
                    await self._work_out(answer, ask)
        return answer.found

    def _answer(self, key: object) -> Answer:
        answer = self._kept.setdefault(key, Answer())
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return answer

    async def _work_out(self, answer: Answer, ask: Callable[[Any], Any]) -> None:
        commits, asked_at = self.running.commits, time.monotonic()
        answer.found = await self.running.query(ask)
        answer.commits, answer.asked_at = commits, asked_at
