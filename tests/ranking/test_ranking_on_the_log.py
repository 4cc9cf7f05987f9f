"""Ranking as a process: a real nats-server, its own migrations, each kind of store."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
from contracts.evaluation import ScoringClosed, SheetSubmitted
from kit.migrate import migrate
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.places import Place
from sqlalchemy import create_engine, inspect

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    admitted,
    amended,
    closed,
    opened,
    recused,
    rulebook,
    scored,
    sheet,
    withdrawn,
)
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]

STANDINGS = f"/editions/{EDITION}/stages/{DESK}/standings"
BEFORE = (
    opened(),
    *(admitted(each) for each in "abcd"),
    *scored({"a": "90", "b": "80", "c": "70"}),
    sheet("c", "juror-2", "100"),
    recused("b", "juror-2"),
    sheet("b", "juror-2", "0"),
    amended("a", "juror-1", "85"),
    amended("a", "juror-1", "99"),
    withdrawn("d"),
)
"""The second amendment has the version of the first one: it is parked."""


async def final(ask: httpx.AsyncClient) -> Any:
    async def is_final() -> bool:
        answer = await ask.get(STANDINGS)
        return answer.status_code == 200 and bool(answer.json()["final"])

    await until(is_final, "the stage is ranked")
    return (await ask.get(STANDINGS)).json()


async def test_sheets_on_the_log_become_the_ranking_that_the_rules_say(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    places = [
        Place("a", 1, Decimal("85.00"), advanced=True),
        Place("c", 1, Decimal("85.00"), advanced=True),
        Place("b", 3, Decimal("80.00"), advanced=False),
    ]
    async with (
        connected(nats_server) as client,
        started(SERVICE, nats_server, new_store("ranking")) as one,
        http(one) as ask,
    ):
        position = await publish(client, *BEFORE, closed())
        standings = await final(ask)
        parked = (await ask.get("/parked")).json()

    digest = rules.digest(EDITION, DESK, rulebook().digest(), final=True, places=places)
    assert standings["digest"] == digest
    assert standings["position"] == position
    assert [(each["proposal"], each["sheets"]) for each in standings["rows"]] == [
        ("a", 1),
        ("c", 2),
        ("b", 1),
    ]
    assert [each["reason"].split(":")[0] for each in parked] == ["stale_version"]


async def test_ranking_waits_for_a_parked_sheet_of_its_stage_only(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    early = (sheet("c", "juror-1", "99"), sheet("a", "juror-1", "50", stage=FIELD))
    async with (
        connected(nats_server) as client,
        started(SERVICE, nats_server, new_store("ranking"), not_yet_delay_seconds=0.1) as one,
        http(one) as ask,
    ):
        await publish(client, opened(), admitted("a"), *scored({"a": "70"}), *early, closed())

        async def waits() -> bool:
            parked = (await ask.get("/parked")).json()
            types = [each["event_type"] for each in parked]
            return types == [SheetSubmitted.type, SheetSubmitted.type, ScoringClosed.type]

        await until(waits, "the close of scoring waits for what is parked before it")
        await publish(client, admitted("c"))
        standings = await final(ask)

    assert [(row["proposal"], row["score"]) for row in standings["rows"]] == [
        ("c", "99.00"),
        ("a", "70.00"),
    ]


def test_migrations_make_the_tables_of_the_store(new_store: NewStore) -> None:
    url = new_store("ranking").replace("postgresql://", "postgresql+pg8000://")
    engine = create_engine(url)
    with engine.begin() as connection:
        migrate(SERVICE, connection)
        found = inspect(connection)
        tables = {
            name: {each["name"]: each["nullable"] for each in found.get_columns(name)}
            for name in SERVICE.metadata.tables
        }
    engine.dispose()

    assert tables == {
        name: {column.name: column.nullable for column in table.columns}
        for name, table in SERVICE.metadata.tables.items()
    }
