"""A consumer sees what it was given and can do nothing else, tried on the real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import nats
import pytest
from contracts.stream import PUBLIC_STREAM, STREAM
from nats.aio.msg import Msg

from sayembara import event_log
from sayembara.consumers import durable
from sayembara.embedded.running import Embedded
from tests.consumers.at_work import (
    ACK,
    AWARDED,
    RANKED,
    Known,
    known,
    let_in,
    logged_in,
    show,
    show_awarded,
    taken,
)
from tests.deploy.broker import INFO, User, broker, subjects, user
from tests.support.waiting import until

API = "$JS.API"
ONE, OTHER = known("one"), known("other", RANKED)
INSIDE = known("inside", "sheet.submitted.v1", view="internal")
AUDITOR = known("bpk", "sheet.submitted.v1", view="internal", whole_log=True)
ALL = (ONE, OTHER, INSIDE, AUDITOR)
OWN_NEXT = f"{API}.CONSUMER.MSG.NEXT.{PUBLIC_STREAM}.consumer-one"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with broker(tmp_path_factory.mktemp("isolation")) as running:
        asyncio.run(prepared(running))
        yield running


async def prepared(system: Embedded) -> None:
    await let_in(system, *ALL)
    async with user(system, "admin") as admin:
        await show_awarded(admin, [1, 2, 3])
        await show(admin.client.jetstream(), 4, "p4", "admitted")
        await admin.ask("sayembara.evaluation.e1.sheet.p1.submitted")
        await admin.ask("sayembara.evaluation.e1.juror.j1.seated")


@pytest.fixture
async def one(system: Embedded) -> AsyncIterator[User]:
    async with logged_in(system, ONE) as connected:
        yield connected


@pytest.mark.parametrize(
    ("consumer", "subjects_"),
    [
        (ONE, [f"public.e1.proposal.p{number}.awarded" for number in (1, 2, 3)]),
        (OTHER, []),
        (INSIDE, ["sayembara.evaluation.e1.sheet.p1.submitted"]),
    ],
    ids=lambda value: value.granted.consumer if isinstance(value, Known) else "",
)
async def test_a_plain_client_is_given_its_events_and_no_others(
    system: Embedded, consumer: Known, subjects_: list[str]
) -> None:
    async with event_log.connected(system.system.log_place()) as log:
        # Other tests may have taken them before, or left a request open that would take one now.
        await durable.delete_others(log, [each.granted for each in ALL if each is not consumer])
        await durable.ensure(log, consumer.granted)
    async with logged_in(system, consumer) as own:
        assert await taken(own, consumer) == subjects_
        assert own.refusals == []


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        (f"CONSUMER.MSG.NEXT.{PUBLIC_STREAM}.consumer-other", {"batch": 1, "no_wait": True}),
        (f"CONSUMER.MSG.NEXT.{STREAM}.consumer-inside", {"batch": 1, "no_wait": True}),
        (f"CONSUMER.MSG.NEXT.{STREAM}.consumer-one", {"batch": 1, "no_wait": True}),
        (f"CONSUMER.MSG.NEXT.{STREAM}.ranking", {"batch": 1, "no_wait": True}),
        (f"CONSUMER.INFO.{PUBLIC_STREAM}.consumer-other", None),
        (f"CONSUMER.INFO.{STREAM}.ranking", None),
        (f"CONSUMER.NAMES.{PUBLIC_STREAM}", None),
        (f"CONSUMER.LIST.{PUBLIC_STREAM}", None),
        (f"CONSUMER.DELETE.{PUBLIC_STREAM}.consumer-one", None),
        (f"CONSUMER.DELETE.{PUBLIC_STREAM}.consumer-other", None),
        (f"CONSUMER.RESET.{PUBLIC_STREAM}.consumer-one", {"seq": 1}),
        (f"CONSUMER.PAUSE.{PUBLIC_STREAM}.consumer-other", {"pause_until": "2100-01-01T00:00:00Z"}),
        (f"CONSUMER.UNPIN.{PUBLIC_STREAM}.consumer-one", {"group": "g"}),
        (
            f"CONSUMER.CREATE.{PUBLIC_STREAM}.consumer-one",
            {"stream_name": PUBLIC_STREAM, "config": {"durable_name": "consumer-one"}},
        ),
        (
            f"CONSUMER.CREATE.{PUBLIC_STREAM}.mine.public.>",
            {
                "stream_name": PUBLIC_STREAM,
                "config": {"name": "mine", "filter_subject": "public.>"},
            },
        ),
        (f"STREAM.INFO.{PUBLIC_STREAM}", None),
        (f"STREAM.INFO.{STREAM}", None),
        (f"STREAM.MSG.GET.{PUBLIC_STREAM}", {"seq": 1}),
        (f"STREAM.MSG.GET.{STREAM}", {"seq": 1}),
        (f"DIRECT.GET.{PUBLIC_STREAM}", {"seq": 1}),
        (f"DIRECT.GET.{STREAM}", {"seq": 1}),
        (f"STREAM.PURGE.{PUBLIC_STREAM}", None),
        (f"STREAM.DELETE.{PUBLIC_STREAM}", None),
        (f"STREAM.MSG.DELETE.{PUBLIC_STREAM}", {"seq": 1}),
        (f"STREAM.SNAPSHOT.{STREAM}", {"deliver_subject": "_INBOX.x"}),
        ("STREAM.CREATE.MINE", {"name": "MINE", "subjects": ["mine.>"]}),
        ("STREAM.NAMES", None),
        ("INFO", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_it_cannot_ask_for_anything_else(
    system: Embedded, one: User, call: str, request_: object
) -> None:
    for api in (API, "LOG.API"):
        await one.is_not_answered(f"{api}.{call}", request_)
    await one.refused(2)
    async with user(system, "admin") as admin:
        assert (await admin.ask(f"{API}.STREAM.INFO.{PUBLIC_STREAM}"))["state"]["messages"] == 4
        for consumer in ALL:
            durable, stream = consumer.subscription
            state = await admin.ask(f"{API}.CONSUMER.INFO.{stream}.{durable}")
            assert not state.get("paused")
            assert state["config"]["filter_subjects"] == consumer.granted.filters


async def test_who_may_read_the_whole_log_can_only_read_it(system: Embedded) -> None:
    async with logged_in(system, AUDITOR) as own, user(system, "admin") as admin:
        before = await subjects(admin)
        assert (await own.ask(INFO))["state"]["messages"] == 2
        found = await own.ask(f"{API}.STREAM.MSG.GET.{STREAM}", {"seq": 2})
        assert found["message"]["subject"] == "sayembara.evaluation.e1.juror.j1.seated"
        for reply in (
            "sayembara.submission.e1.proposal.p9.admitted",
            f"{API}.STREAM.DELETE.{STREAM}",
        ):
            await own.say(f"{API}.DIRECT.GET.{STREAM}", b'{"seq": 1}', reply)
        for call in (f"STREAM.PURGE.{STREAM}", f"STREAM.MSG.GET.{PUBLIC_STREAM}"):
            await own.is_not_answered(f"{API}.{call}", {"seq": 1})
        await own.refused(2)
        assert await subjects(admin) == before


@pytest.mark.parametrize(
    "subject",
    [
        "public.e1.proposal.p9.awarded",
        "live.e1.proposal.p9.awarded",
        "sayembara.submission.e1.proposal.p9.admitted",
        "sayembara.one.e1.proposal.p9.admitted",
        f"{ACK}.consumer-other.1.1.1.1.0",
        f"$JS.ACK.{STREAM}.ranking.1.1.1.1.0",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.USER.INFO",
        "$SYS.REQ.ACCOUNT.PING.CONNZ",
        "_INBOX.somebody",
        "_INBOX_ranking.x",
        "anything",
    ],
)
async def test_it_cannot_publish(system: Embedded, one: User, subject: str) -> None:
    async with user(system, "admin") as admin:
        before = await subjects(admin)
        await one.say(subject)
        await one.refused(1)
        assert await subjects(admin) == before
        info = await admin.ask(f"{API}.STREAM.INFO.{PUBLIC_STREAM}")
        assert info["state"]["messages"] == 4


@pytest.mark.parametrize(
    "subject",
    [
        ">", "public.>", "live.>", "sayembara.>", "$SYS.>", "$JS.>", "_INBOX_ranking.>", "_R_.>",
        "LOG.API.>",
    ],
)  # fmt: skip
async def test_it_cannot_listen(one: User, subject: str) -> None:
    await one.client.subscribe(subject)
    await one.client.flush()
    await one.refused(1)


async def test_its_inbox_is_no_other_consumers(system: Embedded, one: User) -> None:
    """Every client listens below `_INBOX`: the accounts keep them apart."""
    heard: list[str] = []

    async def hear(message: Msg) -> None:
        heard.append(message.subject)

    await one.client.subscribe("_INBOX.>", cb=hear)
    await one.client.flush()
    async with logged_in(system, OTHER) as other, user(system, "admin") as admin:
        await other.ask(f"{API}.CONSUMER.INFO.{PUBLIC_STREAM}.consumer-other")
        await admin.ask(INFO)
    await one.client.flush()
    assert heard == []
    assert one.refusals == []


async def test_an_answer_reaches_nothing_but_its_own_account(system: Embedded, one: User) -> None:
    """What decision 11 says of services: an answer goes wherever the question says."""
    tricks = [
        f"{API}.STREAM.DELETE.{PUBLIC_STREAM}",
        f"{API}.CONSUMER.DELETE.{PUBLIC_STREAM}.consumer-other",
        "sayembara.submission.e1.proposal.p9.admitted",
        "public.e1.proposal.p9.awarded",
    ]
    async with user(system, "admin") as admin:
        before = await subjects(admin)
        for reply in tricks:
            for question in (OWN_NEXT, f"{API}.CONSUMER.INFO.{PUBLIC_STREAM}.consumer-one"):
                await one.say(question, json.dumps({"batch": 1, "no_wait": True}).encode(), reply)
            await one.say(f"{ACK}.consumer-one.1.1.1.1.0", b"+NXT", reply)
        assert await subjects(admin) == before
        info = await admin.ask(f"{API}.STREAM.INFO.{PUBLIC_STREAM}")
        assert info["state"]["messages"] == 4
        await admin.ask(f"{API}.CONSUMER.INFO.{PUBLIC_STREAM}.consumer-other")


@pytest.mark.parametrize(
    "request_",
    [{"batch": 257}, {"batch": 1, "expires": 61_000_000_000}, {"batch": 1, "max_bytes": 2**24}],
    ids=["messages", "seconds", "bytes"],
)
async def test_it_cannot_ask_for_more_at_a_time(one: User, request_: dict[str, int]) -> None:
    answer = await one.client.request(OWN_NEXT, json.dumps(request_).encode(), timeout=20)
    assert answer.headers is not None
    assert answer.headers["Status"] == "409"


async def test_it_has_four_connections_at_most(system: Embedded, one: User) -> None:
    others = [logged_in(system, ONE) for _ in range(3)]
    for each in others:
        await each.__aenter__()
    try:
        with pytest.raises(nats.errors.Error, match="maximum account active connections"):
            await logged_in(system, ONE, allow_reconnect=False).__aenter__()
        async with logged_in(system, OTHER) as other:
            assert other.client.is_connected
    finally:
        for each in others:
            await each.__aexit__(None, None, None)
    assert one.client.is_connected


async def is_cut_off(own: User, what: str) -> None:
    async def is_so() -> bool:
        return own.client.is_closed

    await until(is_so, f"who {what} is cut off")


async def test_it_can_send_nothing_large(system: Embedded) -> None:
    async with logged_in(system, ONE, allow_reconnect=False) as own:
        await own.client.publish(f"{ACK}.consumer-one.1.1.1.1.0", b"x" * 4097)
        await is_cut_off(own, "sends too much")


async def test_a_hundred_subscriptions_are_the_most(system: Embedded) -> None:
    async with logged_in(system, ONE, allow_reconnect=False) as own:
        for number in range(100):
            await own.client.subscribe(f"_INBOX.{number}")
        await own.client.flush()
        assert own.client.is_connected
        await own.client.subscribe("_INBOX.100")
        await is_cut_off(own, "subscribes too often")


@pytest.mark.parametrize(
    "login",
    [
        {"user": "consumer-one", "pass": "guessed"},
        {"nkey": ONE.key.public, "sig": "AAAA"},
        {"nkey": known("stranger", AWARDED).key.public, "sig": "AAAA"},
    ],
    ids=["password", "public key alone", "stranger"],
)
async def test_without_the_key_nobody_is_let_in(system: Embedded, login: dict[str, str]) -> None:
    port = int(system.system.ports.addresses().nats.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
    assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()
