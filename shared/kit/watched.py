"""What is seen of HTTP: each request in the metrics, each command in a trace."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit.observe import Meters
from kit.tracing import REQUEST, TRACEPARENT, TRACES, Span

READING = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = READING | {"POST", "PUT", "PATCH", "DELETE"}
OTHER = "other"
"""The label of what a caller made up: a series for each of these would have no bound."""


class Watched:
    """A layer around the HTTP application. It changes nothing that comes and goes."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app = app
        self.meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what became of it."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun_at = time.monotonic()
        answers: list[tuple[int, float]] = []

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answers.append((message["status"], time.monotonic() - begun_at))
            await send(message)

        with _span(scope) as span:
            REQUEST.set(span.traceparent)
            try:
                return await self.app(scope, receive, noted)
            finally:
                # What raised is answered further out, as a mistake in the service.
                status, seconds = answers[0] if answers else (500, time.monotonic() - begun_at)
                self._note(scope, span, status, seconds)

    def _note(self, scope: Scope, span: Span, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        route = str(getattr(scope.get("route"), "path", OTHER))
        self.meters.answered(method, route, status, seconds)
        span.name(f"{method} {route}", **{"http.response.status_code": status})


def _span(scope: Scope) -> Span:
    if scope["method"] in READING:
        return Span(None, None)
    name = TRACEPARENT.encode()
    cause = next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
    return TRACES.span(scope["method"], [cause], first=True)
