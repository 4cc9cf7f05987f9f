"""Evaluation, put together: what it hears, and what it does then."""

from pathlib import Path

from contracts.evaluation import (
    ConflictDeclared,
    JurorRecused,
    JurorSeated,
    ScoringClosed,
    SheetAmended,
    SheetSubmitted,
)
from contracts.ranking import ProposalAdvanced, ReviewCalled
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
    RulebookAmended,
)
from kit.kept import Kept
from kit.reactions import on
from kit.service import Service

from evaluation_service.api import router
from evaluation_service.handlers import (
    enter_first_stage,
    enter_next_stage,
    keep_closing,
    keep_conflict,
    keep_juror,
    keep_recusal,
    keep_sheet,
    learn_rulebook,
    note_review,
    remember,
    take_amendment,
    take_out,
    take_out_admitted,
)
from evaluation_service.store import EvaluationStore, metadata
from evaluation_service.store.tables import entries, proposals

REACTIONS = (
    on(EditionOpened, learn_rulebook),
    on(RulebookAmended, take_amendment),
    on(ProposalAdmitted, enter_first_stage),
    on(ProposalWithdrawn, take_out),
    on(ProposalDisqualified, take_out_admitted),
    on(ProposalAdvanced, enter_next_stage),
    on(ReviewCalled, note_review),
    on(JurorSeated, keep_juror),
    on(ConflictDeclared, keep_conflict),
    on(JurorRecused, keep_recusal),
    on(SheetSubmitted, keep_sheet),
    on(SheetAmended, keep_sheet),
    on(ScoringClosed, keep_closing),
)

KEPT = (
    Kept(entries, "when this service heard of it", columns=("entered_at",)),
    Kept(proposals, "when this service heard of it", columns=("gone_at",)),
)

SERVICE = Service(
    name="evaluation",
    store=EvaluationStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    finish=remember,
    kept=KEPT,
)
