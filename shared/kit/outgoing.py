"""A message on its way to the log, and the header by which the log is asked how far that went."""

from dataclasses import dataclass

OUTBOX_HEADER = "Sayembara-Outbox"
"""The header that carries the outbox position: how the relay finds its place on the log."""

JUST_SAID = "just said"
"""Where a connection holds what was said in its transaction, until that is committed."""


@dataclass(frozen=True)
class Outgoing:
    """A row of the outbox that is to be published."""

    id: int
    subject: str
    headers: dict[str, str]
    body: bytes
