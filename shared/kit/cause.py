"""Why something is said: what a trace of causes and effects is made from."""

from typing import NamedTuple


class Cause(NamedTuple):
    """Why something is said: the request or event it began with, and the event right before it."""

    correlation: str
    causation: str | None = None
    traceparent: str | None = None
