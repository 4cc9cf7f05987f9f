"""A backup taken while everybody is at work is of one moment: log and stores fit each other."""

import asyncio
import threading
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sayembara.addresses import LogPlace
from sayembara.backup import reconciling, restoring, saving
from sayembara.backup.folder import manifest_of
from sayembara.embedded.running import Embedded, running
from sayembara.event_log import connected
from tests.audit.played import LUWU_UTARA, play_quietly
from tests.backup.systems import (
    ORDER,
    QUIET,
    messages_of,
    named,
    only_broker,
    system_in,
    verified,
)
from tests.system.embedded import embedded, parked_counts

ASKED = 200
"""How often the log's end is asked for: whoever were not held up would say something meanwhile."""


async def end_at_last(place: LogPlace) -> int:
    async with connected(place) as log:
        return [await log.last_position() for _ in range(ASKED)][-1]


def taken_while_playing(system: Embedded, folder: Path) -> list[Path]:
    """One backup after the other until the edition is played."""
    playing = threading.Thread(target=lambda: asyncio.run(play_quietly(system, LUWU_UTARA)))
    playing.start()
    taken: list[Path] = []
    while playing.is_alive():
        taken.append(folder / f"backup-{len(taken)}")
        saving.backup(QUIET, taken[-1], system.system.folder, with_key=True)
    playing.join()
    return taken


@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_no_store_knows_more_than_the_log_nor_less_than_it_said(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_end", end_at_last)
    with embedded(tmp_path, store) as system:
        named(system.system, monkeypatch)
        taken = taken_while_playing(system, tmp_path)
        last = len(messages_of(system.system))
    during = [each for each in taken if 0 < manifest_of(each).messages < last]
    assert during, "no backup was taken while events were said"

    for number, backup in enumerate(during):
        other = system_in(tmp_path / f"other-{number}")
        data, page = named(other, monkeypatch), StringIO()
        with only_broker(other):
            restoring.restore(QUIET, backup, data, ORDER)
            reconciling.look(Console(file=page, width=200), data)
        assert "the log has lost nothing" in page.getvalue()

    with running(other, print) as back:
        assert set(asyncio.run(parked_counts(back)).values()) == {0}
        assert verified(other).findings == ()
