"""The amendments of an edition's rulebook, and the rules under which ranked stages stay."""

from dataclasses import dataclass

from contracts.ids import Digest, EditionId
from contracts.submission import RulebookAmended
from kit.store import Store
from sqlalchemy import insert, select, update

from ranking_service.store import tables


@dataclass(frozen=True)
class Amendment:
    """When the rulebook was replaced, which one it replaced, and by which minuted decision."""

    position: int
    digest: Digest
    before: Digest
    by: str
    minute: str
    reason: str


@dataclass
class AmendmentStore(Store):
    """The amendments of the editions."""

    def amendments(self, edition: EditionId) -> list[Amendment]:
        """Every amendment of the edition's rulebook, the first one first."""
        a = tables.amendments.c
        columns = (a.position, a.digest, a.before, a.by, a.minute, a.reason)
        query = select(*columns).where(a.edition == edition).order_by(a.number)
        return [Amendment(*row) for row in self.connection.execute(query)]

    def amend(self, event: RulebookAmended) -> None:
        """Replace the rulebook; stages that are ranked keep the one that they were ranked by."""
        self.flush()
        editions, rankings = tables.editions, tables.rankings
        here = editions.c.edition == event.edition
        replaced = self.connection.scalar(select(editions.c.rulebook).where(here))
        of_edition = (rankings.c.edition == event.edition, rankings.c.rulebook.is_(None))
        self.connection.execute(update(rankings).where(*of_edition).values(rulebook=replaced))
        text, digest = event.rulebook.model_dump_json(), event.rulebook_digest
        changed = {"rulebook": text, "rulebook_digest": digest}
        self.connection.execute(update(editions).where(here).values(changed))
        self._keep(event)
        self.forget()

    def _keep(self, event: RulebookAmended) -> None:
        row = {
            "edition": event.edition,
            "number": len(self.amendments(event.edition)) + 1,
            "position": self.position,
            "digest": event.rulebook_digest,
            "before": event.before,
            **event.decision.model_dump(),
        }
        self.connection.execute(insert(tables.amendments).values(row))
