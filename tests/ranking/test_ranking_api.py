"""The addresses of ranking, over the real tables."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from contracts.event import Event
from contracts.outcomes import NotFound
from fastapi import FastAPI
from kit import checkpoint
from kit.access import identify
from kit.http import Receipt, SaidEvent, desk_of
from kit.testing import Given, given
from kit.tokens import Who
from ranking_service import rules
from ranking_service.app import SERVICE
from ranking_service.places import Place

from tests.ranking.facts import (
    DESK,
    EDITION,
    OFFICE,
    REASON,
    admitted,
    closed,
    opened,
    rulebook,
    scored,
    stage,
    words,
)

STANDINGS = f"/editions/{EDITION}/stages/{DESK}/standings"
THREE = (opened(), *(admitted(each) for each in "abc"), *scored({"a": "70", "b": "80"}))
SECRETARIAT = Who(sub="Bagian Organisasi", role="secretariat", edition="*", exp=0)


class DeskAt:
    """The desk of a world of given / when / then."""

    def __init__(self, world: Given) -> None:
        self.world = world

    async def run(self, decide: Callable[[Any], Any]) -> Receipt:
        self.world.when(decide)
        if self.world.refusal:
            raise self.world.refusal
        said = [SaidEvent(id="e", type=each.type) for each in self.world.said]
        return Receipt(correlation="c", events=said)

    async def read(self, query: Callable[[Any], Any]) -> Any:
        return query(self.world.store())

    async def share(self, _: object, query: Callable[[Any], Any], __: float = 0) -> Any:
        return query(self.world.store())


async def ask(world: Given, method: str, path: str, body: object = None) -> httpx.Response:
    app = FastAPI()
    app.include_router(SERVICE.routes)
    app.dependency_overrides[identify] = lambda: SECRETARIAT
    app.dependency_overrides[desk_of] = lambda: DeskAt(world)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ranking") as client:
        return await client.request(method, path, json=body)


async def standings_after(*events: Event) -> Any:
    world = given(SERVICE, *events)
    checkpoint.advance(world.connection, 0, 42)
    return (await ask(world, "GET", STANDINGS)).json()


def digest_of(standings: Any) -> str:
    """The digest as anyone works it out from what is published."""
    places = [
        Place(
            row["proposal"],
            row["rank"],
            None if row["score"] is None else Decimal(row["score"]),
            row["advanced"],
        )
        for row in standings["rows"]
    ]
    rulebook_digest = rulebook().digest()
    final = standings["final"]
    return rules.digest(EDITION, DESK, rulebook_digest, final=final, places=places)


def row(proposal: str, rank: int | None, score: str | None, *, advanced: bool | None) -> object:
    because = None if advanced is None else "rank"
    return {
        "rank": rank,
        "proposal": proposal,
        "title": f"Title of {proposal}",
        "agency_name": f"Agency of {proposal}",
        "score": score,
        "sheets": 0 if score is None else 1,
        "advanced": advanced,
        "band": None,
        "computed_rank": None,
        "because": because,
        "displaced": None,
    }


async def test_standings_are_provisional_at_the_checkpoint() -> None:
    standings = await standings_after(*THREE)

    assert standings == {
        "edition": EDITION,
        "stage": DESK,
        "position": 42,
        "digest": digest_of(standings),
        "final": False,
        "waiting": None,
        "decision": None,
        "amendments": [],
        "frozen": None,
        "rows": [
            row("b", 1, "80.00", advanced=None),
            row("a", 2, "70.00", advanced=None),
            row("c", None, None, advanced=None),
        ],
    }


async def test_standings_are_final_with_the_digest_and_position_of_the_ranking() -> None:
    world = given(SERVICE, *THREE, closed())
    said: Any = world.said[0]
    standings = await standings_after(*THREE, closed())

    assert standings == {
        "edition": EDITION,
        "stage": DESK,
        "position": said.position,
        "digest": said.digest,
        "final": True,
        "waiting": None,
        "decision": None,
        "amendments": [],
        "frozen": None,
        "rows": [
            row("b", 1, "80.00", advanced=True),
            row("a", 2, "70.00", advanced=True),
            row("c", None, None, advanced=False),
        ],
    }
    assert digest_of(standings) == said.digest


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/editions/x/stages/desk/standings", "unknown_edition"),
        (f"/editions/{EDITION}/stages/x/standings", "unknown_stage"),
        ("/editions/x/results", "unknown_edition"),
    ],
)
async def test_what_is_not_here(path: str, code: str) -> None:
    with pytest.raises(NotFound) as refused:
        await ask(given(SERVICE, opened()), "GET", path)

    assert refused.value.code == code


async def test_editions_with_their_stages() -> None:
    answer = await ask(given(SERVICE, opened(), closed()), "GET", "/editions")

    def named(text: str) -> object:
        return words(text).model_dump()

    state = {"waiting": False, "frozen": False}
    assert answer.json() == [
        {
            "edition": EDITION,
            "name": named("Kota 2020"),
            "stages": [
                {"stage": "desk", "name": named("desk"), **state, "final": True},
                {"stage": "field", "name": named("field"), **state, "final": False},
            ],
        }
    ]


async def test_awards_announcement_and_results() -> None:
    world = given(SERVICE, *THREE, closed(), *scored({"a": "60"}, "field"), closed("field"))
    order = {"award": "mention", "proposal": "c", "by": OFFICE, "reason": REASON}

    given_ = await ask(world, "POST", f"/editions/{EDITION}/awards", order)
    announced = await ask(world, "POST", f"/editions/{EDITION}/announcement", {"by": OFFICE})
    results = (await ask(world, "GET", f"/editions/{EDITION}/results")).json()

    assert [each["type"] for each in given_.json()["events"]] == ["proposal.awarded.v1"]
    assert [each["type"] for each in announced.json()["events"]] == ["results.announced.v1"]
    assert results["announced"] is True
    assert [
        (each["award"], each["proposal"], each["basis"], each["rank"], each["reason"], each["by"])
        for each in results["awards"]
    ] == [
        ("best-desk", "b", "rank", 1, None, None),
        ("top-2", "a", "rank", 1, None, None),
        ("mention", "c", "decision", None, REASON, OFFICE),
    ]


async def test_order_with_a_field_that_nobody_knows_is_malformed() -> None:
    body = {"by": OFFICE, "when": "now"}
    answer = await ask(given(SERVICE), "POST", f"/editions/{EDITION}/announcement", body)

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/", f"/editions/{EDITION}/stages/{DESK}"])
async def test_pages_load_nothing_from_elsewhere(path: str) -> None:
    page = await ask(given(SERVICE), "GET", path)

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for outside in ("//", "@import", "innerHTML"):
        assert page.text.count(outside) == 0


async def test_standings_of_a_stage_nobody_entered_are_empty() -> None:
    assert (await standings_after(opened(rulebook(stage(DESK)))))["rows"] == []
