"""What a service may not do on NATS, tried on the real server with the embedded form's users."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.stream import PUBLIC_STREAM, STREAM, STREAM_CONFIG

from sayembara import event_log
from sayembara.addresses import NATS, SERVICES, SHOWS
from sayembara.embedded.running import Embedded
from sayembara.trouble import Trouble
from tests.deploy.broker import INFO, broker, subjects, user
from tests.shared.toy import TOY, publish, sheet
from tests.support.nats import NatsAt
from tests.support.system import started
from tests.support.waiting import until

OWN = "sayembara.evaluation.e1.sheet.p1.submitted"
FORGED = "sayembara.submission.e1.proposal.p9.admitted"
API = "$JS.API"
NEXT = f"{API}.CONSUMER.MSG.NEXT.{STREAM}"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with broker(tmp_path_factory.mktemp("permissions")) as running:
        yield running


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Embedded]:
    with broker(tmp_path) as running:
        yield running


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_says_its_own_and_reads_its_consumer(
    system: Embedded, service: str
) -> None:
    async with user(system, service) as own:
        answer = await own.ask(f"sayembara.{service}.e1.thing.t1.said")
        assert answer["stream"] == STREAM
        for call in (f"CONSUMER.INFO.{STREAM}.{service}", f"STREAM.INFO.{STREAM}"):
            assert "error" not in await own.ask(f"{API}.{call}")
        reset = await own.ask(f"{API}.CONSUMER.RESET.{STREAM}.{service}", {"seq": 1})
        assert "error" not in reset
        assert own.refusals == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_speak_for_another(system: Embedded, service: str) -> None:
    async with user(system, "admin") as admin, user(system, service) as own:
        before = await subjects(admin)
        others = [each for each in (*SERVICES, "plugin") if each != service]
        for other in others:
            await own.say(f"sayembara.{other}.e1.proposal.p9.forged")
        await own.refused(len(others))
        assert await subjects(admin) == before


async def test_notification_alone_shows_the_public_view(system: Embedded) -> None:
    shown = "public.e1.proposal.p1.admitted"
    for service in set(SERVICES) - {SHOWS}:
        async with user(system, service) as own:
            await own.say(shown)
            await own.refused(1)
    async with user(system, SHOWS) as own:
        assert (await own.ask(shown))["seq"] == 1
        info = await own.ask(f"{API}.STREAM.INFO.{PUBLIC_STREAM}")
        assert info["state"]["messages"] == 1
        last = await own.ask(f"{API}.STREAM.MSG.GET.{PUBLIC_STREAM}", {"last_by_subj": "public.>"})
        assert last["message"]["subject"] == shown
        for call in ("PURGE", "DELETE"):
            await own.is_not_answered(f"{API}.STREAM.{call}.{PUBLIC_STREAM}")
        await own.refused(2)


@pytest.mark.parametrize(
    ("call", "request_"),
    [
        (f"STREAM.DELETE.{STREAM}", None),
        (f"STREAM.PURGE.{STREAM}", None),
        (f"STREAM.UPDATE.{STREAM}", STREAM_CONFIG | {"max_age": 10**9, "duplicate_window": 10**8}),
        (f"STREAM.MSG.DELETE.{STREAM}", {"seq": 1}),
        (f"STREAM.SNAPSHOT.{STREAM}", {"deliver_subject": "_INBOX_evaluation.x"}),
        ("STREAM.CREATE.OTHER", {"name": "OTHER", "subjects": ["other.>"]}),
        (f"CONSUMER.DELETE.{STREAM}.ranking", None),
        (f"CONSUMER.DELETE.{STREAM}.evaluation", None),
        (f"CONSUMER.RESET.{STREAM}.ranking", {"seq": 1}),
        (
            f"CONSUMER.CREATE.{STREAM}.evaluation",
            {"stream_name": STREAM, "config": {"durable_name": "evaluation"}},
        ),
        (f"CONSUMER.INFO.{STREAM}.ranking", None),
        (f"CONSUMER.MSG.NEXT.{STREAM}.ranking", {"batch": 1, "no_wait": True}),
        ("INFO", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_service_cannot_change_the_log_or_anothers_consumer(
    system: Embedded, call: str, request_: object
) -> None:
    async with user(system, "admin") as admin, user(system, "evaluation") as own:
        await own.is_not_answered(f"{API}.{call}", request_)
        await own.refused(1)
        assert "error" not in await admin.ask(INFO)
        assert "error" not in await admin.ask(f"{API}.CONSUMER.INFO.{STREAM}.ranking")


@pytest.mark.parametrize("subject", [">", "sayembara.>", "$JS.>", "_INBOX_ranking.>", "_INBOX.>"])
async def test_a_service_cannot_listen_to_others(system: Embedded, subject: str) -> None:
    async with user(system, "evaluation") as own:
        await own.client.subscribe(subject)
        await own.client.flush()
        await own.refused(1)


async def test_an_answer_cannot_be_had_on_anothers_subject(fresh: Embedded) -> None:
    """The server sends an answer wherever the question says: here it must lead nowhere."""
    async with user(fresh, "admin") as admin, user(fresh, "evaluation") as own:
        await admin.ask("sayembara.submission.e1.proposal.p1.admitted")
        await own.ask(OWN)
        before = await subjects(admin)
        message = b'{"seq": 2}'
        await own.say(f"{API}.STREAM.MSG.GET.{STREAM}", message, reply=FORGED)
        await own.say(f"{NEXT}.evaluation", b'{"batch": 1}', reply=FORGED)
        await own.say(INFO, b"", reply=FORGED)
        await own.say(OWN, reply=FORGED)
        assert own.refusals == []
        await own.ask(OWN)
        assert await subjects(admin) == before | {OWN: 3}


async def test_the_auditor_reads_again_and_has_it_sent_to_nobody_else(fresh: Embedded) -> None:
    """It may read from any place without a consumer, and only onto its own inbox."""
    read = f"{API}.DIRECT.GET.{STREAM}"
    async with user(fresh, "admin") as admin, user(fresh, "auditor") as own:
        await admin.ask("sayembara.submission.e1.proposal.p1.admitted", {"is": "said"})
        before = await subjects(admin)
        assert await own.ask(read, {"seq": 1}) == {"is": "said"}
        for reply in (FORGED, f"{API}.STREAM.DELETE.{STREAM}"):
            await own.say(read, b'{"seq": 1, "batch": 1}', reply=reply)
        for call in (f"CONSUMER.CREATE.{STREAM}", f"STREAM.PURGE.{STREAM}"):
            await own.is_not_answered(f"{API}.{call}", {"stream_name": STREAM, "config": {}})
        await own.refused(2)
        assert await subjects(admin) == before
    async with user(fresh, "ranking") as other:
        await other.is_not_answered(read, {"seq": 1})


async def test_an_answer_cannot_reach_the_api_that_deletes(fresh: Embedded) -> None:
    async with user(fresh, "admin") as admin, user(fresh, "evaluation") as own:
        await admin.ask("sayembara.submission.e1.proposal.p1.admitted")
        await own.client.request(OWN, b"", timeout=20)
        for call in (f"STREAM.DELETE.{STREAM}", f"CONSUMER.DELETE.{STREAM}.ranking"):
            for question in (f"{NEXT}.evaluation", INFO, OWN):
                await own.say(question, b"", reply=f"{API}.{call}")
        await own.ask(INFO)
        assert "error" not in await admin.ask(INFO)
        assert "error" not in await admin.ask(f"{API}.CONSUMER.INFO.{STREAM}.ranking")


@pytest.mark.parametrize("login", [{}, {"user": "admin", "pass": "guessed"}])
async def test_who_has_no_password_is_not_let_in(system: Embedded, login: dict[str, str]) -> None:
    port = system.system.ports.of[NATS]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(f"CONNECT {json.dumps(login)}\r\nPING\r\n".encode())
    assert await reader.readline() == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()


async def test_a_consumer_that_is_gone_is_told_and_goes_on_when_it_is_made_again(
    fresh: Embedded, tmp_path: Path
) -> None:
    place = fresh.system.log_place()
    password = fresh.system.folder / "secrets" / "nats_ranking"
    store = f"sqlite:///{tmp_path / 'toy.db'}"
    async with event_log.connected(place) as log:
        await log.ensure_consumer("ranking", TOY.filters)
        async with started(
            TOY, NatsAt(place.url), store, nats_user="ranking", nats_password_file=password
        ) as toy:
            await publish(log.client, sheet("p1"))
            await log.api(f"CONSUMER.DELETE.{STREAM}.ranking")

            async def told() -> bool:
                return "sayembara log apply" in toy.running.troubles.get("log", "")

            await until(told, "the service says what to do")
            await publish(log.client, sheet("p1", "j2"))
            await log.ensure_consumer("ranking", TOY.filters)

            async def counted() -> bool:
                return bool(await toy.running.query(lambda store: store.count("p1")) == 2)

            await until(counted, "both sheets are counted, once each")
            await until(toy.is_ready, "the service is ready again")


async def test_the_operator_is_told_of_a_missing_consumer_and_makes_it_again(
    fresh: Embedded,
) -> None:
    place = fresh.system.log_place()
    async with event_log.connected(place) as log:
        await log.api(f"CONSUMER.DELETE.{STREAM}.ranking")
    with pytest.raises(Trouble, match="consumer ranking is not there; make it with `sayembara log"):
        await event_log.check(place)
    await event_log.apply(place)
    assert await event_log.check(place) == 0
