"""Score sheets: read one by one with the duty that they answer, written many at a time."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from contracts.evaluation import SheetEvent
from contracts.ids import EditionId, JurorId, StageId
from kit import bulk
from kit.store import Store
from sqlalchemy import Row, select

from evaluation_service.rules.facts import Assignment, Duty, Marks, Sheet
from evaluation_service.store.queries import (
    DUTIES,
    DUTY,
    LAST_SHEETS,
    SEATED,
    STANDING,
    where,
)
from evaluation_service.store.tables import sheets

Standing = tuple[Duty, Sheet | None]
"""How it stands between a juror and a proposal, and the sheet that stands, if any."""

TOGETHER_MAX = 5000
"""How many are read together: SQLite takes 32,766 values in one statement."""


@dataclass
class SheetStore(Store):
    """The sheets. Those of one transaction are held back until they are flushed or asked for."""

    _read: dict[Assignment, Standing] = field(default_factory=dict)
    _given: dict[Assignment, Sheet] = field(default_factory=dict)
    _held: list[dict[str, Any]] = field(default_factory=list)

    def duty(self, assignment: Assignment) -> Standing:
        """How it stands between the juror and the proposal, and the sheet that stands, if any."""
        duty, kept = self._read.get(assignment) or self._read_one(assignment)
        return duty, self._given.get(assignment, kept)

    def _read_one(self, assignment: Assignment) -> Standing:
        row = self.connection.execute(DUTY, _key(assignment)).one()
        seated = row.panel is not None
        duty = Duty(row.entered, seated, row.recused, row.closed, row.panel or None)
        return duty, None if row.version is None else _sheet(row.version, row.marks)

    def read_ahead(self, keys: Sequence[Assignment]) -> None:
        """Read together how these stand, when there are several."""
        stages: dict[tuple[EditionId, StageId], list[Assignment]] = defaultdict(list)
        for each in keys if len(keys) > 1 else ():
            stages[each.edition, each.stage].append(each)
        for group in stages.values():
            for start in range(0, len(group), TOGETHER_MAX):
                self._read.update(self._read_together(group[start : start + TOGETHER_MAX]))

    def _read_together(self, group: Sequence[Assignment]) -> Iterator[tuple[Assignment, Standing]]:
        ask, here = self.connection.execute, _here(group)
        entered, recused, closed = ({row[1:] for row in ask(each, here)} for each in DUTIES)
        panels = {row.juror: row.panel for row in ask(SEATED, here)}
        kept = {(row.proposal, row.juror, row.part): row for row in ask(LAST_SHEETS, here)}
        for each in group:
            both, panel = (each.proposal, each.juror), panels.get(each.juror)
            seated, is_closed = panel is not None, () in closed
            duty = Duty(both[:1] in entered, seated, both in recused, is_closed, panel or None)
            row = kept.get((*both, each.part or ""))
            yield each, (duty, None if row is None else _sheet(row.version, row.marks))

    def standing(
        self, edition: EditionId, stage: StageId, jurors: Collection[JurorId]
    ) -> dict[Assignment, Marks]:
        """The marks on every sheet of these jurors that counts in the stage."""
        self.flush()
        here = {"edition": edition, "stage": stage, "jurors": list(jurors)}
        return {
            Assignment(edition, stage, row.proposal, row.juror, row.part or None): _exact(row.marks)
            for row in self.connection.execute(STANDING, here)
        }

    def read_again(self) -> None:
        """Something else than sheets was changed: what was read may not stand any more."""
        self._read.clear()

    def add_sheet(self, event: SheetEvent) -> None:
        """Keep one version of a sheet, its marks as the exact decimal text."""
        given = {each.criterion: each.value for each in event.marks}
        key = Assignment(event.edition, event.stage, event.proposal, event.juror, event.part)
        self._given[key] = Sheet(event.version, given)
        self._held.append(
            {
                **_key(key),
                "version": event.version,
                "marks": json.dumps({criterion: str(mark) for criterion, mark in given.items()}),
                "reason": getattr(event, "reason", None),
                "entered_by": event.entered and event.entered.by,
                "entered_from": event.entered and event.entered.source,
                "handed_in_at": self.now,
            }
        )

    def sheet_versions(self, assignment: Assignment) -> list[Row[Any]]:
        """Every version of the sheet, the first one first."""
        self.flush()
        mine = where(sheets, **_key(assignment))
        return list(self.connection.execute(select(sheets).where(mine).order_by(sheets.c.version)))

    def flush(self) -> None:
        """Write the sheets that are held back."""
        bulk.write(self.connection, sheets, self._held)
        self._held.clear()

    def forget(self) -> None:
        """Drop the sheets of this transaction."""
        self._read.clear()
        self._given.clear()
        self._held.clear()


def _key(assignment: Assignment) -> dict[str, str]:
    return {**vars(assignment), "part": assignment.part or ""}


def _here(group: Sequence[Assignment]) -> dict[str, Any]:
    return {
        "edition": group[0].edition,
        "stage": group[0].stage,
        "proposals": list({each.proposal for each in group}),
        "jurors": list({each.juror for each in group}),
    }


def _sheet(version: int, marks: str) -> Sheet:
    return Sheet(version, _exact(marks))


def _exact(marks: str) -> dict[str, Decimal]:
    return {criterion: Decimal(mark) for criterion, mark in json.loads(marks).items()}
