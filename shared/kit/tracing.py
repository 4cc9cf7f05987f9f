"""Traces: one from a request to everything that follows from it, through OpenTelemetry.

The context goes with the event, as the W3C header `traceparent`. It is written into the outbox in
the transaction that says the event, so that a trace goes on after a crash. A process that is given
no endpoint makes no spans; a context that comes in is passed on as it is.
"""

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from importlib.metadata import version
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, SpanContext, StatusCode, TraceFlags, Tracer

from kit.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

TRACEPARENT = "traceparent"
FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
EXPORT_SECONDS = 5
END_SECONDS = 2.0
LINKS_MAX = 1000
"""One link for each message of the largest batch; OpenTelemetry would keep 128."""

REQUEST: ContextVar[str | None] = ContextVar("traceparent of the request", default=None)
"""The traceparent of the request that is answered now."""


class Span:
    """A piece of work in a trace. `traceparent` goes with what the work says; None: no trace."""

    def __init__(self, span: trace.Span | None, traceparent: str | None) -> None:
        self._span = span
        self.traceparent = traceparent

    def name(self, name: str, **facts: str | int) -> None:
        """Call the work by a name that was not known when it began, with facts about it."""
        if self._span is not None:
            self._span.update_name(name)
            self._span.set_attributes(facts)

    def fail(self, why: str) -> None:
        """The work failed."""
        if self._span is not None:
            self._span.set_status(StatusCode.ERROR, why)

    def end(self) -> None:
        """The work is done. A span that never ends is not shown."""
        if self._span is not None:
            self._span.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(type(error).__name__)
        self.end()


class Traces:
    """The traces of this process; it makes spans once `begin` was called with an endpoint."""

    def __init__(self) -> None:
        self.tracer: Tracer | None = None
        self._shutdown: Callable[[], None] = lambda: None

    def begin(self, service: str, settings: Settings) -> None:
        """Send spans to the collector that the settings name; without one nothing happens."""
        if settings.otlp_endpoint:
            provider = _provider(service, settings.otlp_endpoint, settings.trace_ratio)
            self.tracer, self._shutdown = provider.get_tracer("sayembara"), provider.shutdown

    def end(self) -> None:
        """Send what is not sent yet; what a slow collector has not taken soon is dropped."""
        last = Thread(target=self._shutdown, daemon=True)
        last.start()
        last.join(END_SECONDS)

    def span(self, name: str, causes: Iterable[str | None], *, first: bool = False) -> Span:
        """Work that follows from these contexts: in the trace of the last, linked to the others.

        What follows from none is not traced; the `first` work begins a trace then.
        """
        known = list(dict.fromkeys(each for each in causes if each and FORM.fullmatch(each)))
        last = known[-1] if known else None
        if self.tracer is None or not (known or first):
            return Span(None, last)
        links = [Link(_context(each)) for each in known[:-1]]
        span = self.tracer.start_span(name, _below(last), links=links)
        return Span(span, _traceparent(span.get_span_context()))


TRACES = Traces()


def _provider(service: str, endpoint: str, ratio: float) -> "TracerProvider":
    # Only a service that is traced pays for loading the SDK.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - as above
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415 - as above

    facts = {"service.name": f"sayembara-{service}", "service.version": version("sayembara-shared")}
    provider = TracerProvider(
        resource=Resource.create(facts),
        sampler=ParentBasedTraceIdRatio(ratio),
        span_limits=SpanLimits(max_links=LINKS_MAX),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _below(traceparent: str | None) -> Context:
    if traceparent is None:
        return Context()
    return trace.set_span_in_context(trace.NonRecordingSpan(_context(traceparent)), Context())


def _context(traceparent: str) -> SpanContext:
    trace_id, span_id, flags = (int(part, 16) for part in traceparent.split("-")[1:])
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
