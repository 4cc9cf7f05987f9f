"""What the operator may order of webhooks, and is answered."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contracts.webhooks import (
    WebhookPaused,
    WebhookRemoved,
    WebhookResent,
    WebhookResumed,
    WebhookRotated,
    WebhookSkipped,
    WebhookTested,
)
from notification_service.erase import keys_of
from notification_service.webhooks.endpoint import endpoint_in

from tests.support.access import bearer
from tests.webhooks.at_work import CLOSED, ORDER, Hooked, closed, hooked
from tests.webhooks.endpoint import OK, endpoint, says

A_DAY = 24 * 3600
RANGE = {"first": 2, "last": 5, **ORDER}
GOOD = {"webhook": "w1", "url": "https://hook.example/", "events": [CLOSED], "owner": "pemilik"}


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'notification.db'}"


async def refused(one: Hooked, path: str, body: object = None) -> tuple[int, str]:
    answer = await one.ask.post(f"/webhooks{path}", json=body)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "http://hook.example/"}, "not_https"),
        ({"url": "https://10.0.0.1/"}, "address_not_public"),
        ({"url": "https://[::1]/"}, "address_not_public"),
        ({"url": "https://user:secret@hook.example/"}, "malformed_request"),
        ({"events": []}, "malformed_request"),
        ({"events": ["no.such.v1"]}, "malformed_request"),
        ({"events": ["sheet.submitted.v1"]}, "malformed_request"),
        ({"reason": ""}, "malformed_request"),
        ({"by": "kepala@dinas.example"}, "malformed_request"),
        ({"view": "internal", "reason": None}, "malformed_request"),
    ],
)
async def test_what_cannot_be_a_webhook_is_refused(
    wrong: dict[str, Any], code: str, store: str
) -> None:
    async with hooked(store, webhook_http=False, webhook_networks=[]) as one:
        assert await refused(one, "", {**GOOD, **ORDER, **wrong}) == (422, code)
        assert (await one.ask.get("/webhooks")).json() == []
        assert await one.here.said() == []


async def test_refusal_does_not_repeat_the_url(store: str) -> None:
    async with hooked(store) as one:
        wrong = {**GOOD, **ORDER, "url": "https://user:rahasia@hook.example/"}
        answer = await one.ask.post("/webhooks", json=wrong)
        assert "rahasia" not in answer.text
        assert "leave them out" in answer.json()["detail"]


async def test_id_is_given_once_until_it_is_removed(store: str) -> None:
    async with hooked(store) as one:
        first = await one.add("https://hook.example/")
        assert await refused(one, "", GOOD | ORDER) == (409, "webhook_exists")
        await one.post("w1/removal", ORDER)
        assert await one.add("https://hook.example/") != first


async def test_number_of_webhooks_is_bounded(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notification_service.webhooks.handlers.WEBHOOKS_MAX", 2)
    async with hooked(store) as one:
        await one.add("https://hook.example/", "a")
        await one.add("https://hook.example/", "b")
        assert await refused(one, "", GOOD | ORDER) == (409, "too_many_webhooks")


async def test_secret_is_shown_once_and_not_kept_by_anything_between(store: str) -> None:
    async with hooked(store) as one:
        answer = await one.ask.post("/webhooks", json=GOOD | ORDER)
        assert answer.json()["secret"].startswith("whsec_")
        assert answer.headers["cache-control"] == "no-store"
        assert "secret" not in await one.webhook()


async def test_rotation_signs_with_both_secrets_for_a_day(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        old = await one.add(server.url)
        new = (await one.post("w1/rotate", ORDER))["secret"]
        await one.show(closed())
        await one.work()
        one.here.clock.pass_seconds(A_DAY)
        await one.show(closed())
        await one.work()

        during, after = server.taken
        assert during.verified_with(old) == during.verified_with(new)
        assert len(during.headers["webhook-signature"].split(" ")) == 2
        assert len(after.headers["webhook-signature"].split(" ")) == 1
        after.verified_with(new)


async def test_what_was_sealed_before_a_rotation_cannot_be_read_any_more(store: str) -> None:
    async with hooked(store) as one:
        await one.add("https://hook.example/")
        before = await one.here.running.query(lambda each: each.webhook("w1"))
        folder = one.here.settings.contact_keys
        assert [path.name for path in folder.iterdir()] == [before.key]
        await one.post("w1/rotate", ORDER)
        now = await one.here.running.query(lambda each: each.webhook("w1"))
        assert [path.name for path in folder.iterdir()] == [now.key]
        await one.post("w1/removal", ORDER)
        assert list(folder.iterdir()) == []


async def test_row_of_one_webhook_cannot_be_passed_off_as_another(store: str) -> None:
    async with hooked(store) as one:
        await one.add("https://hook.example/")
        row = await one.here.running.query(lambda each: each.webhook("w1"))
        same = {"key": row.key, "sealed": row.sealed}
        keys = keys_of(one.here.running)

        assert endpoint_in(SimpleNamespace(webhook="w1", **same), keys) is not None  # type: ignore[arg-type] # a row
        assert endpoint_in(SimpleNamespace(webhook="w2", **same), keys) is None  # type: ignore[arg-type] # a row


async def test_pause_resume_and_removal_are_on_the_log_with_office_and_reason(store: str) -> None:
    async with hooked(store) as one:
        await one.add("https://hook.example/")
        for step in ("pause", "pause", "resume", "resume", "removal"):
            await one.post(f"w1/{step}", ORDER)

        about: dict[str, Any] = {"edition": "none", "webhook": "w1", **ORDER}
        assert (await one.here.said())[1:] == [
            WebhookPaused(**about), WebhookResumed(**about), WebhookRemoved(**about)
        ]  # fmt: skip
        assert await refused(one, "/w1/pause", ORDER) == (404, "no_such_webhook")


async def test_whatever_an_operator_does_is_on_the_log_with_office_and_reason(store: str) -> None:
    async with hooked(store) as one, endpoint(says(500)) as server:
        await one.show(*(closed() for _ in range(4)))
        await one.add(server.url)
        await one.show(closed(), closed())
        await one.work()
        for step in ("rotate", "test", "deliveries/1/giving-up", "deliveries/1/giving-up"):
            await one.post(f"w1/{step}", ORDER)
        # Number 6 waits: it is not sent twice, and the second time nothing is done.
        for _ in range(2):
            await one.post("w1/again", {"first": 2, "last": 99, **ORDER})
        await one.post("w1/deliveries/1/again", ORDER)

        about: dict[str, Any] = {"edition": "none", "webhook": "w1", **ORDER}
        assert (await one.here.said())[1:] == [
            WebhookRotated(**about),
            WebhookTested(**about),
            WebhookSkipped(**about, position=5),
            WebhookResent(**about, first=2, last=5, deliveries=4),
        ]


async def test_what_an_operator_does_without_office_or_reason_is_refused(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url)
        await one.show(closed())
        await one.work()
        for step in ("rotate", "test", "deliveries/1/again"):
            assert await refused(one, f"/w1/{step}", {"by": "Bagian"}) == (422, "malformed_request")
        assert len(server.taken) == len(await one.here.said()) == 1


async def test_neither_secret_nor_url_is_on_the_log(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        secrets = [await one.add(f"{server.url}?token=rahasia")]
        secrets.append((await one.post("w1/rotate", ORDER))["secret"])
        await one.post("w1/test", ORDER)
        logged = b"".join(row.body for row in await one.here.outgoing()).decode()
        assert [each in logged for each in ("rahasia", *secrets)] == [False] * 3


async def test_test_delivery_tells_at_once_what_the_endpoint_answers(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        secret = await one.add(server.url)
        await one.post("w1/pause", ORDER)
        assert await one.post("w1/test", ORDER) == {"accepted": True, "status": 204, "error": ""}
        server.reply = lambda _: says(401)
        error = "it answers with HTTP status 401"
        assert await one.post("w1/test", ORDER) == {
            "accepted": False,
            "status": 401,
            "error": error,
        }

        sent = server.taken[0].verified_with(secret)
        assert (sent["type"], sent["subject"], sent["data"]) == (
            "webhook.test", "w1", {"webhook": "w1"}
        )  # fmt: skip
        assert sent["id"] == server.taken[0].id
        assert await one.deliveries() == []


async def test_one_delivery_is_sent_again_under_the_same_id(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url)
        await one.show(closed(), closed())
        await one.work()
        first = (await one.deliveries())[0]
        assert await one.post(f"w1/deliveries/{first['number']}/again", ORDER) == {"queued": 1}
        await one.work()

        assert server.positions == [1, 2, 1]
        assert server.taken[0].id == server.taken[2].id
        assert server.taken[0].body == server.taken[2].body
        assert [each["tries"] for each in await one.deliveries()] == [1, 1, 1]


async def test_range_is_sent_again_in_order_also_what_was_before_the_webhook(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.show(*(closed() for _ in range(4)))
        await one.add(server.url)
        await one.show(closed(), closed())
        await one.work()
        assert await one.post("w1/again", RANGE) == {"queued": 4}
        assert await one.post("w1/again", RANGE) == {"queued": 0}
        await one.work()

        assert server.positions == [5, 6, 2, 3, 4, 5]


async def test_given_up_delivery_lets_the_next_one_go(store: str) -> None:
    async with hooked(store) as one, endpoint(says(500)) as server:
        await one.add(server.url)
        await one.show(closed(), closed())
        await one.work()
        server.reply = lambda _: OK
        first = (await one.deliveries())[0]["number"]
        await one.post(f"w1/deliveries/{first}/giving-up", ORDER)
        await one.work()

        assert server.positions == [1, 2]
        given_up = (await one.deliveries())[0]
        assert given_up["state"] == "given-up"
        assert given_up["error"] == f"given up by {ORDER['by']}: {ORDER['reason']}"
        last = (await one.deliveries())[1]["number"]
        assert await refused(one, f"/w1/deliveries/{last}/giving-up", ORDER) == (409, "delivered")
        assert await refused(one, "/w1/deliveries/99/again", ORDER) == (404, "no_such_delivery")


async def test_deliveries_come_in_pages_and_by_state(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url)
        await one.show(*(closed() for _ in range(5)))
        await one.work()
        await one.post("w1/pause", ORDER)
        newest = await one.deliveries(limit=2)
        assert [each["position"] for each in newest] == [4, 5]
        before = await one.deliveries(limit=2, before=newest[0]["number"])
        assert [each["position"] for each in before] == [2, 3]
        assert await one.deliveries(state="queued") == []
        assert (await one.webhook())["deliveries"] == {"delivered": 5}


async def test_token_for_one_edition_opens_no_webhook_of_others(store: str) -> None:
    async with hooked(store) as one:
        await one.add("https://hook.example/", "all")
        await one.add("https://hook.example/", "of-e1", edition="e1")
        shown = bearer("operator", edition="e1")
        listed = (await one.ask.get("/webhooks", headers=shown)).json()
        assert [each["webhook"] for each in listed] == ["of-e1"]
        for path in ("all", "all/deliveries"):
            answer = await one.ask.get(f"/webhooks/{path}", headers=shown)
            assert answer.status_code == 403
        order = {**GOOD, **ORDER, "edition": "e2"}
        assert (await one.ask.post("/webhooks", json=order, headers=shown)).status_code == 403


async def test_webhook_whose_key_is_lost_says_so(store: str) -> None:
    async with hooked(store) as one, endpoint() as server:
        await one.add(server.url)
        for path in one.here.settings.contact_keys.iterdir():
            path.unlink()
        await one.show(closed())
        await one.work()

        why = "the key of its address is not here: remove it, and add it again"
        assert [each["error"] for each in await one.deliveries()] == [why]
        assert await refused(one, "/w1/test", ORDER) == (409, "no_key")
        assert server.taken == []


async def test_figures_tell_what_waits(store: str) -> None:
    async with hooked(store) as one, endpoint(says(500)) as server:
        await one.add(server.url)
        await one.add("https://hook.example/", "w2")
        await one.post("w2/pause", ORDER)
        await one.show(closed(), closed())
        await one.work()

        of = await one.here.running.query(
            lambda each: (each.by_webhook_state(), each.undelivered())
        )
        assert of == ({"active": 1, "paused": 1}, {"waiting": 1, "failing": 1})
