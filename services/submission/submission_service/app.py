"""How submission is put together: what it reacts to, its store, its addresses."""

from pathlib import Path

from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.ranking import ResultsAnnounced, StageRanked
from contracts.submission import (
    EditionOpened,
    IntakeClosed,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRedacted,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
    RulebookAmended,
)
from kit.kept import Kept
from kit.reactions import on
from kit.service import Service

from submission_service.api import router
from submission_service.handlers.admission import keep_admitted, keep_disqualified, keep_rejected
from submission_service.handlers.editions import keep_amended, keep_closed, keep_opened
from submission_service.handlers.freezing import (
    KEPT_ONCE_SHOWN,
    keep_frozen,
    keep_unfrozen,
    once_shown,
)
from submission_service.handlers.proposals import keep_content, keep_withdrawn
from submission_service.handlers.redaction import keep_redacted
from submission_service.handlers.results import keep_announced, keep_ranked
from submission_service.store import SubmissionStore
from submission_service.store.tables import agencies, drafts, editions, metadata, revisions

REACTIONS = (
    on(EditionOpened, keep_opened),
    on(RulebookAmended, keep_amended),
    on(ProposalSubmitted, keep_content),
    on(ProposalRevised, keep_content),
    on(ProposalWithdrawn, keep_withdrawn),
    on(IntakeClosed, keep_closed),
    on(ProposalAdmitted, keep_admitted),
    on(ProposalRejected, keep_rejected),
    on(ProposalDisqualified, keep_disqualified),
    on(ProposalRedacted, keep_redacted),
    *(on(event, once_shown(keep)) for event, keep in KEPT_ONCE_SHOWN.items()),
    on(StandingsFrozen, keep_frozen),
    on(StandingsUnfrozen, keep_unfrozen),
    on(StageRanked, keep_ranked),
    on(ResultsAnnounced, keep_announced),
)

KEPT = (
    Kept(drafts, "a draft is its agency's own until it is handed in"),
    Kept(revisions, "the log has the digest of what was handed in, and not its text"),
    Kept(agencies, "who may enter proposals is told to this service only"),
    Kept(
        editions,
        "a rulebook is on the log once its edition is open",
        only=lambda table: table.c.state == "draft",
    ),
)

SERVICE = Service(
    name="submission",
    store=SubmissionStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    kept=KEPT,
)
