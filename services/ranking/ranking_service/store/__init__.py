"""What ranking keeps: editions, who stands in which stage, the sheets that count, awards."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from contracts.ids import Digest, EditionId, JurorId, ProposalId, StageId
from contracts.ranking import ProposalAwarded, StageRanked
from contracts.rulebook import Rulebook
from contracts.submission import EditionOpened, ProposalAdmitted
from kit.store import Store
from sqlalchemy import ColumnElement, Table, and_, delete, insert, select, update

from ranking_service.rules import Marks, Place, counted, score_text
from ranking_service.store import tables
from ranking_service.store.records import Entrant, GivenAward, Proposal, Ranking, Tally
from ranking_service.store.tables import metadata

__all__ = ["Entrant", "GivenAward", "Proposal", "Ranking", "RankingStore", "Tally", "metadata"]


def _at(table: Table, **key: object) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


@dataclass
class RankingStore(Store):
    """Ranking's tables inside one transaction, and which live standings it changed.

    `touched` holds each row as it was before this transaction first changed it; None when the
    proposal was not in the stage.
    """

    touched: dict[tuple[EditionId, StageId, ProposalId], Tally | None] = field(default_factory=dict)
    _rulebooks: dict[EditionId, Rulebook] = field(default_factory=dict)

    def add_edition(self, event: EditionOpened) -> None:
        """Keep an edition that was opened."""
        self._insert(
            tables.editions,
            edition=event.edition,
            rulebook=event.rulebook.model_dump_json(),
            rulebook_digest=event.rulebook_digest,
            announced=False,
        )

    def rulebook(self, edition: EditionId) -> Rulebook | None:
        """The rulebook of an edition; None when the edition is not known."""
        if edition not in self._rulebooks:
            text = self._edition(edition, "rulebook")
            if text is None:
                return None
            self._rulebooks[edition] = Rulebook.model_validate_json(text)
        return self._rulebooks[edition]

    def rulebook_digest(self, edition: EditionId) -> Digest | None:
        """The digest that the rulebook was published with; None when the edition is not known."""
        digest: Digest | None = self._edition(edition, "rulebook_digest")
        return digest

    def edition_ids(self) -> list[EditionId]:
        """Every edition, by id."""
        editions = tables.editions.c.edition
        return list(self.connection.scalars(select(editions).order_by(editions)))

    def is_announced(self, edition: EditionId) -> bool:
        """Whether the results of the edition are public."""
        return bool(self._edition(edition, "announced"))

    def mark_announced(self, edition: EditionId) -> None:
        """The results of the edition are public."""
        self._update(tables.editions, {"edition": edition}, announced=True)

    def add_proposal(self, event: ProposalAdmitted) -> None:
        """Keep a proposal that was admitted."""
        facts = event.model_dump(include={"edition", "proposal", "title", "agency", "agency_name"})
        self._insert(tables.proposals, **facts, gone=False)

    def proposal(self, edition: EditionId, proposal: ProposalId) -> Proposal | None:
        """A proposal that was admitted, whether it is gone since or not; None when never."""
        p = tables.proposals.c
        columns = (p.proposal, p.title, p.agency, p.agency_name, p.gone)
        key = _at(tables.proposals, edition=edition, proposal=proposal)
        row = self.connection.execute(select(*columns).where(key)).one_or_none()
        return None if row is None else Proposal(*row)

    def mark_gone(self, edition: EditionId, proposal: ProposalId) -> None:
        """The proposal was withdrawn or disqualified."""
        self._update(tables.proposals, {"edition": edition, "proposal": proposal}, gone=True)

    def enter(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> None:
        """The proposal is judged in this stage; no sheet counts yet."""
        self._touch(edition, stage, proposal)
        key = {"edition": edition, "stage": stage, "proposal": proposal}
        self._insert(tables.standings, **key, score=None, sheets=0, rank=None, advanced=None)

    def leave(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> None:
        """The proposal is not judged in this stage any more."""
        self._touch(edition, stage, proposal)
        key = _at(tables.standings, edition=edition, stage=stage, proposal=proposal)
        self.connection.execute(delete(tables.standings).where(key))

    def tally(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> Tally | None:
        """What the proposal's sheets come to; None when it is not in the stage."""
        s = tables.standings.c
        key = _at(tables.standings, edition=edition, stage=stage, proposal=proposal)
        row = self.connection.execute(select(s.score, s.sheets).where(key)).one_or_none()
        return None if row is None else Tally(_number(row.score), row.sheets)

    def keep_tally(
        self, edition: EditionId, stage: StageId, proposal: ProposalId, tally: Tally
    ) -> None:
        """The proposal's sheets come to this now."""
        self._touch(edition, stage, proposal)
        key = {"edition": edition, "stage": stage, "proposal": proposal}
        score = score_text(tally.score)
        self._update(tables.standings, key, score=score, sheets=tally.sheets)

    def _touch(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> None:
        key = (edition, stage, proposal)
        if key not in self.touched:
            self.touched[key] = self.tally(*key)

    def entrants(self, edition: EditionId, stage: StageId) -> dict[ProposalId, Entrant]:
        """Everyone who stands in the stage."""
        p, s = tables.proposals.c, tables.standings.c
        query = (
            select(p.title, p.agency, p.agency_name, *s)
            .join_from(
                tables.standings,
                tables.proposals,
                and_(p.edition == s.edition, p.proposal == s.proposal),
            )
            .where(_at(tables.standings, edition=edition, stage=stage))
        )
        return {row.proposal: _entrant(row) for row in self.connection.execute(query)}

    def scores(self, edition: EditionId, stage: StageId) -> dict[ProposalId, Decimal | None]:
        """The score of everyone who stands in the stage."""
        s = tables.standings.c
        key = _at(tables.standings, edition=edition, stage=stage)
        rows = self.connection.execute(select(s.proposal, s.score).where(key))
        return {row.proposal: _number(row.score) for row in rows}

    def sheet_version(
        self, edition: EditionId, stage: StageId, proposal: ProposalId, juror: JurorId
    ) -> int | None:
        """The version of the juror's sheet that is kept; None when there is none."""
        key = _at(tables.sheets, edition=edition, stage=stage, proposal=proposal, juror=juror)
        return self.connection.scalar(select(tables.sheets.c.version).where(key))

    def keep_sheet(self, key: dict[str, str], version: int, marks: Marks) -> None:
        """Keep the sheet at `key` (edition, stage, proposal, juror) instead of an older one."""
        text = json.dumps({criterion: str(mark) for criterion, mark in marks.items()})
        if not self._update(tables.sheets, key, version=version, marks=text):
            self._insert(tables.sheets, **key, version=version, marks=text)

    def counted_sheets(
        self, edition: EditionId, stage: StageId, proposal: ProposalId
    ) -> list[Marks]:
        """The marks of every sheet of the proposal that counts."""
        key = {"edition": edition, "stage": stage, "proposal": proposal}
        sheets = tables.sheets.c
        rows = self.connection.execute(
            select(sheets.juror, sheets.marks).where(_at(tables.sheets, **key))
        )
        by_juror = {row.juror: _marks(row.marks) for row in rows}
        query = select(tables.recusals.c.juror).where(_at(tables.recusals, **key))
        return counted(by_juror, set(self.connection.scalars(query)))

    def is_recused(self, key: dict[str, str]) -> bool:
        """Whether the juror at `key` (edition, stage, proposal, juror) stepped aside."""
        query = select(tables.recusals.c.juror).where(_at(tables.recusals, **key))
        return self.connection.scalar(query) is not None

    def add_recusal(self, key: dict[str, str]) -> None:
        """The juror at `key` (edition, stage, proposal, juror) stepped aside."""
        self._insert(tables.recusals, **key)

    def ranking(self, edition: EditionId, stage: StageId) -> Ranking | None:
        """The final ranking of the stage; None while its scoring is open."""
        r = tables.rankings.c
        key = _at(tables.rankings, edition=edition, stage=stage)
        row = self.connection.execute(select(r.position, r.digest).where(key)).one_or_none()
        return None if row is None else Ranking(*row)

    def keep_ranking(self, event: StageRanked, places: Iterable[Place]) -> None:
        """The ranking of the stage is final, and these are the ranks."""
        key = {"edition": event.edition, "stage": event.stage}
        self._insert(tables.rankings, **key, position=event.position, digest=event.digest)
        for each in places:
            self._update(tables.standings, {**key, "proposal": each.proposal}, rank=each.rank)

    def keep_advanced(
        self, edition: EditionId, stage: StageId, proposal: ProposalId, *, advanced: bool
    ) -> None:
        """Whether the proposal passed the cut of the stage."""
        key = {"edition": edition, "stage": stage, "proposal": proposal}
        self._update(tables.standings, key, advanced=advanced)

    def add_award(self, event: ProposalAwarded) -> None:
        """Keep an award."""
        named = {"edition", "award", "proposal", "basis", "rank", "reason", "by"}
        self._insert(tables.awards, **event.model_dump(include=named))

    def awards(self, edition: EditionId) -> list[GivenAward]:
        """Every award of the edition, by award, rank and proposal."""
        a = tables.awards.c
        columns = (a.award, a.proposal, a.basis, a.rank, a.reason, a.by)
        query = select(*columns).where(a.edition == edition)
        rows = self.connection.execute(query.order_by(a.award, a.rank, a.proposal))
        return [GivenAward(*row) for row in rows]

    def _edition(self, edition: EditionId, column: str) -> Any:
        query = select(tables.editions.c[column]).where(_at(tables.editions, edition=edition))
        return self.connection.scalar(query)

    def _insert(self, table: Table, **values: Any) -> None:
        self.connection.execute(insert(table).values(**values))

    def _update(self, table: Table, key: dict[str, str], **values: Any) -> bool:
        changed = self.connection.execute(update(table).where(_at(table, **key)).values(**values))
        return changed.rowcount > 0


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _marks(text: str) -> Marks:
    return {criterion: Decimal(mark) for criterion, mark in json.loads(text).items()}


def _entrant(row: Any) -> Entrant:
    facts = (row.proposal, row.title, row.agency, row.agency_name)
    return Entrant(*facts, _number(row.score), row.sheets, row.rank, row.advanced)
