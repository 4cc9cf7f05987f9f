"""What a consumer must do right: the rules in the order in which they are played."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sayembara.consumers.checking.process import STOP_SECONDS
from sayembara.consumers.checking.world import EDITIONS, World

A, B = EDITIONS
REPORT_SECONDS = 5
"""How long a consumer may take to report one event before the connection is cut."""
NEVER_SAID = "proposal.sung.v1"
NEWER_VERSION = 9


@dataclass(frozen=True)
class Rule:
    """One thing that happens to a consumer; `order` when it must also keep the order."""

    name: str
    expected: str
    play: Callable[[World], Awaitable[None]]
    order: bool = False


async def plain(world: World) -> None:
    """Events of two editions, one after the other."""
    for number in range(12):
        await world.say(number, edition=EDITIONS[number % 2])
    await world.settled()


async def across_editions(world: World) -> None:
    """What was held back is shown late: its position is before that of others shown already."""
    for back in (0, 500, 0, 600):
        await world.say(edition=A, back=0)
        await world.say(edition=B, back=back)
    await world.settled()


async def twice(world: World) -> None:
    """The same event twice, under two message ids."""
    first = await world.say()
    await world.say_again(first)
    await world.settled()


async def connection_lost(world: World) -> None:
    """The acknowledgement is lost with the connection."""
    await world.taken(await world.say(unanswered=True), seconds=REPORT_SECONDS)
    await world.gate.cut()
    await world.settled()


async def killed(world: World) -> None:
    """Power is lost after the effect and before the acknowledgement."""
    await world.taken(await world.say(unanswered=True), seconds=REPORT_SECONDS)
    await world.process.kill()
    await world.gate.cut()
    await world.process.start()
    await world.settled()


async def stopped(world: World) -> None:
    """It is asked to stop in the middle, and started again."""
    for number in range(6):
        await world.say(number)
    if not await world.process.stop():
        world.seen.too_slow = f"it did not stop within {STOP_SECONDS} s of SIGTERM"
    await world.say()
    await world.process.start()
    await world.settled()


async def unknown_type(world: World) -> None:
    """An event of a type that it has never heard of."""
    await world.say(unknown=NEVER_SAID)
    await world.settled()


async def unknown_field(world: World) -> None:
    """An event with a field more."""
    await world.say(more={"baru": {"daftar": [1, "dua", None]}})
    await world.settled()


async def newer_version(world: World) -> None:
    """An event whose meaning has changed, on the subject of the old one."""
    entity, fact, _ = world.types[0].split(".")
    await world.say(unknown=f"{entity}.{fact}.v{NEWER_VERSION}")
    await world.settled()


async def server_away(world: World) -> None:
    """The server is gone for a while."""
    await world.taken(await world.say())
    await world.gate.away()
    await world.say()
    await world.gate.back()
    await world.settled()


async def paused(world: World) -> None:
    """The operator pauses the consumer and lets it go on."""
    await world.pause(3600)
    await world.say()
    await world.pause(0)
    await world.settled()


async def rewound(world: World) -> None:
    """The operator sets the consumer back to the start."""
    for number in range(4):
        await world.say(number)
    await world.settled()
    await world.rewind()
    await world.settled()


RULES = (
    Rule("plain events", "each once, in the order of its edition", plain, order=True),
    Rule(
        "editions in between, positions that go back",
        "each once: a position is no measure of what is new",
        across_editions,
        order=True,
    ),
    Rule("the same event twice on the stream", "once, by its id", twice),
    Rule("connection lost before the acknowledgement", "once, by its id", connection_lost),
    Rule("killed before the acknowledgement", "once: the id survives with the effect", killed),
    Rule("stopped and started again", "stops in time; nothing missing, nothing twice", stopped),
    Rule("an unknown event type", "passed over and acknowledged; the next is taken", unknown_type),
    Rule("an unknown field", "taken all the same", unknown_field),
    Rule("a newer version", "passed over and acknowledged; the next is taken", newer_version),
    Rule("the server gone for a while", "connects again; nothing missing", server_away),
    Rule("paused by the operator", "waits; nothing missing", paused),
    Rule("rewound to the start", "comes again, has no second effect", rewound),
)
