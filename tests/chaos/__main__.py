"""`python -m tests.chaos`: the crash drills, some seeds side by side."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from tempfile import TemporaryDirectory

from tests.chaos.drill import Drill, Kind
from tests.chaos.report import play, say

SIZE = 510
AT_ONCE = len(os.sched_getaffinity(0))


def main() -> int:
    """Run the drills that were asked for; 1 when a promise was broken."""
    asked = _asked()
    began = time.monotonic()
    todo: list[tuple[Kind, int]] = [(asked.kind, asked.first + n) for n in range(asked.seeds)]
    if asked.kind == "crashes":
        todo = [("undisturbed", asked.first), *todo, ("standby", asked.first)]
    drills = [Drill.new(kind, seed, asked.size) for kind, seed in todo]
    with (
        _bytecode_kept(),
        ProcessPoolExecutor(asked.at_once, mp_context=get_context("spawn")) as workers,
    ):
        kept = list(workers.map(play, drills))
    say(f"{len(kept)} drills in {time.monotonic() - began:.0f} s, {kept.count(False)} failed")
    return 0 if all(kept) else 1


@contextmanager
def _bytecode_kept() -> Iterator[None]:
    # Hundreds of processes start. Where Python is told to keep no bytecode, as in many containers,
    # each of them would spend more than half of its start on compiling the same libraries.
    with TemporaryDirectory(prefix="sayembara-bytecode-") as folder:
        os.environ |= {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        yield


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--size", type=int, default=SIZE, help="how many proposals")
    parser.add_argument(
        "--at-once", type=int, default=AT_ONCE, help="how many side by side; one for each core"
    )
    parser.add_argument(
        "--kind",
        choices=("undisturbed", "crashes", "standby"),
        default="crashes",
        help="crashes comes with one undisturbed play before and one standby drill after",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
