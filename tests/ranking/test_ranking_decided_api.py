"""A decision over HTTP, and what the standings show before and after it, on each kind of store."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from contracts.cut import Band, Cut, Limit
from contracts.ranking import StageDecided
from kit.testing import given
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.places import Place

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    MINUTE,
    admitted,
    closed,
    opened,
    rulebook,
    scored,
    stage,
    words,
)
from tests.ranking.test_ranking_api import STANDINGS, ask
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]

DECISION = f"/editions/{EDITION}/stages/{DESK}/decision"
AGENCY = Limit(id="agency", where={"agency": "agency-c"}, at_least=1)
BANDS = (Band(id="good", name=words("Good"), least=Decimal(80)),)
RULES = stage(DESK, Cut(top=2, limits=(AGENCY,)), bands=BANDS, decision="ties")
BOOK = rulebook(RULES, stage(FIELD))
SCORES = {"a": "90", "b": "90", "c": "70"}
WAITING = (opened(BOOK), *map(admitted, "abc"), *scored(SCORES), closed())
ORDER = {**MINUTE.model_dump(), "ranks": {"b": 1, "a": 2}}


def shown(standings: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in ("proposal", *names)) for row in standings["rows"]]


async def test_standings_say_that_they_wait_and_for_what() -> None:
    world = given(SERVICE, *WAITING)

    standings = (await ask(world, "GET", STANDINGS)).json()
    stages = (await ask(world, "GET", "/editions")).json()[0]["stages"]

    asked: Any = world.said[0]
    assert standings["waiting"] == {
        "why": "ties",
        "position": 8,
        "proposals": ["a", "b"],
        "limits": [],
    }
    assert standings["final"] is False
    assert standings["digest"] == asked.digest
    assert shown(standings, "rank", "advanced", "computed_rank") == [
        ("a", 1, None, None),
        ("b", 1, None, None),
        ("c", 3, None, None),
    ]
    assert [row["band"] for row in standings["rows"]] == [
        {"band": "good", "name": words("Good").model_dump()},
        {"band": "good", "name": words("Good").model_dump()},
        None,
    ]
    assert [each["waiting"] for each in stages] == [True, False]


async def test_limits_in_conflict_are_said_in_words() -> None:
    limits = (Limit(id="all", at_most=0), AGENCY)
    book = rulebook(stage(DESK, Cut(limits=limits)))
    world = given(SERVICE, opened(book), *map(admitted, "abc"), *scored(SCORES), closed())

    waiting = (await ask(world, "GET", STANDINGS)).json()["waiting"]

    assert waiting["why"] == "infeasible"
    assert waiting["limits"] == ["all: at most 0", "agency: at least 1 with agency = agency-c"]


async def test_decision_with_a_field_that_nobody_knows_is_malformed() -> None:
    answer = await ask(given(SERVICE, *WAITING), "POST", DECISION, {**ORDER, "when": "now"})

    assert answer.status_code == 422


async def test_decision_ends_the_waiting_and_is_shown_beside_what_was_computed(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(SERVICE, nats_server, new_store("ranking")) as one,
        http(one) as desk,
    ):
        await publish(client, *WAITING)

        async def waits() -> bool:
            answer = await desk.get(STANDINGS)
            return answer.status_code == 200 and answer.json()["waiting"] is not None

        await until(waits, "the stage waits for a decision")
        done = await desk.post(DECISION, json=ORDER)
        standings = (await desk.get(STANDINGS)).json()
        again = await desk.post(DECISION, json=ORDER)
        other = await desk.post(DECISION, json={**ORDER, "ranks": {}})

    assert done.json()["events"][0]["type"] == StageDecided.type
    assert again.json()["events"] == []
    assert (other.status_code, other.json()["code"]) == (409, "already_ranked")
    assert standings["final"] is True
    assert standings["position"] >= len(WAITING)
    assert standings["waiting"] is None
    assert standings["decision"] == MINUTE.model_dump()
    assert shown(standings, "rank", "computed_rank", "advanced", "because") == [
        ("b", 1, 1, True, "rank"),
        ("a", 2, 1, False, "limit"),
        ("c", 3, 3, True, "limit"),
    ]
    assert standings["rows"][1]["displaced"] == {
        "limit": "agency",
        "says": "agency: at least 1 with agency = agency-c",
        "instead": "c",
        "title": "Title of c",
        "margin": "20.00",
    }
    assert standings["digest"] == digest_of(standings)


def digest_of(standings: Any) -> str:
    """The digest as anyone works it out from what is published."""
    rows = standings["rows"]
    places = [
        Place(row["proposal"], row["rank"], Decimal(row["score"]), row["advanced"]) for row in rows
    ]
    computed = {row["proposal"]: row["computed_rank"] for row in rows}
    locked = BOOK.digest()
    return rules.digest(EDITION, DESK, locked, final=True, places=places, computed=computed)
