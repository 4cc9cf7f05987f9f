"""The example edition, played through the services as processes."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sayembara.addresses import SERVICES
from sayembara.embedded.running import Embedded
from sayembara.play.api import Services
from tests.support.waiting import until
from tests.system.embedded import (
    DIGEST,
    embedded,
    expected_rows,
    parked_counts,
    play_example,
    services_of,
)

NOTHING_PARKED = dict.fromkeys(SERVICES, 0)
STOPPED = {"ranking": 20, "notification": 60, "evaluation": 100}
"""Each service, and how many of the 161 sheets are in when it is stopped."""
STAGE = "/editions/kipp-luwu-utara-2019/stages/presentasi"


@pytest.mark.parametrize(
    ("store", "order_seed"),
    [("sqlite", 7), pytest.param("postgresql", 11, marks=pytest.mark.postgres)],
)
def test_the_standings_are_the_same_on_each_store_and_in_each_order(
    tmp_path: Path, store: str, order_seed: int
) -> None:
    with embedded(tmp_path, store) as system:
        standings = asyncio.run(play_example(system, order_seed))
        assert asyncio.run(parked_counts(system)) == NOTHING_PARKED
    rows = [(row["rank"], row["proposal"], row["score"]) for row in standings["rows"]]
    assert rows == expected_rows()
    assert [row["advanced"] for row in standings["rows"]] == [True] * 7 + [False] * 20
    assert standings["digest"] == DIGEST


def test_services_stopped_and_started_in_the_middle_change_nothing(tmp_path: Path) -> None:
    with embedded(tmp_path) as system:
        standings = asyncio.run(_play_and_stop(system))
        assert asyncio.run(parked_counts(system)) == NOTHING_PARKED
    assert standings["digest"] == DIGEST


async def _play_and_stop(system: Embedded) -> dict[str, Any]:
    """One service after the other, each while sheets come in."""
    playing = asyncio.create_task(play_example(system))
    async with services_of(system) as services:
        for name, sheets in STOPPED.items():
            await until(
                partial(_sheets_are_in, sheets, services, playing), f"{sheets} sheets are in", 120
            )
            next(each for each in system.services if each.name == name).ask_to_stop()
    return await playing


async def _sheets_are_in(count: int, services: Services, playing: "asyncio.Task[Any]") -> bool:
    if playing.done():
        await playing
        raise AssertionError("the play was over before the service could be stopped")
    state = await services.find("evaluation", STAGE)
    return state is not None and state["sheets"] >= count
