"""An edition in shuffled order, its processes killed meanwhile: rebuilt, it is the same."""

import asyncio
from itertools import islice
from pathlib import Path

from rich.console import Console

from sayembara.addresses import SERVICES as NAMES
from sayembara.embedded.running import Embedded
from sayembara.play.playing import play
from sayembara.play.waiting import until_quiet
from sayembara.rebuild import rebuild_store
from tests.chaos.drill import QUIET
from tests.chaos.edition import make_edition
from tests.chaos.system import PORTS, drill_system
from tests.chaos.torment import Everybody
from tests.rebuild.stores import BY_ORDER, SERVICES, assert_same, stores
from tests.system.embedded import services_of

SEED = 11
PROPOSALS = 60


def test_after_crashes_every_store_is_the_same_and_no_mail_goes_out_again(tmp_path: Path) -> None:
    with drill_system(tmp_path, tuple(islice(QUIET, PORTS))) as system:
        kills = asyncio.run(play_tormented(system))
        mails = (tmp_path / "mails").read_text().splitlines()
        asyncio.run(rebuild_all(system))
        assert len(kills) == 2 * (1 + len(NAMES))
        assert (tmp_path / "mails").read_text().splitlines() == mails
        for name in SERVICES:
            assert_same(*stores(f"sqlite:///{tmp_path / name}.db", SERVICES[name]))


async def play_tormented(system: Embedded) -> list[str]:
    tormentor = Everybody(system, SEED)

    async def torment() -> None:
        await tormentor.torment("intake")
        await tormentor.torment("judging")

    async with services_of(system) as services:
        playing = play(make_edition(SEED, PROPOSALS), services, Console(quiet=True), SEED)
        await asyncio.gather(playing, torment())
        await until_quiet(services)
    return tormentor.kills


async def rebuild_all(system: Embedded) -> None:
    async with services_of(system) as services:
        for name in SERVICES:
            found = await rebuild_store(services, name, BY_ORDER)
            assert found["state"] == "done", found["why"] or found["differs"]
            assert not found["differs"]
        await until_quiet(services)
