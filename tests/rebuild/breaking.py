"""Runs the toy service in a process of its own, and kills it at one step of a rebuild."""

import os
import signal
from itertools import count
from typing import Any

from kit import carried, life, place
from kit.rebuild import Rebuild
from kit.second import Second
from kit.settings import Settings

from tests.shared.toy import TOY

STEPS: dict[str, tuple[Any, str, int]] = {
    "making": (Second, "make", 1),
    "comparing": (carried, "differences", 1),
    "carrying-over": (carried, "carry_over", 1),
    "letting-go": (Second, "let_go", 1),
    "linking": (os, "link", 1),
    "replacing": (os, "replace", 1),
    "renaming-first": (place, "_tell", 5),
    "renaming-rebuilt": (place, "_tell", 6),
    "taking-over": (Rebuild, "_take_over", 1),
}
"""Each step: a function, and which of its calls it is."""


def break_at(when: str, step: str) -> None:
    owner, name, number = STEPS[step]
    work, calls = getattr(owner, name), count(1)

    def dying(*given: Any, **more: Any) -> Any:
        its_turn = next(calls) == number
        if its_turn and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = work(*given, **more)
        if not its_turn:
            return found
        if hasattr(found, "__await__"):
            return then_die(found)
        os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, dying)


async def then_die(work: Any) -> None:
    await work
    os.kill(os.getpid(), signal.SIGKILL)


def run(broken: str, settings: Settings) -> None:
    """`broken` names the step, and whether the process dies before or after it."""
    break_at(*broken.split())
    life.run(TOY, settings)
