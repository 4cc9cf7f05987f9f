"""The clock that deadlines are read from: the real one, or one that a rehearsal sets."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The present, in UTC. In a rehearsal it can be set, and runs on from there."""

    def __init__(self, *, rehearsal: bool = False) -> None:
        self.rehearsal = rehearsal
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The present moment by this clock."""
        return datetime.now(UTC) + self._ahead

    def set(self, moment: datetime) -> None:
        """From now on this clock runs from `moment`; only a rehearsal's clock can be set."""
        if not self.rehearsal:
            raise RuntimeError("this service runs on real time; its clock cannot be set")
        self._ahead = moment.astimezone(UTC) - datetime.now(UTC)
