"""The moment at which a rulebook freezes a stage: what is decided after it is behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from contracts.event import Event
from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.ranking import RankingEvent, StandingsChanged
from contracts.rulebook import Rulebook
from contracts.submission import RulebookAmended
from kit.testing import NOON, Given, given
from ranking_service.api.bodies import Standings
from ranking_service.api.standings import standings_of
from ranking_service.app import SERVICE
from ranking_service.handlers.freezing import due, freeze, unfreeze

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    MINUTE,
    OFFICE,
    REASON,
    admitted,
    closed,
    opened,
    rulebook,
    scored,
    sheet,
    stage,
)
from tests.rebuild.stores import BY_ORDER, assert_same, ended, stores
from tests.shared.toy import publish
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

NewStore = Callable[[str], str]

WHY: Any = {"by": OFFICE, "reason": REASON}
HALFWAY = (*(admitted(each) for each in "abc"), *scored({"a": "70", "b": "80"}))
SOON = NOON + timedelta(hours=1)
LATER = SOON + timedelta(hours=1)


def book(desk: datetime | None = SOON, field: datetime | None = None) -> Rulebook:
    return rulebook(stage(DESK, cut=2, freeze_at=desk), stage(FIELD, freeze_at=field))


def timed(**moments: Any) -> Given:
    return given(SERVICE, opened(book(**moments)), *HALFWAY)


def nothing(_: Any) -> tuple[Event, ...]:
    """A command that comes some time and decides nothing."""
    return ()


def frozen(position: int, stage: str = DESK) -> StandingsFrozen:
    return StandingsFrozen(edition=EDITION, stage=stage, position=position)


def shown(world: Given, stage: str = DESK) -> Standings:
    return standings_of(world.store(), EDITION, stage)


def held(world: Given) -> list[tuple[type[Event], tuple[str, ...]]]:
    return [(type(each), each.held_by) for each in world.said if isinstance(each, RankingEvent)]


def test_the_first_sheet_after_the_moment_comes_after_the_freezing() -> None:
    world = timed()
    before = shown(world).rows
    world.at(SOON).heard(*scored({"c": "90"}))

    assert world.said[0] == frozen(6)
    assert held(world)[1:] == [(StandingsChanged, (DESK,))]
    assert shown(world).rows == before
    assert shown(world).frozen is not None


def test_a_sheet_before_the_moment_is_shown() -> None:
    world = timed().at(SOON - timedelta(microseconds=1)).heard(*scored({"c": "90"}))

    assert held(world) == [(StandingsChanged, ())]


def test_a_stage_that_is_closed_after_the_moment_is_ranked_behind_it() -> None:
    world = timed().at(SOON).heard(closed())

    assert world.said[0] == frozen(6)
    assert {by for _, by in held(world)[1:]} == {(DESK,)}
    assert (shown(world).final, shown(world, FIELD).rows) == (False, [])


def test_it_comes_once_before_whatever_is_decided() -> None:
    world = timed().when(nothing).then()
    world.at(SOON).when(nothing).then(frozen(6))
    world.when(nothing).then()

    world.when(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    assert [type(each) for each in world.said] == [StandingsUnfrozen]
    world.when(nothing).then()
    world.heard(*scored({"c": "90"}))
    assert held(world) == [(StandingsChanged, ())], "an office has decided otherwise since"


def test_an_office_that_comes_after_the_moment_finds_it_done() -> None:
    world = timed().at(SOON).when(lambda store: freeze(store, EDITION, DESK, **WHY))
    world.then(frozen(6))

    world = timed().at(SOON).when(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    assert [type(each) for each in world.said] == [StandingsFrozen, StandingsUnfrozen]
    world.when(nothing).then()


def test_a_command_that_is_refused_leaves_the_freezing_to_the_next() -> None:
    world = timed().at(SOON).when(lambda store: freeze(store, EDITION, "nowhere", **WHY))
    world.then_refused("unknown_stage")

    world.when(nothing).then(frozen(6))


def test_it_comes_although_the_stage_was_frozen_and_unfrozen_before() -> None:
    world = timed().done(
        lambda store: freeze(store, EDITION, DESK, **WHY),
        lambda store: unfreeze(store, EDITION, DESK, **WHY),
    )

    world.at(SOON).when(nothing).then(frozen(6))


def test_the_moment_of_a_stage_that_is_shown_already_passes() -> None:
    world = timed().heard(closed()).at(SOON).when(nothing).then()

    assert due(world.store()) == []
    world.when(lambda store: freeze(store, EDITION, DESK, **WHY)).then_refused("already_shown")


def test_a_stage_is_frozen_that_is_ranked_behind_another_one() -> None:
    world = timed(desk=SOON, field=LATER).at(SOON).heard(closed())
    world.heard(*scored({"a": "60", "b": "61"}, FIELD), closed(FIELD))

    world.at(LATER).when(nothing).then(frozen(10, FIELD))
    world.done(lambda store: unfreeze(store, EDITION, DESK, **WHY))
    assert (shown(world).final, shown(world, FIELD).final) == (True, False)


def test_moments_that_were_passed_together_come_in_their_order() -> None:
    late = timed(desk=LATER, field=SOON).at(LATER).when(nothing)
    late.then(frozen(6, FIELD), frozen(6, DESK))

    same = timed(desk=SOON, field=SOON).at(SOON).when(nothing)
    same.then(frozen(6, DESK), frozen(6, FIELD))


def test_an_edition_that_is_opened_after_its_moment_is_frozen_from_its_beginning() -> None:
    world = given(SERVICE, now=LATER).heard(opened(book()))
    world.then(frozen(1))

    world.heard(*HALFWAY)
    assert held(world) == [(StandingsChanged, (DESK,))]
    assert shown(world).rows == []


def amended(after: Rulebook, before: Rulebook) -> RulebookAmended:
    digest = after.digest()
    return RulebookAmended(
        edition=EDITION,
        rulebook=after,
        rulebook_digest=digest,
        before=before.digest(),
        decision=MINUTE,
    )


def test_an_amendment_moves_the_moment() -> None:
    first = book()
    world = timed().heard(amended(book(LATER), first)).at(SOON).when(nothing).then()

    world.heard(amended(book(SOON), book(LATER))).then(frozen(8))
    world.when(nothing).then()


def test_an_amendment_takes_the_moment_away() -> None:
    world = timed().heard(amended(book(None), book())).at(LATER).when(nothing).then()

    assert due(world.store()) == []


STANDINGS = f"/editions/{EDITION}/stages/{DESK}/standings"


async def test_a_clock_that_jumps_over_the_moment_shows_nothing_after_it(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    """What everybody sees stays as it was; and a store rebuilt from the log is the same."""
    url, moment = new_store("ranking"), datetime.now(UTC) + timedelta(days=1)
    async with (
        connected(nats_server) as client,
        started(SERVICE, nats_server, url, clock="rehearsal") as one,
        http(one) as ask,
    ):
        last = await publish(client, opened(book(moment)), *HALFWAY)
        before = await standings(ask, lambda found: found["position"] >= last)
        one.running.clock.set(moment + timedelta(days=1))
        late = (*scored({"c": "90"}), sheet("a", "juror-2", "100"), closed())
        last = await publish(client, *late)
        live = await standings(ask, lambda found: found["final"], live="/live")
        after = (await ask.get(STANDINGS)).json()
        assert (await ask.post("/rebuild", json=BY_ORDER)).status_code == 202
        assert (await ended(ask))["state"] == "done"
        assert (await ask.get(STANDINGS)).json() == after

    assert [row["proposal"] for row in live["rows"]] == ["c", "a", "b"]
    assert (after["rows"], after["final"]) == (before["rows"], False)
    assert after["frozen"]["position"] <= last - len(late)
    assert_same(*stores(url, SERVICE))


async def standings(
    ask: httpx.AsyncClient, holds: Callable[[Any], bool], *, live: str = ""
) -> dict[str, Any]:
    """The standings, once that holds for them."""
    found: dict[str, Any] = {}

    async def does_hold() -> bool:
        answer = await ask.get(STANDINGS + live)
        found.update(answer.json())
        return answer.status_code == httpx.codes.OK and holds(found)

    await until(does_hold, "the standings are so far")
    return found
