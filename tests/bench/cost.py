"""Part c: what a sheet costs in ranking, by how many proposals stand in its stage.

A batch is taken as the service takes it, from the messages to the commit; broker and wire are not
in it. The limit is the service itself in the smallest stage.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from contracts.evaluation import Mark, SheetSubmitted
from contracts.submission import EditionOpened
from kit.batch import Batch
from kit.database import Database
from kit.heard import Heard
from kit.migrate import migrate
from ranking_service.app import SERVICE
from ranking_service.settings import RankingSettings
from ranking_service.store import tables
from sqlalchemy import Connection, insert

from tests.bench import world

BATCHES = 40
BATCH_SHEETS = 100
JURORS = 6


async def microseconds_per_sheet(stages: Sequence[int]) -> dict[int, float]:
    """For stages of so many proposals the median over the batches, after one to warm up.

    The stages take turns, batch by batch, so that whatever else the machine does hits them all.
    """
    with TemporaryDirectory(prefix="bench-") as folder:
        stores = {each: await _filled(Path(folder) / f"{each}.db", each) for each in stages}
        taken: dict[int, list[float]] = {each: [] for each in stages}
        for batches in zip(*(_batches(each) for each in stages), strict=True):
            for each, batch in zip(stages, batches, strict=True):
                taken[each].append(await _take(stores[each], batch))
        for store in stores.values():
            store.close()
    return {each: median(taken[each][1:]) / BATCH_SHEETS * 1_000_000 for each in stages}


async def _filled(path: Path, proposals: int) -> Database:
    database = Database(f"sqlite:///{path}")
    await database.write(lambda connection: migrate(SERVICE, connection))
    await database.write(lambda connection: _fill(connection, proposals))
    return database


async def _take(database: Database, messages: Sequence[Heard]) -> float:
    batch = Batch(SERVICE, RankingSettings(), datetime.now(UTC))
    started_at = time.perf_counter()
    await database.write(
        lambda connection: batch.take_all(connection, messages, messages[-1].position)
    )
    return time.perf_counter() - started_at


def _fill(connection: Connection, proposals: int) -> None:
    opened: EditionOpened = world.opened()
    store = SERVICE.store(connection, datetime.now(UTC))
    SERVICE.handlers[EditionOpened](opened, store)
    random = Random(3)
    key = {"edition": world.EDITION}
    scores = [str(Decimal(random.randint(4000, 10000)).scaleb(-2)) for _ in range(proposals)]
    for table, rows in (
        (
            tables.proposals,
            [
                {**key, **each.model_dump(include={"proposal", "title", "agency", "agency_name"})}
                | {"gone": False}
                for each in world.admitted(proposals)
            ],
        ),
        (
            tables.standings,
            [
                {**key, "stage": world.STAGE, "proposal": world.proposal(number)}
                | {"score": score, "sheets": 0}
                for number, score in enumerate(scores)
            ],
        ),
    ):
        connection.execute(insert(table), rows)


def _batches(proposals: int) -> list[list[Heard]]:
    random = Random(5)
    return [
        [
            _heard(number * BATCH_SHEETS + each + 1, proposals, random)
            for each in range(BATCH_SHEETS)
        ]
        for number in range(BATCHES + 1)
    ]


def _heard(position: int, proposals: int, random: Random) -> Heard:
    event = SheetSubmitted(
        edition=world.EDITION,
        stage=world.STAGE,
        proposal=world.proposal(random.randrange(proposals)),
        juror=f"juror-{position % JURORS}",
        marks=tuple(
            Mark(criterion=name, value=Decimal(mark)) for name, mark in world.marks(random).items()
        ),
        version=1 + position,
    )
    return Heard(position, event.subject(), world.headers(event), event.model_dump_json().encode())
