"""What evaluation does: one short function per command and per event."""

from collections.abc import Iterable

from contracts.evaluation import (
    ConflictDeclared,
    JurorRecused,
    JurorSeated,
    Minute,
    ScoringClosed,
    SheetEvent,
)
from contracts.event import Event
from contracts.ids import EditionId, ProposalId, StageId
from contracts.outcomes import NotYet
from contracts.ranking import ProposalAdvanced, ReviewCalled
from contracts.rulebook import Rulebook
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
    RulebookAmended,
)

from evaluation_service.rules.closing import closing
from evaluation_service.rules.facts import (
    Assignment,
    Entrant,
    Marks,
    Seat,
    scoring_closed,
    stage_of,
)
from evaluation_service.rules.panel import conflicts_found, declaring, seating
from evaluation_service.rules.sheets import handing_in
from evaluation_service.rules.unique import given_already, has_unique
from evaluation_service.store import EvaluationStore


def seat_juror(
    store: EvaluationStore, edition: EditionId, stage: StageId, seat: Seat
) -> Iterable[Event]:
    """Give an office a seat in a stage, on one of its panels where it has several."""
    rules = store.stage(edition, stage)
    taken = store.seat(edition, stage, seat.juror)
    return seating(edition, rules, seat, taken, closed=store.is_closed(edition, stage))


def declare_conflict(
    store: EvaluationStore, assignment: Assignment, reason: str
) -> Iterable[Event]:
    """A juror tells why it may not judge a proposal."""
    store.stage(assignment.edition, assignment.stage)
    duty, _ = store.duty(assignment)
    return declaring(assignment, duty, reason)


def hand_in(
    store: EvaluationStore, assignment: Assignment, marks: Marks, reason: str | None
) -> Iterable[Event]:
    """A juror hands in the sheet of a proposal or a part, or replaces it with a reason."""
    stage = store.stage(assignment.edition, assignment.stage)
    duty, before = store.duty(assignment)
    said = handing_in(assignment, stage, duty, marks, before=before, reason=reason)
    if said and has_unique(stage):
        standing = store.standing(assignment.edition, stage.id, [assignment.juror])
        for refused in given_already(stage, standing, {assignment: marks}).values():
            raise refused
    return said


def close_scoring(
    store: EvaluationStore, edition: EditionId, stage: StageId, by: str, decision: Minute | None
) -> Iterable[Event]:
    """The stage takes no more sheets; a stage that is closed says nothing."""
    rules = store.stage(edition, stage)
    if store.is_closed(edition, stage):
        return ()
    counted = store.counted_sheets(edition, stage)
    return (closing(edition, rules, counted, by=by, decision=decision),)


def learn_rulebook(event: EditionOpened, store: EvaluationStore) -> None:
    """Keep how the edition is judged; the rulebook that came first stays."""
    if store.rulebook(event.edition) is None:
        store.add_edition(event)


def take_amendment(event: RulebookAmended, store: EvaluationStore) -> None:
    """The edition is judged by the new rulebook from here on."""
    _rulebook(store, event.edition)
    known = store.digest(event.edition)
    if known == event.rulebook_digest:
        return
    if known != event.before:
        text = f"the rulebook of '{event.edition}' here is {known}, and {event.before} is amended"
        raise NotYet(f"{text}: the amendment before this one is not heard")
    store.amend_rulebook(event)


def note_review(event: ReviewCalled, store: EvaluationStore) -> None:
    """A rule asks for more sheets for a proposal, or no longer does."""
    _rulebook(store, event.edition)
    store.call_review(event)


def enter_first_stage(event: ProposalAdmitted, store: EvaluationStore) -> Iterable[Event]:
    """An admitted proposal is judged in the first stage."""
    rulebook = _rulebook(store, event.edition)
    if store.entrant(event.edition, event.proposal) is not None:
        return ()
    entrant = Entrant(event.proposal, event.agency, event.agency_name, event.innovator)
    store.add_proposal(event.edition, event.title, entrant)
    return _enter(store, event.edition, rulebook.stages[0].id, entrant)


def enter_next_stage(event: ProposalAdvanced, store: EvaluationStore) -> Iterable[Event]:
    """A proposal that passed the cut is judged in the next stage, unless it was taken out since."""
    rulebook = _rulebook(store, event.edition)
    entrant = _entrant(store, event.edition, event.proposal)
    if event.next_stage is None or entrant.gone:
        return ()
    stage = stage_of(rulebook, event.next_stage).id
    if store.is_entered(event.edition, stage, event.proposal):
        return ()
    return _enter(store, event.edition, stage, entrant)


def take_out(event: ProposalWithdrawn, store: EvaluationStore) -> None:
    """The proposal leaves every stage that is open; one that was never admitted is in none."""
    _rulebook(store, event.edition)
    store.take_out(event.edition, event.proposal)


def take_out_admitted(event: ProposalDisqualified, store: EvaluationStore) -> None:
    """The proposal leaves every stage that is open."""
    _rulebook(store, event.edition)
    _entrant(store, event.edition, event.proposal)
    store.take_out(event.edition, event.proposal)


def keep_juror(event: JurorSeated, store: EvaluationStore) -> Iterable[Event]:
    """Keep the seat, and look for the juror's conflicts with what the stage judges already."""
    seat = Seat(event.juror, event.office, event.agency, event.panel)
    store.add_seat(event.edition, event.stage, seat)
    entrants = store.entrants(event.edition, event.stage)
    return conflicts_found(event.edition, event.stage, entrants, (seat,))


def keep_conflict(event: ConflictDeclared, store: EvaluationStore) -> Iterable[Event]:
    """Keep the conflict; every conflict recuses."""
    store.add_conflict(event)
    recused = JurorRecused(
        edition=event.edition,
        stage=event.stage,
        proposal=event.proposal,
        juror=event.juror,
        reason=event.reason,
    )
    return (recused,)


def keep_recusal(event: JurorRecused, store: EvaluationStore) -> None:
    """No sheet of this juror counts for the proposal from here on."""
    store.add_recusal(event)


def keep_sheet(event: SheetEvent, store: EvaluationStore) -> None:
    """Keep this version of the sheet beside those before it."""
    store.add_sheet(event)


def keep_closing(event: ScoringClosed, store: EvaluationStore) -> None:
    """The stage is closed."""
    store.close(event)


def remember(store: EvaluationStore) -> Iterable[Event]:
    """Nothing is said of a whole transaction; what it read for good is held."""
    store.remember()
    return ()


def _enter(
    store: EvaluationStore, edition: EditionId, stage: StageId, entrant: Entrant
) -> Iterable[Event]:
    if store.is_closed(edition, stage):
        raise scoring_closed(stage)
    store.enter(edition, stage, entrant.proposal)
    return conflicts_found(edition, stage, (entrant,), store.seats(edition, stage))


def _rulebook(store: EvaluationStore, edition: EditionId) -> Rulebook:
    rulebook = store.rulebook(edition)
    if rulebook is None:
        raise NotYet(f"edition '{edition}' is not open here yet: its opening is not heard")
    return rulebook


def _entrant(store: EvaluationStore, edition: EditionId, proposal: ProposalId) -> Entrant:
    entrant = store.entrant(edition, proposal)
    if entrant is None:
        raise NotYet(
            f"proposal '{proposal}' of '{edition}' is not here: its admission is not heard"
        )
    return entrant
