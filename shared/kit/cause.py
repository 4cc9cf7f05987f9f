"""Why something is said: what a trace of causes and effects is made from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """Why something is said: the request or event it began with, and the event right before it."""

    correlation: str
    causation: str | None = None
    traceparent: str | None = None
