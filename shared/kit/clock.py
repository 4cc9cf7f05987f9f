"""The clock that deadlines are read from: the real one, or one that a rehearsal sets."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from kit.tables import rehearsal_clock


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

    def keep(self, connection: Connection) -> None:
        """Write down how far this clock is ahead, so that a restart does not lose it."""
        connection.execute(delete(rehearsal_clock))
        connection.execute(insert(rehearsal_clock).values(ahead_seconds=self._ahead_seconds()))

    def recall(self, connection: Connection) -> None:
        """Run as far ahead as was written down; a clock on real time never does."""
        kept = connection.scalar(select(rehearsal_clock.c.ahead_seconds))
        if self.rehearsal and kept is not None:
            self._ahead = timedelta(seconds=kept)

    def _ahead_seconds(self) -> int:
        return round(self._ahead.total_seconds())
