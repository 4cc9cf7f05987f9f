"""What a stage holds of its proposals, read and written many at a time.

A transaction reads the proposals that it needs together, works on them here, and writes what it
changed together, when the kit says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from contracts.ids import EditionId, JurorId, ProposalId, StageId
from contracts.submission import ProposalAdmitted
from kit import bulk
from kit.store import Store
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, delete, select

from ranking_service.engine.exact import Fraction
from ranking_service.rules import Marks, score_text
from ranking_service.store import tables
from ranking_service.store.records import Proposal, Tally

Key = tuple[EditionId, StageId, ProposalId]
TOGETHER_MAX = 1000


class Sheet(NamedTuple):
    """The version of a juror's sheet that is kept."""

    version: int
    marks: Marks


@dataclass
class Dossier:
    """What a stage holds of one proposal; no tally while the proposal is not in the stage."""

    tally: Tally | None = None
    sheets: dict[JurorId, Sheet] = field(default_factory=dict)
    recused: set[JurorId] = field(default_factory=set)


@dataclass
class DossierStore(Store):
    """The dossiers of one transaction, and which tallies it changed.

    `touched` holds each tally as it was before this transaction first changed it; None when the
    proposal was not in the stage. `unsettled` are the stages that are to be worked out as a whole.
    """

    touched: dict[Key, Tally | None] = field(default_factory=dict)
    unsettled: set[tuple[EditionId, StageId]] = field(default_factory=set)
    _proposals: dict[tuple[EditionId, ProposalId], Proposal | None] = field(default_factory=dict)
    _admitted: list[dict[str, object]] = field(default_factory=list)
    _dossiers: dict[Key, Dossier] = field(default_factory=dict)
    _changed: set[Key] = field(default_factory=set)
    _sheets: dict[tuple[Key, JurorId], Sheet] = field(default_factory=dict)
    _recusals: list[dict[str, str]] = field(default_factory=list)

    def add_proposal(self, event: ProposalAdmitted) -> None:
        """Keep a proposal that was admitted."""
        facts = (event.proposal, event.title, event.agency, event.agency_name)
        proposal = Proposal(*facts, gone=False)
        self._proposals[event.edition, event.proposal] = proposal
        self._admitted.append({"edition": event.edition, **vars(proposal)})

    def proposal(self, edition: EditionId, proposal: ProposalId) -> Proposal | None:
        """A proposal that was admitted, whether it is gone since or not; None when never."""
        if (edition, proposal) not in self._proposals:
            self.load_proposals(edition, [proposal])
        return self._proposals[edition, proposal]

    def load_proposals(self, edition: EditionId, proposals: Iterable[ProposalId]) -> None:
        """Read these proposals together; those that are here already stay as they are."""
        missing = sorted(each for each in proposals if (edition, each) not in self._proposals)
        query = proposals_among(self.connection.dialect.name)
        for start in range(0, len(missing), TOGETHER_MAX):
            some = missing[start : start + TOGETHER_MAX]
            self._proposals.update({(edition, each): None for each in some})
            rows = self.connection.execute(query, {"edition": edition, "proposals": some})
            self._proposals.update({(edition, row[0]): Proposal(*row) for row in rows.all()})

    def dossier(self, key: Key) -> Dossier:
        """What the stage holds of the proposal."""
        if key not in self._dossiers:
            self.load([key])
        return self._dossiers[key]

    def load(self, keys: Iterable[Key]) -> None:
        """Read these dossiers together; those that are here already stay as they are."""
        missing = sorted(set(keys) - self._dossiers.keys())
        for (edition, stage), group in groupby(missing, key=itemgetter(0, 1)):
            proposals = [proposal for _, _, proposal in group]
            for start in range(0, len(proposals), TOGETHER_MAX):
                self._load(edition, stage, proposals[start : start + TOGETHER_MAX])

    def _load(self, edition: EditionId, stage: StageId, proposals: Sequence[ProposalId]) -> None:
        here = (edition, stage, proposals)
        found = {each: Dossier() for each in proposals}
        for proposal, *tally in self._rows(tables.standings, ("score", "sheets", "numbers"), *here):
            score, sheets, numbers = tally
            found[proposal].tally = Tally(number(score), sheets, numbers_in(numbers))
        for proposal, *sheet in self._rows(tables.sheets, ("juror", "version", "marks"), *here):
            juror, version, marks = sheet
            found[proposal].sheets[juror] = Sheet(version, _marks(marks))
        for proposal, juror in self._rows(tables.recusals, ("juror",), *here):
            found[proposal].recused.add(juror)
        self._dossiers.update({(edition, stage, each): found[each] for each in proposals})

    def _rows(
        self,
        table: Table,
        columns: tuple[str, ...],
        edition: EditionId,
        stage: StageId,
        proposals: Sequence[ProposalId],
    ) -> Sequence[Any]:
        query = of_stage_among(self.connection.dialect.name, table, columns)
        here = {"edition": edition, "stage": stage, "proposals": proposals}
        return self.connection.execute(query, here).all()

    def keep_tally(self, key: Key, tally: Tally | None) -> None:
        """The proposal's sheets come to this now; None when it leaves the stage."""
        dossier = self.dossier(key)
        self.touched.setdefault(key, dossier.tally)
        dossier.tally = tally
        self._changed.add(key)

    def keep_sheet(self, key: Key, juror: JurorId, sheet: Sheet) -> None:
        """Keep the juror's sheet instead of an older one."""
        self.dossier(key).sheets[juror] = self._sheets[key, juror] = sheet

    def add_recusal(self, key: Key, juror: JurorId) -> None:
        """The juror stepped aside for the proposal."""
        self.dossier(key).recused.add(juror)
        self._recusals.append({**_named(key), "juror": juror})

    def flush(self) -> None:
        """Write the proposals that are new, and the tallies, sheets and recusals that changed."""
        bulk.write(self.connection, tables.proposals, self._admitted)
        tallies = {key: self._dossiers[key].tally for key in sorted(self._changed)}
        kept = [_standing(key, tally) for key, tally in tallies.items() if tally is not None]
        self.put(tables.standings, kept)
        for key in (key for key, tally in tallies.items() if tally is None):
            here = at(tables.standings, **_named(key))
            self.connection.execute(delete(tables.standings).where(here))
        self.put(tables.sheets, [_sheet(*each) for each in self._sheets.items()])
        bulk.write(self.connection, tables.recusals, self._recusals)
        self._written()

    def forget(self) -> None:
        """Drop what was read, and what was not written."""
        self._proposals.clear()
        self._dossiers.clear()
        self._written()

    def _written(self) -> None:
        self._admitted.clear()
        self._changed.clear()
        self._sheets.clear()
        self._recusals.clear()


@lru_cache
def proposals_among(dialect: str) -> Select[Any]:
    """The proposals of an edition that are named."""
    p = tables.proposals.c
    query = select(p.proposal, p.title, p.agency, p.agency_name, p.gone)
    named = bulk.among(dialect, p.proposal, "proposals")
    return query.where(p.edition == bindparam("edition"), named)


@lru_cache
def of_stage_among(dialect: str, table: Table, columns: tuple[str, ...]) -> Select[Any]:
    """These columns of what a stage holds of the proposals that are named."""
    query = select(table.c.proposal, *(table.c[name] for name in columns))
    here = at(table, edition=bindparam("edition"), stage=bindparam("stage"))
    return query.where(here, bulk.among(dialect, table.c.proposal, "proposals"))


def at(table: Table, **key: object) -> ColumnElement[bool]:
    """The rows of the table whose columns have these values."""
    return and_(*(table.c[name] == value for name, value in key.items()))


def number(text: str | None) -> Decimal | None:
    """An exact number as it is kept: text."""
    return None if text is None else Decimal(text)


def numbers_in(text: str) -> dict[str, Fraction]:
    """Exact numbers by name, as they are kept: text of their quotients."""
    return {name: Fraction(each) for name, each in from_json(text).items()}


def _named(key: Key) -> dict[str, str]:
    return dict(zip(("edition", "stage", "proposal"), key, strict=True))


def _standing(key: Key, tally: Tally) -> dict[str, Any]:
    numbers = to_json({name: str(each) for name, each in sorted(tally.numbers.items())}).decode()
    score = score_text(tally.score)
    return {**_named(key), "score": score, "sheets": tally.sheets, "numbers": numbers}


def _sheet(place: tuple[Key, JurorId], sheet: Sheet) -> dict[str, Any]:
    key, juror = place
    edition, stage, proposal = key
    return {
        "edition": edition,
        "stage": stage,
        "proposal": proposal,
        "juror": juror,
        "version": sheet.version,
        "marks": to_json({name: str(mark) for name, mark in sheet.marks.items()}).decode(),
    }


def _marks(text: str) -> Marks:
    return {criterion: Decimal(mark) for criterion, mark in from_json(text).items()}
