"""The awards of an edition."""

from contracts.ids import EditionId
from contracts.ranking import ProposalAwarded
from kit.store import Store
from sqlalchemy import insert, select

from ranking_service.store import tables
from ranking_service.store.records import GivenAward


class AwardStore(Store):
    """Who received what."""

    def add_award(self, event: ProposalAwarded) -> None:
        """Keep an award."""
        named = {"edition", "award", "proposal", "basis", "rank", "reason", "by"}
        row = event.model_dump(include=named) | {"held_by": " ".join(event.held_by)}
        self.connection.execute(insert(tables.awards).values(row))

    def awards(self, edition: EditionId) -> list[GivenAward]:
        """Every award of the edition, by award, rank and proposal."""
        a = tables.awards.c
        columns = (a.award, a.proposal, a.basis, a.rank, a.reason, a.by, a.held_by)
        query = select(*columns).where(a.edition == edition)
        rows = self.connection.execute(query.order_by(a.award, a.rank, a.proposal))
        return [GivenAward(*row[:-1], held_by=tuple(row.held_by.split())) for row in rows]
