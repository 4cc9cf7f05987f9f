"""How far a stage is: which sheets count, who is recused, how many sheets a rule asks for."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from contracts.ids import EditionId, JurorId, PanelId, PartId, ProposalId, StageId
from contracts.ranking import ReviewCalled
from sqlalchemy import Row, func, select

from evaluation_service.rules.facts import Count
from evaluation_service.store.queries import assigned, counting, same, where
from evaluation_service.store.sheets import SheetStore
from evaluation_service.store.tables import entries, recusals, reviews, sheets


@dataclass
class ProgressStore(SheetStore):
    """The sheets, and how far the stages are with them."""

    def counted_sheets(self, edition: EditionId, stage: StageId) -> dict[ProposalId, Count]:
        """How many jurors' sheets count for each proposal in the stage, recused ones' left out."""
        self.flush()
        here = where(entries, edition=edition, stage=stage)
        found: dict[ProposalId, dict[PanelId | None, int]] = defaultdict(dict)
        for row in self.connection.execute(counting().where(here)):
            by_panel = found[row.proposal]
            if row.n:
                by_panel[row.panel or None] = row.n
        asked = self.reviews(edition, stage)
        return {each: Count(by_panel, asked.get(each, 0)) for each, by_panel in found.items()}

    def count_recusals(self, edition: EditionId, stage: StageId) -> int:
        """How many recusals there are for the proposals in the stage."""
        joined = recusals.join(entries, same(recusals, entries, "edition", "stage", "proposal"))
        here = where(entries, edition=edition, stage=stage)
        query = select(func.count()).select_from(joined).where(here)
        return self.connection.scalar(query) or 0

    def assignments(self, edition: EditionId, stage: StageId) -> list[Row[Any]]:
        """Every proposal before every juror: title, panel, whether recused, handed in."""
        self.flush()
        here = where(entries, edition=edition, stage=stage)
        return list(self.connection.execute(assigned().where(here)))

    def parts_handed_in(
        self, edition: EditionId, stage: StageId
    ) -> dict[tuple[ProposalId, JurorId], list[PartId]]:
        """The parts of proposals for which jurors handed in a sheet, in order of their ids."""
        self.flush()
        here = where(sheets, edition=edition, stage=stage, version=1)
        query = select(sheets.c.proposal, sheets.c.juror, sheets.c.part)
        found: dict[tuple[ProposalId, JurorId], list[PartId]] = defaultdict(list)
        for row in self.connection.execute(query.where(here, sheets.c.part != "")):
            found[row.proposal, row.juror].append(row.part)
        return {key: sorted(parts) for key, parts in found.items()}

    def call_review(self, event: ReviewCalled) -> None:
        """How many sheets a rule asks for, unless something later on the log is known already."""
        key = {"edition": event.edition, "stage": event.stage, "proposal": event.proposal}
        known = select(reviews.c.position).where(where(reviews, **key))
        if (self.connection.scalar(known) or 0) <= event.position:
            self.put(reviews, [{**key, "sheets": event.sheets, "position": event.position}])

    def reviews(self, edition: EditionId, stage: StageId) -> dict[ProposalId, int]:
        """How many sheets a rule asks for, of the proposals for which it does."""
        here = where(reviews, edition=edition, stage=stage)
        query = select(reviews.c.proposal, reviews.c.sheets).where(here, reviews.c.sheets > 0)
        return {row.proposal: row.sheets for row in self.connection.execute(query)}
