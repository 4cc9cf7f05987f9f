"""How ranking is put together: what it hears, and what it then does."""

from pathlib import Path

from contracts.evaluation import (
    JurorRecused,
    JurorSeated,
    ScoringClosed,
    SheetAmended,
    SheetSubmitted,
)
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import (
    DecisionAsked,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ResultsAnnounced,
    ReviewCalled,
    StageDecided,
    StageRanked,
)
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
    RulebookAmended,
)
from kit.reactions import on
from kit.service import Service

from ranking_service.api import router
from ranking_service.api.live import serve_live
from ranking_service.freeze_in_time import freeze_in_time
from ranking_service.handlers.amendments import amend
from ranking_service.handlers.editions import learn_edition
from ranking_service.handlers.freezing import (
    freeze_due,
    keep_frozen,
    keep_revealed,
    keep_unfrozen,
    mark,
)
from ranking_service.handlers.ranking import (
    advance,
    eliminate,
    keep_decision,
    keep_question,
    keep_ranking,
    rank_stage,
)
from ranking_service.handlers.results import keep_announcement, keep_award
from ranking_service.handlers.reviews import keep_call
from ranking_service.handlers.seats import seat
from ranking_service.handlers.standings import (
    announce_changes,
    enter_first_stage,
    read_ahead,
    recuse,
    take_out,
    take_sheet,
)
from ranking_service.store import RankingStore, metadata

REACTIONS = (
    on(EditionOpened, learn_edition),
    on(RulebookAmended, amend),
    on(ProposalAdmitted, enter_first_stage),
    on(ProposalWithdrawn, take_out),
    on(ProposalDisqualified, take_out),
    on(JurorSeated, seat),
    on(JurorRecused, recuse),
    on(SheetSubmitted, take_sheet),
    on(SheetAmended, take_sheet),
    on(ScoringClosed, rank_stage),
    on(ReviewCalled, keep_call),
    on(DecisionAsked, keep_question),
    on(StageDecided, keep_decision),
    on(StageRanked, keep_ranking),
    on(ProposalAdvanced, advance),
    on(ProposalEliminated, eliminate),
    on(ProposalAwarded, keep_award),
    on(ResultsAnnounced, keep_announcement),
    on(StandingsFrozen, keep_frozen),
    on(PlaceRevealed, keep_revealed),
    on(StandingsUnfrozen, keep_unfrozen),
)

SERVICE = Service(
    name="ranking",
    store=RankingStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    begin=freeze_due,
    finish=announce_changes,
    mark=mark,
    prepare=read_ahead,
    tasks=(serve_live, freeze_in_time),
)
