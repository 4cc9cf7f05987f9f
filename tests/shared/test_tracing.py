"""Traces: the context goes with every event, and each piece of work has its span."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from contracts.envelope import Envelope
from contracts.ranking import ResultsAnnounced, StageRanked
from contracts.stream import STREAM
from kit import outbox
from kit.database import Database
from kit.heard import Heard
from kit.log import Log
from kit.observe import Meters
from kit.outbox import Said
from kit.relay import Relay
from kit.tables import metadata
from kit.tracing import REQUEST, TRACEPARENT, TRACES
from kit.watched import Watched
from nats.aio.client import Client
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from tests.shared.toy import TOY, ToyStore, decide, publish, sheet
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, started
from tests.support.waiting import until

NewStore = Callable[[str], str]
FIRST = f"00-{'a' * 32}-{'1' * 16}-01"
SECOND = f"00-{'b' * 32}-{'2' * 16}-01"
TRIO = (FIRST, None, SECOND)


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(TRACES, "tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [each for each in spans.get_finished_spans() if each.name == name]


def trace_of(traceparent: str | None) -> str:
    return (traceparent or "").split("-")[1]


async def said(client: Client) -> list[Heard]:
    """Everything that the toy has put on the log."""
    found, last = [], await Log(client).last_position()
    for position in range(1, last + 1):
        message = await client.jetstream().get_msg(STREAM, seq=position)
        assert message.subject is not None
        if message.subject.startswith("sayembara.ranking."):
            headers = message.headers or {}
            found.append(Heard(position, message.subject, headers, message.data or b""))
    return found


async def until_said(client: Client, count: int) -> list[Heard]:
    async def enough() -> bool:
        return len(await said(client)) >= count

    await until(enough, f"{count} events are said")
    return await said(client)


async def announced(toy: Started, traceparent: str | None) -> None:
    """What a request with that traceparent leads to."""
    REQUEST.set(traceparent)
    await toy.running.command(decide)


async def test_without_an_endpoint_the_context_is_passed_on_as_it_came(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
    ):
        await publish(client, sheet("p1"), headers={TRACEPARENT: FIRST})
        await until_said(client, 1)
        await announced(toy, SECOND)
        events = await until_said(client, 3)
    assert TRACES.tracer is None
    assert [each.traceparent for each in events] == [FIRST, SECOND, SECOND]


async def test_without_a_context_nothing_is_made_up(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with connected(nats_server) as client, started(TOY, nats_server, new_store("toy")):
        await publish(client, sheet("p1"), headers={TRACEPARENT: "not a traceparent"})
        (event,) = await until_said(client, 1)
    assert TRACEPARENT not in event.headers


async def test_the_trace_of_a_request_is_in_the_outbox_before_it_is_on_the_log(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    async with (
        connected(nats_server) as client,
        started(TOY, nats_server, new_store("toy")) as toy,
    ):
        await publish(client, sheet("p1"))
        await until_said(client, 1)
        await until(lambda: _all_marked(toy), "the first event is marked as published")
        nats_server.kill()
        await announced(toy, FIRST)
        rows = await toy.running.database.read(lambda each: outbox.unpublished(each, 10))
        assert [row.headers[TRACEPARENT] for row in rows] == [FIRST, FIRST]
        nats_server.start()
        events = await until_said(client, 3)
    assert [type(each.event) for each in events[1:]] == [ResultsAnnounced, StageRanked]
    assert [each.traceparent for each in events[1:]] == [FIRST, FIRST]


async def _all_marked(toy: Started) -> bool:
    waiting, _ = await toy.running.database.read(outbox.backlog)
    return waiting == 0


async def test_a_batch_is_in_the_last_trace_and_linked_to_the_others(
    nats_server: NatsServer, new_store: NewStore, spans: InMemorySpanExporter
) -> None:
    store = new_store("toy")
    async with connected(nats_server) as client:
        async with started(TOY, nats_server, store):
            pass
        await publish(client, sheet("p1"), headers={TRACEPARENT: FIRST})
        await publish(client, sheet("p2"), headers={TRACEPARENT: SECOND})
        async with started(TOY, nats_server, store):
            (event,) = await until_said(client, 1)
    (batch,) = named(spans, "take a batch")
    assert batch.context is not None
    assert batch.parent is not None
    assert f"{batch.parent.trace_id:032x}" == trace_of(SECOND)
    assert f"{batch.parent.span_id:016x}" == "2" * 16
    assert [f"{link.context.trace_id:032x}" for link in batch.links] == [trace_of(FIRST)]
    assert event.traceparent == f"00-{'b' * 32}-{batch.context.span_id:016x}-01"


async def test_a_message_that_is_parked_has_a_span_in_its_own_trace(
    nats_server: NatsServer, new_store: NewStore, spans: InMemorySpanExporter
) -> None:
    async with connected(nats_server) as client, started(TOY, nats_server, new_store("toy")):
        await publish(client, sheet("refused"), headers={TRACEPARENT: FIRST})
        events = await until_said(client, 1)
    (parking,) = named(spans, "park a message")
    assert parking.context is not None
    assert f"{parking.context.trace_id:032x}" == trace_of(FIRST)
    assert events[0].traceparent == f"00-{'a' * 32}-{parking.context.span_id:016x}-01"
    assert named(spans, "take sheet.submitted.v1") == []


async def test_a_publication_is_linked_to_every_trace_that_it_carries(
    nats_server: NatsServer, new_store: NewStore, spans: InMemorySpanExporter
) -> None:
    database = Database(new_store("relay"))
    await database.write(metadata.create_all)
    rows = [
        Said(each.event, each.envelope, trace)
        for each, trace in zip(_some_events(), TRIO, strict=True)
    ]
    await database.write(lambda connection: outbox.append(connection, rows))
    async with connected(nats_server) as client:
        relay = Relay("ranking", database, Log(client), 100, Meters("ranking"))
        assert await relay.publish_next() is True
        assert [each.traceparent for each in await said(client)] == list(TRIO)
    database.close()
    (publication,) = named(spans, "publish")
    assert publication.parent is not None
    assert f"{publication.parent.trace_id:032x}" == trace_of(SECOND)
    assert [f"{link.context.trace_id:032x}" for link in publication.links] == [trace_of(FIRST)]


def _some_events() -> list[Said]:
    def one(number: int) -> Said:
        event = ResultsAnnounced(edition="e1", awards=number, by="Secretariat")
        around = Envelope.around(
            event, id=f"id-{number}", time=datetime.now(UTC), correlation="c", causation=None
        )
        return Said(event, around)

    return [one(number) for number in range(3)]


async def _answer(request: object) -> PlainTextResponse:
    return PlainTextResponse(REQUEST.get() or "no trace")


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_command_over_http_is_a_span_below_the_callers(
    method: str, spans: InMemorySpanExporter
) -> None:
    app = Starlette()
    app.add_route("/sheets/{sheet}", _answer, methods=["GET", "POST", "PUT"])
    transport = httpx.ASGITransport(Watched(app, Meters("toy")))
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as ask:
        answer = await ask.request(method, "/sheets/1", headers={TRACEPARENT: FIRST})
        assert (await ask.get("/sheets/1", headers={TRACEPARENT: FIRST})).text == "no trace"
    (span,) = spans.get_finished_spans()
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "1" * 16
    assert answer.text == f"00-{'a' * 32}-{span.context.span_id:016x}-01"
    assert (span.attributes or {})["http.response.status_code"] == 200


ENDS = """
import sys
from kit.settings import Settings
from kit.tracing import Traces

traces = Traces()
traces.begin("toy", Settings(database_url="sqlite://", otlp_endpoint=sys.argv[1]))
for _ in range(3000):
    traces.span("work", [], first=True).end()
traces.end()
print("ended")
"""


def test_a_collector_that_does_not_answer_holds_up_no_end() -> None:
    # In a process of its own: threads that go on trying would disturb other tests.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended = subprocess.run(
            [sys.executable, "-c", ENDS, endpoint],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (0, "ended\n")


async def test_commands_of_one_transaction_keep_their_own_traces(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    def count(store: ToyStore) -> tuple[ResultsAnnounced]:
        return (ResultsAnnounced(edition="e1", awards=1, by="Secretariat"),)

    async def ask(toy: Started, traceparent: str) -> str | None:
        REQUEST.set(traceparent)
        return (await toy.running.command(count))[0].traceparent

    async with connected(nats_server), started(TOY, nats_server, new_store("toy")) as toy:
        found = await asyncio.gather(ask(toy, FIRST), ask(toy, SECOND))
    assert list(found) == [FIRST, SECOND]
