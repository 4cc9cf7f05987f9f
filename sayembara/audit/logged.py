"""A message as it is on the log, however it was read."""

from dataclasses import dataclass
from datetime import datetime

from kit.heard import Heard


@dataclass(frozen=True)
class Logged(Heard):
    """A message as it is on the log, and when the server took it."""

    stored_at: datetime
