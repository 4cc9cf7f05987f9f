"""Every event there is, by type."""

from contracts import auditor, evaluation, freezing, notification, operations, ranking, submission
from contracts.event import Event

EVENTS: tuple[type[Event], ...] = (
    submission.EditionOpened,
    submission.RulebookAmended,
    submission.ProposalSubmitted,
    submission.ProposalRevised,
    submission.ProposalWithdrawn,
    submission.IntakeClosed,
    submission.ProposalAdmitted,
    submission.ProposalRejected,
    submission.ProposalDisqualified,
    evaluation.JurorSeated,
    evaluation.ConflictDeclared,
    evaluation.JurorRecused,
    evaluation.SheetSubmitted,
    evaluation.SheetAmended,
    evaluation.ScoringClosed,
    ranking.StandingsChanged,
    ranking.ReviewCalled,
    ranking.PlacesMoved,
    ranking.DecisionAsked,
    ranking.StageDecided,
    ranking.StageRanked,
    ranking.ProposalAdvanced,
    ranking.ProposalEliminated,
    ranking.ProposalAwarded,
    ranking.ResultsAnnounced,
    freezing.StandingsFrozen,
    freezing.PlaceRevealed,
    freezing.StandingsUnfrozen,
    notification.NoticeDelivered,
    notification.NoticeFailed,
    notification.ContactForgotten,
    auditor.CheckpointSigned,
    operations.MessageParked,
    operations.MessageRetried,
    operations.MessageDiscarded,
    operations.LogRestored,
    operations.LogReconciled,
    operations.MessageLost,
    operations.StoreRebuilt,
)

BY_TYPE: dict[str, type[Event]] = {event.type: event for event in EVENTS}
