"""What can be seen of a running service: structured logs and metrics."""

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version

import structlog
from contracts.registry import BY_TYPE
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from kit.service import Tally

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SECONDS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# When a counter began tells an operator nothing, and doubles the number of series.
disable_created_metrics()  # type: ignore[no-untyped-call] # prometheus_client leaves it untyped


class Meters:
    """The metrics of one service. Labels are templates, types and outcomes, never ids."""

    def __init__(self, service: str, tallies: Iterable[Tally] = ()) -> None:
        self.service = service
        self.registry = CollectorRegistry()
        self._gauges()
        self._of_the_log()
        self._of_http()
        self._tallies = {
            each.name: self._gauge(each.name, each.meaning, [each.label]) for each in tallies
        }

    def _gauge(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"sayembara_{name}", meaning, labels, registry=self.registry)

    def _counter(self, name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
        return Counter(f"sayembara_{name}", meaning, labels, registry=self.registry)

    def _histogram(
        self, name: str, meaning: str, buckets: Sequence[float], labels: Sequence[str] = ()
    ) -> Histogram:
        return Histogram(
            f"sayembara_{name}", meaning, labels, buckets=buckets, registry=self.registry
        )

    def _gauges(self) -> None:
        self.ready = self._gauge("ready", "1 when this process does its work")
        self.active = self._gauge("active", "1 when this process has the lead of its service")
        self._reached = self._gauge("reached", "1 when the part answered the last scrape", ["part"])
        self.position = self._gauge("position", "Position of the checkpoint on the log")
        self.lag = self._gauge("lag_messages", "Messages on the log not yet taken")
        self.parked = self._gauge("parked_messages", "Messages that wait for the operator")
        self.backlog = self._gauge("outbox_events", "Events not published yet")
        self.backlog_age = self._gauge("outbox_age_seconds", "Age of the oldest of these events")
        self._committed_at = self._gauge("last_commit_seconds", "When, in seconds since 1970")
        build = self._gauge(
            "build_info", "Always 1; the label says which version runs", ["version"]
        )
        build.labels(version("sayembara-shared")).set(1)

    def _of_the_log(self) -> None:
        self._taken = self._counter("messages_taken", "Messages of other services taken", ["type"])
        self._set_aside = self._counter("messages_parked", "Messages parked", ["outcome"])
        self._published = self._counter("events_published", "Events put on the log")
        self._batches = self._histogram("batch_messages", "Messages per transaction", BATCH_BUCKETS)
        self._transactions = self._histogram(
            "transaction_seconds", "From asking for a transaction to its commit", SECONDS_BUCKETS
        )

    def _of_http(self) -> None:
        self._requests = self._counter(
            "http_requests", "HTTP requests answered", ["method", "route", "status"]
        )
        self._answers = self._histogram(
            "http_seconds",
            "From a request to the beginning of its answer",
            SECONDS_BUCKETS,
            ["method", "route"],
        )

    def taken(self, types: Mapping[str, int], count: int) -> None:
        """A batch of `count` messages was taken; of those that concern it so many of each type."""
        self._batches.observe(count)
        for type_, how_many in types.items():
            self._taken.labels(type_ if type_ in BY_TYPE else "unknown").inc(how_many)

    def set_aside(self, outcomes: Iterable[str]) -> None:
        """Messages were parked with these outcomes."""
        for outcome in outcomes:
            self._set_aside.labels(outcome).inc()

    def published(self, count: int) -> None:
        """So many events were put on the log together."""
        self._published.inc(count)

    def committed(self, seconds: float) -> None:
        """A transaction was committed, so many seconds after it was asked for."""
        self._transactions.observe(seconds)
        self._committed_at.set_to_current_time()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template of its address."""
        self._requests.labels(method, route, str(status)).inc()
        self._answers.labels(method, route).observe(seconds)

    def reached(self, part: str, *, answered: bool) -> None:
        """Whether the store or the log answered when it was asked for its figures."""
        self._reached.labels(part).set(answered)

    def counted(self, name: str, counts: Mapping[str, int]) -> None:
        """What the tally of that name counted just now."""
        for value, count in counts.items():
            self._tallies[name].labels(value).set(count)

    def text(self) -> bytes:
        """All of it in the Prometheus text format."""
        return generate_latest(self.registry)


def set_up_logs(service: str, level: str) -> None:
    """Log as JSON lines on standard error, with the service and what is bound to the context."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    of_libraries = logging.StreamHandler(sys.stderr)
    of_libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[of_libraries])
