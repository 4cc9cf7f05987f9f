"""What an endpoint is sent: signed, in order for each edition, again until it is accepted."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contracts.webhooks import WebhookAdded, WebhookPaused

from tests.notification.at_work import AtWork
from tests.public import facts as shown
from tests.support.waiting import until
from tests.webhooks.at_work import CLOSED, ORDER, Hooked, closed, hooked
from tests.webhooks.endpoint import OK, Reply, Taken, breaks_off, endpoint, says

NewStore = Callable[[str], str]
A_DAY = 24 * 3600
SECRETARIAT = {"role": "secretariat", "name": "Pemilik", "email": "pemilik@kemendagri.example"}


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'notification.db'}"


async def test_event_arrives_as_a_signed_cloudevent(new_store: NewStore) -> None:
    async with hooked(new_store("hooks")) as one, endpoint() as server:
        secret = await one.add(server.url)
        await one.show(closed(submitted=7))
        await one.work()

        (taken,) = server.taken
        assert taken.path == "/hook?key=rahasia"
        assert taken.headers["host"] == f"127.0.0.1:{server.port}"
        assert taken.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert taken.verified_with(secret) == {
            "specversion": "1.0",
            "id": "e1",
            "source": "/sayembara/submission",
            "type": CLOSED,
            "time": "2019-09-02T04:00:00Z",
            "subject": "e1",
            "dataschema": f"urn:sayembara:schema:public:{CLOSED}",
            "datacontenttype": "application/json",
            "position": 1,
            "data": {"edition": "e1", "submitted": 7},
        }
        assert taken.id == "e1"
        (delivery,) = await one.deliveries()
        assert (delivery["state"], delivery["tries"], delivery["status"]) == ("delivered", 1, 204)


async def test_only_what_was_asked_for_is_sent(store: str) -> None:
    async with hooked(store) as one, endpoint() as server, endpoint() as of_e2:
        await one.show(closed("before"))
        await one.add(server.url)
        await one.add(of_e2.url, "w2", edition="e2", since="start")
        await one.show(closed("e1"), closed("e2"), closed("e1"))
        await one.work()

        assert (sorted(server.positions), of_e2.positions) == ([2, 3, 4], [3])


async def test_everything_from_the_start_is_sent_where_that_is_asked_for(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification_service.webhooks.feeding.READ_MAX", 20)
    async with hooked(store) as one, endpoint() as server:
        await one.show(*(closed(submitted=each) for each in range(1, 46)))
        await one.add(server.url, since="start")
        await one.work()

        assert server.positions == list(range(1, 46))
        assert server.connections <= 2, "a connection is used again"


async def test_next_event_of_an_edition_waits_and_those_of_others_do_not(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url)
        server.reply = lambda taken: says(500) if taken.event["data"]["edition"] == "e1" else OK
        await one.show(closed("e1"), closed("e2"), closed("e1"), closed("e2"))
        await one.work()
        assert sorted(server.positions) == [1, 2, 4]

        server.reply = lambda _: OK
        one.here.clock.pass_seconds(5)
        await one.work()
        assert server.positions[3:] == [1, 3]
        tries = [
            (each["position"], each["state"], each["tries"]) for each in await one.deliveries()
        ]
        assert tries == [(1, "delivered", 2), (2, "delivered", 1), (3, "delivered", 1),
                         (4, "delivered", 1)]  # fmt: skip


async def test_what_is_frozen_is_sent_after_its_unfreezing_and_not_before(store: str) -> None:
    types = ["standings.frozen.v1", "standings.changed.v1", "standings.unfrozen.v1"]
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url, events=types)
        await one.show(shown.frozen(), shown.changed("rahasia", by=["s1"]))
        await one.work()
        assert [each.event["type"] for each in server.taken] == types[:1]
        assert await one.post("w1/again", {"first": 2, "last": 2, **ORDER}) == {"queued": 0}

        await one.show(shown.unfrozen(), shown.changed("p2"))
        await one.work()
        assert server.positions == [1, 3, 2, 4]


async def test_endpoint_that_answers_and_never_ends_has_accepted(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification_service.webhooks.sending.TRY_SECONDS", 2)
    monkeypatch.setattr("notification_service.webhooks.sending.REST_SECONDS", 0.1)

    async def goes_on(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nslow")
        await writer.wait_closed()

    async with hooked(store) as one, endpoint(goes_on) as server:
        await one.add(server.url)
        await one.show(closed())
        await one.work()

        assert [each["state"] for each in await one.deliveries()] == ["delivered"]
        assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (says(500), "it answers with HTTP status 500"),
        (says(404), "it answers with HTTP status 404"),
        (says(301, "location: http://127.0.0.1:1/"),
         "it redirects (HTTP status 301), which is not followed: give the final URL"),
        (breaks_off, "it broke the connection off before it answered"),
    ],
)  # fmt: skip
async def test_what_is_not_accepted_is_told_with_its_reason(
    reply: Reply, error: str, store: str
) -> None:
    async with hooked(store) as one, endpoint(reply) as server:
        await one.add(server.url)
        await one.show(closed())
        await one.work()

        (delivery,) = await one.deliveries()
        assert (delivery["state"], delivery["tries"], delivery["error"]) == ("queued", 1, error)
        assert len(server.taken) == 1


async def test_endpoint_that_is_not_there_is_told_so(store: str) -> None:
    async with hooked(store) as one:
        async with endpoint() as server:
            await one.add(server.url)
        await one.show(closed())
        await one.work()

        (delivery,) = await one.deliveries()
        assert delivery["error"] == "no connection to it can be made"


async def test_huge_answer_is_not_read_and_counts_as_accepted(store: str) -> None:
    async with hooked(store) as one, endpoint(says(200, body=b"x" * 50_000_000)) as server:
        await one.add(server.url)
        await one.show(closed(), closed())
        await one.work()

        assert [each["state"] for each in await one.deliveries()] == ["delivered"] * 2
        assert server.connections == 2, "what is not read to its end is closed"


async def test_endpoint_that_hangs_is_left_and_holds_no_other_up(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notification_service.webhooks.sending.TRY_SECONDS", 0.5)

    async def hangs(writer: asyncio.StreamWriter) -> None:
        await writer.wait_closed()

    async with hooked(store) as one, endpoint(hangs) as slow, endpoint() as quick:
        await one.add(slow.url, "slow")
        await one.add(quick.url, "quick")
        await one.show(*(closed(f"e{each % 7}") for each in range(70)))
        await one.lines.round()
        await until(lambda: _count(quick, 8), "the quick one is served while the slow one hangs")
        assert len(one.lines.at_work) >= 4, "the slow one is still being waited for"
        await one.work()

        assert sorted(quick.positions) == list(range(1, 71))
        assert all(row["tries"] <= 1 for row in await one.deliveries("slow"))
        error = (await one.deliveries("slow"))[0]["error"]
        assert error == "it has not answered within 0.5 s"


async def _count(server: Any, least: int) -> bool:
    return len(server.taken) >= least


async def test_retries_go_on_over_a_day_and_then_it_is_paused_with_a_notice(
    new_store: NewStore, tmp_path: Path
) -> None:
    async with (
        hooked(new_store("hooks"), mail_folder=tmp_path / "mail") as one,
        endpoint(says(503)) as server,
    ):
        await one.ask.put("/editions/none/contacts/pemilik", json=SECRETARIAT)
        await one.add(server.url)
        await one.show(closed("e1"), closed("e1"))
        await one.work_for(A_DAY - 300, 300)
        assert (await one.webhook())["state"] == "active"
        tries = len(server.taken)
        assert 25 < tries < 40, "5, 10, 20 s … and then every hour"
        await one.work_for(2 * 3600, 300)

        hook, reason = await one.webhook(), "the endpoint has accepted nothing for a day;" \
            " the last try: it answers with HTTP status 503"  # fmt: skip
        assert (hook["state"], hook["paused_because"]) == ("paused", reason)
        assert set(server.positions) == {1}
        said = await one.here.said()
        assert said[-1] == WebhookPaused(edition="none", webhook="w1", reason=reason)
        await one.here.deliver()
        mail = next((tmp_path / "mail").glob("*.eml")).read_text()
        assert "pemilik@kemendagri.example" in mail
        assert "accepted nothing for a day" in mail
        assert "rahasia" not in mail


async def test_paused_one_goes_on_where_it_stopped(store: str) -> None:
    async with hooked(store) as one, endpoint(says(410)) as server:
        await one.add(server.url)
        await one.show(closed("e1"), closed("e1"), closed("e2"))
        await one.work()
        hook = await one.webhook()
        assert (hook["state"], hook["paused_because"]) == (
            "paused",
            "the endpoint says that it is gone (HTTP status 410)",
        )
        await one.show(closed("e1"), closed("e2"))
        one.here.clock.pass_seconds(A_DAY)
        server.taken.clear()
        await one.work()
        assert server.taken == []

        server.reply = lambda _: OK
        await one.post("w1/resume", ORDER)
        await one.work()
        assert sorted(server.positions) == [1, 2, 3, 4, 5]
        assert [each for each in server.positions if each in (1, 2, 4)] == [1, 2, 4]
        assert [each["state"] for each in await one.deliveries()] == ["delivered"] * 5


async def test_after_a_resume_a_new_day_begins(store: str) -> None:
    async with hooked(store) as one, endpoint(says(503)) as server:
        await one.add(server.url)
        await one.show(closed())
        await one.work_for(A_DAY + 3600, 1800)
        await one.post("w1/resume", ORDER)
        await one.work_for(A_DAY // 2, 1800)

        assert (await one.webhook())["state"] == "active"
        assert [type(each) for each in await one.here.said()].count(WebhookPaused) == 1


async def test_retry_after_is_waited_for_up_to_an_hour(store: str) -> None:
    async with hooked(store) as one, endpoint(says(429, "retry-after: 120")) as server:
        await one.add(server.url)
        await one.show(closed())
        await one.work_for(119, 7)
        assert len(server.taken) == 1
        server.reply = lambda _: says(503, "Retry-After: 999999")
        await one.work_for(60, 10)
        assert len(server.taken) == 2
        await one.work_for(3660, 60)
        assert len(server.taken) == 3


async def test_log_and_answers_have_neither_secret_nor_url(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        secret = await one.add(server.url, edition="e1")
        await one.show(closed())
        await one.work()

        (said,) = await one.here.said()
        assert said == WebhookAdded(
            edition="none",
            webhook="w1",
            origin=f"http://127.0.0.1:{server.port}",
            events=(CLOSED,),
            of_edition="e1",
            view="public",
            owner="pemilik",
            **ORDER,
        )
        told = str([await one.webhook(), await one.deliveries(), await stored(one.here)])
        assert "rahasia" not in told
        assert secret not in told


async def stored(here: AtWork) -> list[Any]:
    """Every row of every table, as it stands in the store."""
    tables = here.running.service.metadata.sorted_tables
    return await here.running.database.read(
        lambda each: [tuple(row) for table in tables for row in each.execute(table.select())]
    )


async def test_delivery_log_keeps_what_waits_and_drops_what_is_old(store: str) -> None:
    async with hooked(store, webhook_log_days=3) as one, endpoint() as server:
        await one.add(server.url)
        await one.show(closed("e1"), closed("e2"))
        server.reply = lambda taken: OK if taken.event["data"]["edition"] == "e1" else says(500)
        await one.work()
        one.here.clock.pass_seconds(3 * A_DAY + 1)
        one.lines._cleaned_at = -1e9
        await one.lines.round()
        await one.idle()

        assert [each["edition"] for each in await one.deliveries()] == ["e2"]


def taken_of(edition: str, taken: list[Taken]) -> list[int]:
    return [each.event["position"] for each in taken if each.event["data"]["edition"] == edition]


async def test_more_than_one_webhook_each_have_their_own_place(store: str) -> None:
    async with hooked(store) as one, endpoint() as first, endpoint() as second:
        await one.add(first.url, "w1")
        await one.show(closed())
        await one.work()
        await one.add(second.url, "w2")
        await one.post("w1/pause", ORDER)
        await one.show(closed())
        await one.work()
        assert (first.positions, second.positions) == ([1], [2])
        await one.post("w1/resume", ORDER)
        await one.work()
        assert (first.positions, second.positions) == ([1, 2], [2])
        assert await states(one) == {"w1": "active", "w2": "active"}


async def states(one: Hooked) -> dict[str, str]:
    return {each["webhook"]: each["state"] for each in (await one.ask.get("/webhooks")).json()}
