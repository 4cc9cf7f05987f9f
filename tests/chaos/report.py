"""One drill from start to end, and what is said of it; runs in a process of its own."""

import shutil
from traceback import format_exc

from tests.chaos.drill import Drill, Result, run

AGAIN = "python -m tests.chaos --kind {kind} --first {seed} --seeds 1 --size {size}"


def play(drill: Drill) -> bool:
    """Run one drill and say how it went; True when every promise was kept.

    Its data and logs are kept when one was broken, else removed.
    """
    try:
        result = run(drill)
    except BaseException:  # noqa: BLE001 - whatever ended it, the seed and the data must be told
        say(f"{drill.kind}, seed {drill.seed}: did not come to its end\n{format_exc()}")
        say(_where(drill))
        return False
    say(_line(result))
    if not result.wrong:
        shutil.rmtree(drill.data)
        return True
    killed = f"  killed: {', '.join(result.kills)}"
    say("\n".join((*(f"  BROKEN: {each}" for each in result.wrong), killed, _where(drill))))
    return False


def _where(drill: Drill) -> str:
    again = AGAIN.format(kind=drill.kind, seed=drill.seed, size=drill.size)
    return f"  data and logs: {drill.data}\n  again: {again}"


def _line(result: Result) -> str:
    return (
        f"{result.kind}, seed {result.seed}: {'BROKEN' if result.wrong else 'kept'};"
        f" {result.seconds:.1f} s, {len(result.kills)} kills, {result.answers} answers,"
        f" {result.events} events, {result.mails} mails ({result.copies} copies), {result.digest}"
    )


def say(text: str) -> None:
    """Tell the person who runs the drill."""
    print(text, flush=True)  # noqa: T201 - the drill talks to the person who runs it
