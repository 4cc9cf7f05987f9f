"""Who sits where in a stage: read once in a transaction, and only where a formula needs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from contracts.evaluation import JurorSeated
from contracts.ids import EditionId, JurorId, StageId
from kit.store import Store
from sqlalchemy import Select, bindparam, select

from ranking_service.engine.sheets import Seat
from ranking_service.store import tables

StageKey = tuple[EditionId, StageId]


@dataclass
class SeatStore(Store):
    """The seats of the stages that this transaction asked for, and those that are new."""

    _seats: dict[StageKey, dict[JurorId, Seat]] = field(default_factory=dict)
    _seated: dict[tuple[StageKey, JurorId], Seat] = field(default_factory=dict)

    def seats(self, edition: EditionId, stage: StageId) -> Mapping[JurorId, Seat]:
        """Where each juror of the stage sits."""
        key = (edition, stage)
        if key not in self._seats:
            rows = self.connection.execute(_seats_of(), {"edition": edition, "stage": stage})
            self._seats[key] = {row.juror: Seat(row.panel, row.agency) for row in rows}
            for (where, juror), seat in self._seated.items():
                if where == key:
                    self._seats[key][juror] = seat
        return self._seats[key]

    def keep_seat(self, event: JurorSeated) -> None:
        """Keep where the juror sits."""
        key, seat = (event.edition, event.stage), Seat(event.panel, event.agency)
        self._seated[key, event.juror] = seat
        if key in self._seats:
            self._seats[key][event.juror] = seat

    def flush(self) -> None:
        """Write the seats that are new."""
        rows = [
            {"edition": edition, "stage": stage, "juror": juror, **seat._asdict()}
            for ((edition, stage), juror), seat in sorted(self._seated.items())
        ]
        self.put(tables.seats, rows)
        self._seated.clear()

    def forget(self) -> None:
        """Drop what was read, and what was not written."""
        self._seats.clear()
        self._seated.clear()


@lru_cache
def _seats_of() -> Select[Any]:
    seats = tables.seats.c
    here = (seats.edition == bindparam("edition"), seats.stage == bindparam("stage"))
    return select(seats.juror, seats.panel, seats.agency).where(*here)
