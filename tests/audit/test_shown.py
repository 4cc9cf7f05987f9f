"""What was shown while an edition went on is what the log replays to at the same position."""

import asyncio

from rich.console import Console

from sayembara.audit.reading import Logged
from sayembara.audit.replay import Replay
from sayembara.audit.scratch import scratch
from sayembara.audit.timing import Timing
from sayembara.embedded.running import Embedded
from sayembara.play.api import Refusal, Services
from sayembara.play.checks import load
from sayembara.play.playing import play
from tests.audit.played import LUWU_UTARA, log_of
from tests.system.embedded import ROOT, services_of

STAGE = "presentasi"
ADDRESS = f"/editions/{LUWU_UTARA}/stages/{STAGE}/standings"


def test_every_standing_that_was_shown_on_the_way_is_replayed(running_system: Embedded) -> None:
    async def watched() -> tuple[dict[int, str], list[Logged]]:
        async with services_of(running_system) as services, services_of(running_system) as watcher:
            folder = load(ROOT / "examples" / LUWU_UTARA)
            playing = asyncio.create_task(play(folder, services, Console(quiet=True)))
            shown = dict[int, str]()
            while not playing.done():
                shown |= await standing(watcher)
            await playing
            return shown, await log_of(running_system)

    shown, messages = asyncio.run(watched())
    log = [each for each in messages if each.edition == LUWU_UTARA]

    assert len(shown) > 10, "it was looked at while sheets came in"
    with scratch() as store:
        replay = Replay(store, Timing(log))
        for position in sorted(shown):
            replay.take(each for each in log if replay.position < each.position <= position)
            replay.settle()
            assert store.standings(LUWU_UTARA, STAGE).digest == shown[position], position


async def standing(services: Services) -> dict[int, str]:
    """The position and the digest that are shown now; nothing before the edition is open."""
    try:
        found = await services.once("GET", "ranking", ADDRESS)
    except Refusal:
        return {}
    return {found["position"]: found["digest"]}
