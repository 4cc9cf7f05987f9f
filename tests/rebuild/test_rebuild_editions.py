"""A played edition: each service's store, rebuilt from the log, is the same row by row."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sayembara.embedded.running import Embedded
from sayembara.play.waiting import until_quiet
from sayembara.rebuild import rebuild_store
from tests.audit.played import LUWU_UTARA, SULSEL, play_quietly
from tests.rebuild.stores import BY_ORDER, SERVICES, assert_same, stores
from tests.system.embedded import embedded, services_of

ON = [(SULSEL, "sqlite"), pytest.param(LUWU_UTARA, "postgresql", marks=pytest.mark.postgres)]


@pytest.mark.parametrize(("example", "store"), ON)
def test_a_rebuilt_store_is_the_same_row_by_row(example: str, store: str, tmp_path: Path) -> None:
    with embedded(tmp_path, store) as system:
        asyncio.run(play_quietly(system, example))
        for name in SERVICES:
            found = asyncio.run(rebuilt(system, name))
            assert found["state"] == "done", found["why"] or found["differs"]
            assert not found["differs"]
            assert_same(*stores(store_of(system, name), SERVICES[name]))


async def rebuilt(system: Embedded, name: str) -> dict[str, Any]:
    async with services_of(system) as services:
        found = await rebuild_store(services, name, BY_ORDER)
        await until_quiet(services)
    return found


def store_of(system: Embedded, name: str) -> str:
    stores = system.system.stores
    return stores[name] if stores else f"sqlite:///{system.system.folder / name}.db"
