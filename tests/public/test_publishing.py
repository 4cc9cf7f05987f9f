"""The public stream: everything that is shown, once, in order, whatever goes down meanwhile."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path

import httpx
from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.public import public_body, public_subject
from contracts.stream import PUBLIC_STREAM
from kit.database import Database
from kit.log import Log
from kit.outgoing import Outgoing
from kit.testing import NOON
from nats.aio.client import Client
from nats.errors import Error as NatsError
from notification_service.app import SERVICE

from sayembara import event_log
from sayembara.embedded.processes import Child
from sayembara.embedded.running import Embedded
from tests.deploy.broker import user
from tests.notification import facts as notices
from tests.public.facts import changed, frozen, unfrozen
from tests.public.stream import notification, public_stream, until_shown
from tests.shared.toy import publish, sheet
from tests.support.migrations import back_to
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http
from tests.support.waiting import until
from tests.system.embedded import embedded

KILL_SECONDS = 0.5
AGAIN_SECONDS = 0.05
START_SECONDS = 60
NewStore = Callable[[str], str]
TOLD: list[Event] = [
    notices.OPENED,
    notices.SUBMITTED,
    notices.ADMITTED,
    changed("p1"),
    frozen(),
    sheet("p2"),
    changed("p2", by=["s1"]),
    notices.closed(),
    unfrozen(),
]
SHOWN_AT = [1, 3, 4, 5, 8, 9, 7]


async def test_the_public_stream_has_the_view_of_each_event_at_its_number(
    nats_server: NatsServer, tmp_path: Path, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        notification(nats_server, tmp_path, new_store("notification")),
    ):
        await publish(client, *TOLD)
        found = await until_shown(client, len(SHOWN_AT))

    assert [each.position for each in found] == SHOWN_AT
    events = [TOLD[at - 1] for at in SHOWN_AT]
    assert [each.body for each in found] == [public_body(each) for each in events]
    assert [each.subject for each in found] == [public_subject(each.subject()) for each in events]
    assert {name for each in found for name in each.headers} == {
        "Nats-Msg-Id",
        "content-type",
        "ce-specversion",
        "ce-id",
        "ce-source",
        "ce-type",
        "ce-time",
        "ce-subject",
        "ce-dataschema",
        "Sayembara-Position",
    }
    assert all(each.headers["Nats-Msg-Id"] == each.headers["ce-id"] for each in found)


async def test_a_stream_that_was_deleted_is_made_again_as_it_was(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client, notification(nats_server, tmp_path) as one:
        await publish(client, *TOLD)
        before = await until_shown(client, len(SHOWN_AT))

        await client.jetstream().delete_stream(PUBLIC_STREAM)
        await until(lambda: tells(one, "log apply"), "the service says what is missing")
        await Log(client).apply_stream()

        assert await until_shown(client, len(SHOWN_AT)) == before
        await until(one.is_ready, "the service is ready again")


async def tells(one: Started, words: str) -> bool:
    return any(words in each for each in one.running.why_not_ready())


async def test_nothing_is_repeated_when_nobody_knows_whether_it_came(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client, notification(nats_server, tmp_path) as one:
        assert one.running.log is not None
        put_back, breaks = one.running.log.put_back, [True, True]

        async def break_off(rows: Sequence[Outgoing], first: int) -> int:
            last = await put_back(rows, first)
            if breaks:
                breaks.pop()
                raise TimeoutError
            return last

        one.running.log.put_back = break_off  # type: ignore[method-assign] # the answer is lost
        await publish(client, *TOLD)
        await until_shown(client, len(SHOWN_AT))
        await publish(client, changed("p3"))
        found = await until_shown(client, len(SHOWN_AT) + 1)
        assert [each.position for each in found] == [*SHOWN_AT, 10]
        assert breaks == []


async def test_a_store_from_before_shows_the_whole_log(
    nats_server: NatsServer, tmp_path: Path, new_store: NewStore
) -> None:
    store = new_store("notification")
    async with connected(nats_server) as client:
        async with notification(nats_server, tmp_path, store):
            await publish(client, *TOLD)
            before = await until_shown(client, len(SHOWN_AT))
        await downgrade(store)
        await client.jetstream().delete_stream(PUBLIC_STREAM)
        await Log(client).apply_stream()
        # These are on the log before the older ones are shown.
        await publish(client, changed("p3"), changed("p4"))
        async with notification(nats_server, tmp_path, store):
            found = await until_shown(client, len(SHOWN_AT) + 2)
            await publish(client, changed("p5"))
            await until_shown(client, len(SHOWN_AT) + 3)
    assert found[:-2] == before
    assert [each.position for each in found[-2:]] == [10, 11]


async def downgrade(store: str) -> None:
    """Put the store back to what it was before there was a public view."""
    database = Database(store)
    await database.write(partial(back_to, "notification_0006", SERVICE))
    database.close()


async def test_the_stream_of_another_log_is_not_touched_and_the_operator_is_told(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client:
        other = changed("other")
        await publish(client, other, subject=public_subject(other.subject()))
        async with notification(nats_server, tmp_path) as one:
            await publish(client, changed("p1"), changed("p2"))
            await until(lambda: tells(one, "holds something else"), "the operator is told")
            assert await Log(client).check_public() == 1

            await client.jetstream().delete_stream(PUBLIC_STREAM)
            await Log(client).apply_stream()
            await until_shown(client, 2)


async def test_a_store_that_is_made_anew_publishes_nothing_twice(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with connected(nats_server) as client:
        async with notification(nats_server, tmp_path):
            await publish(client, *TOLD)
            before = await until_shown(client, len(SHOWN_AT))
        async with notification(nats_server, tmp_path, f"sqlite:///{tmp_path / 'new.db'}"):
            await publish(client, changed("p3"))
            after = await until_shown(client, len(SHOWN_AT) + 1)
    assert after[:-1] == before


async def test_a_rebuilt_store_goes_on_where_it_was(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    async with (
        connected(nats_server) as client,
        notification(nats_server, tmp_path) as one,
        http(one) as ask,
    ):
        await publish(client, *TOLD[:-1])
        before = await until_shown(client, len(SHOWN_AT) - 2)
        await ask.post("/rebuild", json={"by": "Operator", "reason": "a test"})
        await until(lambda: is_rebuilt(ask), "the store is rebuilt")
        # What was held back before is let go after, and store.rebuilt is on the log too.
        await publish(client, unfrozen())
        after = await until_shown(client, len(SHOWN_AT))
    assert after[:-2] == before
    assert after[-1].position == 7


async def is_rebuilt(ask: httpx.AsyncClient) -> bool:
    return bool((await ask.get("/rebuild")).json()["state"] == "done")


def test_whoever_is_killed_each_is_shown_once_and_in_order(tmp_path: Path) -> None:
    with embedded(tmp_path) as system:
        by_name = {each.name: each for each in system.services}
        asyncio.run(play_tormented(system, [by_name["notification"], system.broker]))


async def play_tormented(system: Embedded, victims: list[Child]) -> None:
    over = asyncio.Event()
    async with user(system, "ranking") as ranking:
        telling = asyncio.create_task(tell(ranking.client, over))
        for victim in victims * 2:
            await asyncio.wait({telling}, timeout=KILL_SECONDS)
            victim.kill()
            back = partial(is_back, victim)
            await until(back, f"{victim.name} is started again", START_SECONDS)
        over.set()
        told = await telling
    async with event_log.connected(system.system.log_place()) as log:
        # The auditor signs the log meanwhile, which is public as well.
        shows_last = partial(shows, log.client, f"e{told - 1}")
        await until(shows_last, "the last one is shown", START_SECONDS)
        found = [each.headers["ce-id"] for each in await public_stream(log.client)]
    assert [each for each in found if each.startswith("e")] == [f"e{at}" for at in range(told)]
    assert len(set(found)) == len(found)


async def shows(client: Client, id_: str) -> bool:
    return id_ in [each.headers["ce-id"] for each in await public_stream(client)]


async def tell(client: Client, over: asyncio.Event) -> int:
    """Put events on the log, each until it is acknowledged; gives how many there were."""
    for number in count():
        if over.is_set():
            return number
        event = changed(f"p{number}")
        around = Envelope.around(event, id=f"e{number}", time=NOON, correlation="c", causation=None)
        said = (event.subject(), encode(event), around.headers())
        while not await is_taken(client, *said):  # noqa: ASYNC110 - a server that is away
            await asyncio.sleep(AGAIN_SECONDS)
    raise AssertionError


async def is_taken(client: Client, subject: str, body: bytes, headers: dict[str, str]) -> bool:
    # Said again under the same id, it is on the log once.
    with suppress(NatsError, TimeoutError):
        answer = await client.request(subject, body, headers=headers, timeout=1)
        return "error" not in json.loads(answer.data)
    return False


async def is_back(victim: Child) -> bool:
    return victim.ended_with is None
