"""Who is killed, and when: in an order and at moments by chance."""

import asyncio
import random
from collections.abc import Sequence
from typing import Literal, Protocol

from sayembara.embedded.processes import Child
from sayembara.embedded.running import Embedded

PAUSE_SECONDS = (0.05, 0.9)

Phase = Literal["intake", "judging", "closing"]


class Tormentor(Protocol):
    """Kills processes (SIGKILL) while a phase of the edition is played."""

    kills: list[str]

    async def torment(self, phase: Phase) -> None:
        """Do what is to be done in this phase."""


class Nobody:
    """Kills nobody."""

    def __init__(self) -> None:
        self.kills: list[str] = []

    async def torment(self, phase: Phase) -> None:
        """Leave everybody in peace."""


class Everybody:
    """Kills every service, with its relay, and the nats-server, once in every phase.

    The system's own watcher starts them again.
    """

    def __init__(self, system: Embedded, seed: int) -> None:
        self.victims: Sequence[Child] = (system.broker, *system.services)
        self.chance = random.Random(seed)
        self.kills: list[str] = []

    async def torment(self, phase: Phase) -> None:
        """Kill each of them."""
        for victim in self.chance.sample(self.victims, len(self.victims)):
            await asyncio.sleep(self.chance.uniform(*PAUSE_SECONDS))
            # One that was killed at the end of the phase before may not be there again.
            while victim.ended_with is not None:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(PAUSE_SECONDS[0])
            victim.kill()
            self.kills.append(f"{phase}: {victim.name}")


class TheActive:
    """Kills the active process of each service for good, while the panel judges."""

    def __init__(self, system: Embedded, seed: int) -> None:
        self.system = system
        self.chance = random.Random(seed)
        self.kills: list[str] = []

    async def torment(self, phase: Phase) -> None:
        """In the judging, kill each of them; nobody starts them again."""
        if phase != "judging":
            return
        active = list(self.system.services)
        for victim in self.chance.sample(active, len(active)):
            await asyncio.sleep(self.chance.uniform(*PAUSE_SECONDS))
            self.system.services.remove(victim)
            victim.kill()
            self.kills.append(f"{phase}: {victim.name}")
