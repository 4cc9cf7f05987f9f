"""While a stage is frozen, what it came to is kept here and shown to nobody."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from contracts.event import Event
from contracts.freezing import StandingsFrozen, StandingsUnfrozen, held_by
from contracts.ranking import ProposalAdvanced, ProposalAwarded, ProposalEliminated

from submission_service.handlers.results import keep_advanced, keep_awarded, keep_eliminated
from submission_service.store import SubmissionStore

OfProposal = ProposalAdvanced | ProposalEliminated | ProposalAwarded
Handler = Callable[[Any, SubmissionStore], Iterable[Event]]


def once_shown(keep: Handler) -> Handler:
    """The same handler, which waits until no stage holds the event back any more."""

    @wraps(keep)
    def hold_or_keep(event: OfProposal, store: SubmissionStore) -> Iterable[Event]:
        if store.is_any_frozen(event.edition, stages := held_by(event)):
            store.hold(event, event.proposal, stages)
            return ()
        return keep(event, store)

    return hold_or_keep


KEPT_ONCE_SHOWN: Mapping[type[Event], Handler] = {
    ProposalAdvanced: keep_advanced,
    ProposalEliminated: keep_eliminated,
    ProposalAwarded: keep_awarded,
}


def keep_frozen(event: StandingsFrozen, store: SubmissionStore) -> Iterable[Event]:
    """Nothing that this stage comes to is shown from here on."""
    store.freeze(event.edition, event.stage)
    return ()


def keep_unfrozen(event: StandingsUnfrozen, store: SubmissionStore) -> Iterable[Event]:
    """What only this stage held back is shown from here on."""
    store.unfreeze(event.edition, event.stage)
    for each in store.let_go(event.edition):
        yield from KEPT_ONCE_SHOWN[type(each)](each, store)
