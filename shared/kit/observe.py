"""What can be seen of a running service: structured logs and metrics."""

import logging
import sys
from typing import Any

import structlog
from contracts.registry import BY_TYPE
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BATCH_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Meters:
    """The metrics of one service. Labels are event types and outcomes, never ids."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        known: dict[str, Any] = {"registry": self.registry}
        self._taken = Counter(
            "sayembara_messages_taken", "Messages taken from the log", ["type"], **known
        )
        self._published = Counter("sayembara_events_published", "Events put on the log", **known)
        self._batches = Histogram(
            "sayembara_batch_messages", "Messages per transaction", buckets=BATCH_BUCKETS, **known
        )
        self.position = Gauge("sayembara_position", "Position of the checkpoint", **known)
        self.lag = Gauge("sayembara_lag_messages", "Messages on the log not yet taken", **known)
        self.parked = Gauge("sayembara_parked_messages", "Messages parked", **known)
        self.backlog = Gauge("sayembara_outbox_events", "Events not published yet", **known)
        self.backlog_age = Gauge(
            "sayembara_outbox_age_seconds", "Age of the oldest event not published yet", **known
        )
        self.ready = Gauge("sayembara_ready", "1 when the service is ready", **known)
        Gauge("sayembara_service", "The service of this process", ["service"], **known).labels(
            service
        ).set(1)

    def taken(self, types: list[str]) -> None:
        """A batch of messages of these types was taken in one transaction."""
        self._batches.observe(len(types))
        for type_ in types:
            self._taken.labels(type_ if type_ in BY_TYPE else "unknown").inc()

    def published(self, count: int) -> None:
        """So many events were put on the log together."""
        self._published.inc(count)

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
