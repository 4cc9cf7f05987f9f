"""What evaluation keeps: its tables, and one method per query."""

from dataclasses import dataclass, field
from typing import Any

from contracts.evaluation import ConflictDeclared, JurorRecused, ScoringClosed
from contracts.ids import EditionId, JurorId, ProposalId, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook, Stage
from contracts.submission import EditionOpened, RulebookAmended
from kit import bulk
from sqlalchemy import Row, Table, delete, select, update

from evaluation_service.rules.facts import (
    Entrant,
    Seat,
    read_rulebook,
    stage_of,
)
from evaluation_service.store.progress import ProgressStore
from evaluation_service.store.queries import entrant_of, row_at, same, seat_of, where
from evaluation_service.store.tables import (
    closings,
    conflicts,
    editions,
    entries,
    jurors,
    metadata,
    proposals,
    recusals,
)

__all__ = ["EvaluationStore", "metadata"]

RULEBOOKS_MAX = 64


@dataclass
class EvaluationStore(ProgressStore):
    """Editions, proposals in stages, panels, conflicts, sheets, inside one transaction."""

    _rulebooks: dict[EditionId, Rulebook] = field(default_factory=dict)

    def add_edition(self, event: EditionOpened) -> None:
        """Keep the rulebook as JSON."""
        self._add(
            editions,
            edition=event.edition,
            digest=event.rulebook_digest,
            rulebook=event.rulebook.model_dump_json(),
        )

    def digest(self, edition: EditionId) -> str | None:
        """The digest of the rulebook; None while the edition is not open here."""
        found = self._one(editions, edition=edition)
        return None if found is None else found.digest

    def amend_rulebook(self, event: RulebookAmended) -> None:
        """The edition is judged by this rulebook from here on."""
        text = event.rulebook.model_dump_json()
        mine = where(editions, edition=event.edition)
        amended = update(editions).where(mine)
        self.connection.execute(amended.values(digest=event.rulebook_digest, rulebook=text))
        self._rulebooks[event.edition] = event.rulebook

    def rulebook(self, edition: EditionId) -> Rulebook | None:
        """How the edition is judged; None while it is not open here."""
        # What this transaction has amended goes before what was held from one before it.
        held = self._rulebooks.get(edition) or self.memory.get(edition)
        if held is not None:
            return held
        query = select(editions.c.rulebook).where(editions.c.edition == edition)
        text = self.connection.scalar(query)
        if text is None:
            return None
        self._rulebooks[edition] = read_rulebook(text)
        return self._rulebooks[edition]

    def remember(self) -> None:
        """Hold the rulebooks that were read, or amended, beyond this transaction."""
        if len(self.memory) + len(self._rulebooks) > RULEBOOKS_MAX:
            self.memory.clear()
        self.memory.update(self._rulebooks)

    def forget(self) -> None:
        """Drop what was read or held back in this transaction."""
        super().forget()
        self._rulebooks.clear()

    def stage(self, edition: EditionId, stage: StageId) -> Stage:
        """The stage as the rulebook has it; NotFound for an unknown edition or stage."""
        return stage_of(self.known_rulebook(edition), stage)

    def known_rulebook(self, edition: EditionId) -> Rulebook:
        """How the edition is judged; NotFound for an unknown edition."""
        rulebook = self.rulebook(edition)
        if rulebook is None:
            text = f"edition '{edition}' is not known here; open it first, or try again shortly"
            raise NotFound("no_such_edition", text)
        return rulebook

    def add_proposal(self, edition: EditionId, title: str, entrant: Entrant) -> None:
        """Keep an admitted proposal."""
        self._add(
            proposals,
            edition=edition,
            proposal=entrant.proposal,
            title=title,
            agency=entrant.agency,
            agency_name=entrant.agency_name,
            innovator=entrant.innovator,
        )

    def entrant(self, edition: EditionId, proposal: ProposalId) -> Entrant | None:
        """The admitted proposal, or None."""
        found = self._one(proposals, edition=edition, proposal=proposal)
        return None if found is None else entrant_of(found)

    def take_out(self, edition: EditionId, proposal: ProposalId) -> None:
        """The proposal competes no more: it leaves the stages that are open."""
        self.read_again()
        mine = where(proposals, edition=edition, proposal=proposal)
        self.connection.execute(update(proposals).where(mine).values(gone_at=self.now))
        closed = select(closings.c.stage).where(closings.c.edition == edition)
        mine = where(entries, edition=edition, proposal=proposal)
        self.connection.execute(delete(entries).where(mine, entries.c.stage.not_in(closed)))

    def enter(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> None:
        """The proposal is judged in the stage."""
        self._add(entries, edition=edition, stage=stage, proposal=proposal, entered_at=self.now)

    def is_entered(self, edition: EditionId, stage: StageId, proposal: ProposalId) -> bool:
        """Whether the proposal is judged in the stage."""
        return self._one(entries, edition=edition, stage=stage, proposal=proposal) is not None

    def entrants(self, edition: EditionId, stage: StageId) -> list[Entrant]:
        """Every proposal in the stage, by id."""
        here = where(entries, edition=edition, stage=stage)
        joined = proposals.join(entries, same(proposals, entries, "edition", "proposal"))
        rows = self.connection.execute(select(proposals).select_from(joined).where(here))
        return sorted(map(entrant_of, rows), key=lambda each: each.proposal)

    def add_seat(self, edition: EditionId, stage: StageId, seat: Seat) -> None:
        """The juror sits in the stage."""
        given = {**vars(seat), "panel": seat.panel or ""}
        self._add(jurors, edition=edition, stage=stage, **given, seated_at=self.now)

    def seat(self, edition: EditionId, stage: StageId, juror: JurorId) -> Seat | None:
        """The juror's seat in the stage, or None."""
        found = self._one(jurors, edition=edition, stage=stage, juror=juror)
        return None if found is None else seat_of(found)

    def seats(self, edition: EditionId, stage: StageId) -> list[Seat]:
        """Everyone who sits in the stage, by id."""
        here = {"edition": edition, "stage": stage}
        rows = self.connection.execute(row_at(jurors, tuple(here)), here)
        return sorted(map(seat_of, rows), key=lambda each: each.juror)

    def add_conflict(self, event: ConflictDeclared) -> None:
        """Keep why the juror may not judge the proposal."""
        self._add(
            conflicts,
            **_key(event),
            kind=event.kind,
            reason=event.reason,
            declared_at=self.now,
        )

    def add_recusal(self, event: JurorRecused) -> None:
        """The juror stepped aside for the proposal."""
        self._add(recusals, **_key(event), reason=event.reason, recused_at=self.now)

    def close(self, event: ScoringClosed) -> None:
        """The stage is closed; by whom, and on which decision."""
        self._add(
            closings,
            edition=event.edition,
            stage=event.stage,
            by=event.by,
            decision=event.decision and event.decision.model_dump_json(),
            closed_at=self.now,
        )

    def is_closed(self, edition: EditionId, stage: StageId) -> bool:
        """Whether scoring of the stage is closed."""
        return self._one(closings, edition=edition, stage=stage) is not None

    def _add(self, table: Table, **values: Any) -> None:
        self.read_again()
        bulk.write(self.connection, table, [values])

    def _one(self, table: Table, **key: str) -> Row[Any] | None:
        return self.connection.execute(row_at(table, tuple(key)), key).one_or_none()


def _key(event: ConflictDeclared | JurorRecused) -> dict[str, str]:
    return {name: getattr(event, name) for name in ("edition", "stage", "proposal", "juror")}
