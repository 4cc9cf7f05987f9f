"""A played edition: each service's store, rebuilt from the log, is the same row by row."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sayembara.embedded.running import Embedded
from sayembara.forget import forget_text
from sayembara.play.checks import load
from sayembara.play.folder import Folder
from sayembara.play.playing import play
from sayembara.play.waiting import until_quiet
from sayembara.rebuild import rebuild_store
from tests.audit.played import SULSEL
from tests.command.edition import write_edition
from tests.consumers import outside
from tests.rebuild.stores import BY_ORDER, SERVICES, assert_same, stores
from tests.system.embedded import ROOT, embedded, services_of


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_a_rebuilt_store_is_the_same_row_by_row(store: str, tmp_path: Path) -> None:
    # One is real; the other has one of everything.
    folder = ROOT / "examples" / SULSEL if store == "sqlite" else write_edition(tmp_path)
    with embedded(tmp_path / "data", store) as system:
        asyncio.run(played(system, load(folder)))
        asyncio.run(without_a_text(system))
        asyncio.run(outside.let_in(system, tmp_path / "outside"))
        before = asyncio.run(outside.seen(system))
        for name in SERVICES:
            found = asyncio.run(rebuilt(system, name))
            assert found["state"] == "done", found["why"] or found["differs"]
            assert not found["differs"]
            assert_same(*stores(store_of(system, name), SERVICES[name]))
        assert asyncio.run(outside.applied(system)) == before
        asyncio.run(outside.goes_on(system, tmp_path / "outside"))


async def played(system: Embedded, folder: Folder) -> None:
    async with services_of(system) as services:
        await play(folder, services, Console(quiet=True))
        await until_quiet(services)


async def without_a_text(system: Embedded) -> None:
    """Have the text of one proposal erased."""
    async with services_of(system) as services:
        secretariat = services.acting("secretariat", "Panitia")
        edition = (await secretariat.get("submission", "/editions"))[0]["edition"]
        first = (await secretariat.get("submission", f"/editions/{edition}/proposals"))[0]
        assert await forget_text(services, edition, first["proposal"], **BY_ORDER)
        await until_quiet(services)


async def rebuilt(system: Embedded, name: str) -> dict[str, Any]:
    async with services_of(system) as services:
        found = await rebuild_store(services, name, BY_ORDER)
        await until_quiet(services)
    return found


def store_of(system: Embedded, name: str) -> str:
    stores = system.system.stores
    return stores[name] if stores else f"sqlite:///{system.system.folder / name}.db"
