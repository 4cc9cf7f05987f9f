"""The running system, seen from outside: its traces, its metrics, its alerts."""

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path

import httpx
import nats
import pytest
from contracts.evaluation import SheetAmended, SheetSubmitted
from contracts.event import Event
from contracts.ranking import StandingsChanged
from contracts.stream import STREAM
from kit.settings import read_secret
from prometheus_client.parser import text_string_to_metric_families

from sayembara import event_log
from sayembara.addresses import SERVICES
from sayembara.embedded.running import Embedded
from tests.support.collector import Collector, Seen, collector
from tests.support.prometheus import prometheus
from tests.support.waiting import until
from tests.system.embedded import DIGEST, EXAMPLE, embedded, parked_counts, play_example

SHEET = "PUT /editions/{edition}/stages/{stage}/proposals/{proposal}/sheets/{juror}"
SERIES_MAX = 1000
"""The most series that one service may show, whatever edition it runs: most are of histograms."""


class Played:
    """The example edition, played to its end on a system that is still there."""

    def __init__(self, system: Embedded, traces: Collector) -> None:
        self.system = system
        self.traces = traces

    async def heard(self, *events: type[Event]) -> list[tuple[str, str]]:
        """The trace and span that each event of these types carries, in log order."""
        found = []
        async with event_log.connected(self.system.system.log_place()) as log:
            for position in range(1, await log.last_position() + 1):
                message = await log.client.jetstream().get_msg(STREAM, seq=position)
                headers = message.headers or {}
                if EXAMPLE.name not in (message.subject or ""):
                    continue
                if headers.get("ce-type") in {event.type for event in events}:
                    _, trace, span, _ = headers.get("traceparent", "---").split("-")
                    found.append((trace, span))
        return found

    async def scrape(self) -> dict[str, str]:
        """What each service says of itself to Prometheus."""
        async with httpx.AsyncClient(trust_env=False) as ask:
            services = self.system.system.ports.addresses().services
            return {name: (await ask.get(f"{url}/metrics")).text for name, url in services.items()}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("watched")
    with collector() as traces, pytest.MonkeyPatch.context() as environment:
        environment.setenv("SAYEMBARA_OTLP_ENDPOINT", traces.endpoint)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
        with embedded(folder) as system:
            standings = asyncio.run(play_example(system))
            assert standings["digest"] == DIGEST
            yield Played(system, traces)


def test_one_trace_leads_from_a_sheet_to_the_standings_it_changed(played: Played) -> None:
    changes = asyncio.run(played.heard(StandingsChanged))

    async def all_arrived() -> bool:
        batches = {(each.trace, each.span) for each in ranked(played)}
        return set(changes) <= batches

    asyncio.run(until(all_arrived, "the batches that changed the standings are in the traces"))
    begun = {each.trace for each in played.traces.named("sayembara-evaluation", SHEET)}
    assert changes
    assert {trace for trace, _ in changes} <= begun


def test_every_sheet_leads_to_a_batch_of_ranking(played: Played) -> None:
    sheets = {trace for trace, _ in asyncio.run(played.heard(SheetSubmitted, SheetAmended))}

    async def all_arrived() -> bool:
        reached = [{each.trace} | each.linked for each in ranked(played)]
        return sheets <= frozenset().union(*reached)

    asyncio.run(until(all_arrived, "each sheet is in the trace of a batch, or linked from it"))
    assert len(sheets) == 161


def ranked(played: Played) -> list[Seen]:
    return played.traces.named("sayembara-ranking", "take a batch")


def test_no_label_holds_an_id_and_the_series_are_few(played: Played) -> None:
    ids = {"kipp-luwu-utara-2019", *column("proposal"), *column("juror"), *column("agency")}
    assert len(ids) > 30
    for service, text in asyncio.run(played.scrape()).items():
        samples = [each for one in text_string_to_metric_families(text) for each in one.samples]
        told = {value for sample in samples for value in sample.labels.values()}
        held = {value for value in told if any(part in ids for part in value.split("/"))}
        assert held == set(), f"{service} has labels with ids"
        assert 0 < len(samples) <= SERIES_MAX, service


def column(name: str) -> set[str]:
    """Every value of a column in the tables of the example."""
    found = set()
    for path in EXAMPLE.glob("*.csv"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        found |= {row[name] for row in csv.DictReader(lines) if name in row}
    return found


NOT_SIGNED = ("LogNotSigned", "auditor")
"""The rules wait seconds here instead of minutes, and the auditor signs once a minute as ever."""


def test_alert_fires_when_a_message_is_parked(played: Played, tmp_path: Path) -> None:
    ports = played.system.system.ports.of
    services = {name: f"127.0.0.1:{ports[name]}" for name in SERVICES}
    with prometheus(tmp_path / "prometheus", services) as watch:
        asyncio.run(until(watch.is_ready, "Prometheus is ready"))

        async def all_are_up() -> bool:
            return await watch.count('sayembara_ready{job="sayembara"} == 1') == len(SERVICES)

        async def parked_fires() -> bool:
            return ("MessagesParked", "ranking") in await watch.firing()

        asyncio.run(until(all_are_up, "Prometheus scrapes services that are ready"))
        assert asyncio.run(watch.firing()) <= {NOT_SIGNED}
        asyncio.run(say_nonsense(played.system))
        asyncio.run(until(parked_fires, "MessagesParked fires for ranking", 60))
        assert asyncio.run(watch.firing()) - {NOT_SIGNED} == {("MessagesParked", "ranking")}
    assert asyncio.run(parked_counts(played.system))["ranking"] == 1


async def say_nonsense(system: Embedded) -> None:
    """Evaluation puts a sheet on the log that nobody can read."""
    secrets = system.system.folder / "secrets"
    client = await nats.connect(
        system.system.ports.addresses().nats,
        user="evaluation",
        password=read_secret(secrets / "nats_evaluation"),
        inbox_prefix="_INBOX_evaluation",
    )
    headers = {"ce-specversion": "1.0", "ce-type": SheetSubmitted.type, "ce-id": "nonsense"}
    subject = "sayembara.evaluation.e1.sheet.p1.submitted"
    await client.request(subject, b"nonsense", headers=headers, timeout=20)
    await client.close()
