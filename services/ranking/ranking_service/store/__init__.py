"""What ranking keeps: editions, who stands in which stage, the sheets that count, awards."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from contracts.ids import Digest, EditionId, ProposalId, StageId
from contracts.ranking import ProposalAdvanced, ProposalEliminated, StageRanked
from contracts.rulebook import Rulebook
from contracts.submission import EditionOpened
from kit import bulk
from sqlalchemy import Select, Table, and_, bindparam, insert, select, update

from ranking_service.engine.plan import Plan, plans_of
from ranking_service.places import Board, Order, Scored
from ranking_service.store import tables
from ranking_service.store.amendments import Amendment, AmendmentStore
from ranking_service.store.awards import AwardStore
from ranking_service.store.decisions import DecisionStore
from ranking_service.store.dossiers import Dossier, DossierStore, nothing_beside
from ranking_service.store.freezing import FreezeStore
from ranking_service.store.records import (
    Entrant,
    FinalRank,
    Frozen,
    GivenAward,
    Proposal,
    Ranking,
    ShownRow,
    Tally,
)
from ranking_service.store.results import entrant_in, result_row
from ranking_service.store.rows import Giver, Key, Sheet, at, number, numbers_in
from ranking_service.store.tables import metadata

__all__ = [
    "Amendment",
    "Dossier",
    "Entrant",
    "FinalRank",
    "Frozen",
    "GivenAward",
    "Giver",
    "Key",
    "Proposal",
    "Ranking",
    "RankingStore",
    "Sheet",
    "ShownRow",
    "Tally",
    "metadata",
    "nothing_beside",
]

StageKey = tuple[EditionId, StageId]


RANKING = select(
    tables.rankings.c.position, tables.rankings.c.digest, tables.rankings.c.rulebook
).where(at(tables.rankings, edition=bindparam("edition"), stage=bindparam("stage")))


@lru_cache
def _edition_column(column: str) -> Select[Any]:
    here = at(tables.editions, edition=bindparam("edition"))
    return select(tables.editions.c[column]).where(here)


@lru_cache(maxsize=64)
def _read_rulebook(text: str) -> Rulebook:
    return Rulebook.model_validate_json(text)


@lru_cache(maxsize=64)
def _read_plans(text: str) -> dict[StageId, Plan]:
    return plans_of(_read_rulebook(text).stages)


@dataclass
class RankingStore(DossierStore, AmendmentStore, AwardStore, DecisionStore, FreezeStore):
    """Ranking's tables inside one transaction, and which live standings it changed."""

    _rulebooks: dict[EditionId, str] = field(default_factory=dict)
    _rankings: dict[StageKey, Ranking | None] = field(default_factory=dict)
    _results: list[dict[str, Any]] = field(default_factory=list)

    def flush(self) -> None:
        """Write what the store holds back, the results of stages last: the rows are there then."""
        super().flush()
        bulk.change(self.connection, tables.standings, self._results)
        self._results.clear()

    def forget(self) -> None:
        """Drop what was read, and what was not written."""
        super().forget()
        self._results.clear()
        self._rulebooks.clear()
        self._rankings.clear()
        self._questions.clear()
        self._frozen.clear()

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
        text = self._rulebook_text(edition)
        return None if text is None else _read_rulebook(text)

    def plan(self, edition: EditionId, stage: StageId) -> Plan:
        """What is worked out in a stage; KeyError when the edition or the stage is not known.

        A stage that was ranked before the rulebook was amended keeps the rules of that time.
        """
        ranking = self.ranking(edition, stage)
        then = ranking.rulebook if ranking else None
        return _read_plans(then or self._rulebook_text(edition) or "")[stage]

    def _rulebook_text(self, edition: EditionId) -> str | None:
        if edition not in self._rulebooks:
            text = self._edition(edition, "rulebook")
            if text is None:
                return None
            self._rulebooks[edition] = text
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

    def mark_gone(self, edition: EditionId, proposal: ProposalId) -> None:
        """The proposal was withdrawn or disqualified."""
        self.flush()
        self._update(tables.proposals, {"edition": edition, "proposal": proposal}, gone=True)
        self._proposals.pop((edition, proposal), None)

    def tally(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> Tally | None:
        """What the proposal's sheets come to; None when it is not in the stage."""
        return self.dossier((edition, stage, proposal)).tally

    def board(self, edition: EditionId, stage: StageId) -> Board | None:
        """The board of the stage as the transaction before this one left it; None without one."""
        return self.memory.get((edition, stage))

    def make_board(self, edition: EditionId, stage: StageId) -> Board:
        """A board of the stage as it is now; it is held from here on."""
        order = Order.of(self.plan(edition, stage).stage)
        scored = self.scored(edition, stage).values()
        merits = [each.merit(order) for each in scored]
        board = self.memory[edition, stage] = Board(order, merits)
        return board

    def entrants(self, edition: EditionId, stage: StageId) -> dict[ProposalId, Entrant]:
        """Everyone who stands in the stage."""
        self.flush()
        p, s = tables.proposals.c, tables.standings.c
        query = (
            select(p.title, p.agency, p.agency_name, p.labels, *s)
            .join_from(
                tables.standings,
                tables.proposals,
                and_(p.edition == s.edition, p.proposal == s.proposal),
            )
            .where(at(tables.standings, edition=edition, stage=stage))
        )
        return {row.proposal: entrant_in(row) for row in self.connection.execute(query)}

    def scored(self, edition: EditionId, stage: StageId) -> dict[ProposalId, Scored]:
        """The score of everyone who stands in the stage, with what breaks ties."""
        self.flush()
        s, rules = tables.standings.c, self.plan(edition, stage).stage
        key = at(tables.standings, edition=edition, stage=stage)
        rows = self.connection.execute(
            select(s.proposal, s.score, s.sheets, s.numbers).where(key)
        ).all()
        return {
            proposal: Tally(number(score), sheets, numbers_in(numbers)).scored(rules)
            for proposal, score, sheets, numbers in rows
        }

    def ranking(self, edition: EditionId, stage: StageId) -> Ranking | None:
        """The final ranking of the stage; None while its scoring is open."""
        if (edition, stage) not in self._rankings:
            key = {"edition": edition, "stage": stage}
            row = self.connection.execute(RANKING, key).one_or_none()
            self._rankings[edition, stage] = None if row is None else Ranking(*row)
        return self._rankings[edition, stage]

    def keep_ranking(self, event: StageRanked, ranks: Iterable[FinalRank]) -> None:
        """The ranking of the stage is final, and these are the ranks."""
        self.flush()
        key = {"edition": event.edition, "stage": event.stage}
        self._insert(tables.rankings, **key, position=event.position, digest=event.digest)
        self._rankings.clear()
        self.memory.pop((event.edition, event.stage), None)
        rows = [
            {**key, "proposal": proposal, "rank": rank, "computed_rank": computed}
            for proposal, rank, computed in ranks
        ]
        bulk.change(self.connection, tables.standings, rows)

    def keep_result(self, event: ProposalAdvanced | ProposalEliminated) -> None:
        """Whether the proposal passed the cut of the stage, and why."""
        key = {"edition": event.edition, "stage": event.stage, "proposal": event.proposal}
        self._results.append({**key, **result_row(event)})

    def _edition(self, edition: EditionId, column: str) -> Any:
        return self.connection.scalar(_edition_column(column), {"edition": edition})

    def _insert(self, table: Table, **values: Any) -> None:
        self.connection.execute(insert(table).values(**values))

    def _update(self, table: Table, key: dict[str, str], **values: Any) -> bool:
        changed = self.connection.execute(update(table).where(at(table, **key)).values(**values))
        return changed.rowcount > 0
