"""What a stage holds of its proposals, read and written many at a time.

A transaction reads the proposals that it needs together, works on them here, and writes what it
changed together, when the kit says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from contracts.ids import EditionId, JurorId, PartId, ProposalId, StageId
from contracts.submission import ProposalAdmitted
from kit import bulk
from pydantic_core import to_json
from sqlalchemy import Select, Table, bindparam, delete, select

from ranking_service.store import tables
from ranking_service.store.records import Proposal, Tally
from ranking_service.store.rows import (
    Giver,
    Key,
    Sheet,
    at,
    key_row,
    marks_in,
    number,
    numbers_in,
    sheet_row,
    standing_row,
)
from ranking_service.store.seats import SeatStore

TOGETHER_MAX = 1000
STANDINGS = ("score", "sheets", "numbers", "asked")
SHEETS = ("juror", "part", "version", "marks")


@dataclass
class Dossier:
    """What a stage holds of one proposal; no tally while the proposal is not in the stage.

    `asked` is how many sheets in all were called for.
    """

    tally: Tally | None = None
    asked: int = 0
    sheets: dict[Giver, Sheet] = field(default_factory=dict)
    recused: set[JurorId] = field(default_factory=set)

    @property
    def jurors(self) -> set[JurorId]:
        """Everyone who marked the proposal or stepped aside."""
        return {*self.recused, *(juror for juror, _ in self.sheets)}

    @property
    def parts(self) -> set[PartId]:
        """The parts that are marked on a sheet that counts."""
        return {part for juror, part in self.sheets if part and juror not in self.recused}


def nothing_beside(_: Key) -> Mapping[Giver, Sheet]:
    """All sheets are in the table."""
    return {}


@dataclass
class DossierStore(SeatStore):
    """The dossiers of one transaction, and which tallies it changed.

    `touched` holds each tally as it was before this transaction first changed it; None when the
    proposal was not in the stage. `dirty` are the proposals whose tally is to be worked out again,
    `unsettled` the stages that are to be worked out as a whole. `remade` are the stages whose rules
    are other ones now. `beside` tells the sheets of a proposal that count and are not in the table:
    a replay holds them in memory.
    """

    touched: dict[Key, Tally | None] = field(default_factory=dict)
    dirty: set[Key] = field(default_factory=set)
    unsettled: set[tuple[EditionId, StageId]] = field(default_factory=set)
    remade: set[tuple[EditionId, StageId]] = field(default_factory=set)
    beside: Callable[[Key], Mapping[Giver, Sheet]] = nothing_beside
    _proposals: dict[tuple[EditionId, ProposalId], Proposal | None] = field(default_factory=dict)
    _admitted: list[dict[str, object]] = field(default_factory=list)
    _dossiers: dict[Key, Dossier] = field(default_factory=dict)
    _changed: set[Key] = field(default_factory=set)
    _sheets: dict[tuple[Key, Giver], Sheet] = field(default_factory=dict)
    _recusals: list[dict[str, str]] = field(default_factory=list)

    def add_proposal(self, event: ProposalAdmitted) -> None:
        """Keep a proposal that was admitted."""
        facts = (event.proposal, event.title, event.agency, event.agency_name)
        proposal = Proposal(*facts, gone=False)
        self._proposals[event.edition, event.proposal] = proposal
        labels = to_json(event.labels).decode()
        self._admitted.append({"edition": event.edition, **proposal._asdict(), "labels": labels})

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
        for proposal, score, sheets, numbers, asked in self._rows(
            tables.standings, STANDINGS, *here
        ):
            found[proposal].tally = Tally(number(score), sheets, numbers_in(numbers))
            found[proposal].asked = asked
        for proposal, juror, part, version, marks in self._rows(tables.sheets, SHEETS, *here):
            found[proposal].sheets[juror, part] = Sheet(version, marks_in(marks))
        for proposal in proposals:
            for giver, sheet in self.beside((edition, stage, proposal)).items():
                kept = found[proposal].sheets.get(giver)
                if kept is None or kept.version < sheet.version:
                    found[proposal].sheets[giver] = sheet
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

    def keep_asked(self, key: Key, sheets: int) -> None:
        """So many sheets in all are called for from here on."""
        self.dossier(key).asked = sheets
        self._changed.add(key)

    def keep_sheet(self, key: Key, giver: Giver, sheet: Sheet) -> None:
        """Keep the juror's sheet instead of an older one."""
        self.dossier(key).sheets[giver] = self._sheets[key, giver] = sheet

    def add_recusal(self, key: Key, juror: JurorId) -> None:
        """The juror stepped aside for the proposal."""
        self.dossier(key).recused.add(juror)
        self._recusals.append({**key_row(key), "juror": juror})

    def flush(self) -> None:
        """Write the proposals and seats that are new, and what changed of the dossiers."""
        super().flush()
        bulk.write(self.connection, tables.proposals, self._admitted)
        changed = {key: self._dossiers[key] for key in sorted(self._changed)}
        kept = (standing_row(key, it.tally, it.asked) for key, it in changed.items() if it.tally)
        self.put(tables.standings, list(kept))
        for key in (key for key, dossier in changed.items() if dossier.tally is None):
            here = at(tables.standings, **key_row(key))
            self.connection.execute(delete(tables.standings).where(here))
        self.put(tables.sheets, [sheet_row(*each) for each in self._sheets.items()])
        bulk.write(self.connection, tables.recusals, self._recusals)
        self._written()

    def forget(self) -> None:
        """Drop what was read, and what was not written."""
        super().forget()
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
