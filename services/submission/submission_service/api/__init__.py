"""The HTTP addresses of submission: thin, one handler or one view each."""

from collections.abc import Iterable
from typing import Annotated

from contracts.event import Event
from contracts.ids import AgencyId, EditionId, ProposalId
from contracts.submission import Ground
from contracts.written import Impersonal
from fastapi import APIRouter, Body
from kit.access import Route, may
from kit.http import AtDesk, Receipt
from kit.tokens import Who

from submission_service.api.bodies import (
    Agency,
    Amendment,
    Decided,
    Ordered,
    Rejection,
    Withdrawal,
)
from submission_service.handlers import admission, editions, proposals, redaction
from submission_service.rules.proposals import Content
from submission_service.store import SubmissionStore, views
from submission_service.store.views import EditionView, ProposalView, ProposalWhole, RulebookView

SECRETARIAT = may("secretariat")
OPERATOR = may("operator")
Applicant = Annotated[Who, may("applicant")]
Reader = Annotated[Who, may("applicant", "juror", "secretariat")]
Party = Annotated[Who, may("applicant", "secretariat")]
ANYONE = may("applicant", "juror", "secretariat", "operator")

router = APIRouter(tags=["submission"], route_class=Route)

Written = Annotated[Content, Impersonal]
TomlFile = Annotated[bytes, Body(media_type="application/toml")]


@router.put("/editions/{edition}", dependencies=[SECRETARIAT])
async def put_rulebook(edition: EditionId, file: TomlFile, desk: AtDesk) -> Receipt:
    """Put the rulebook, a TOML file; again until the edition opens."""
    return await desk.run(lambda store: editions.put_rulebook(store, edition, file))


@router.post("/editions/{edition}/opening", dependencies=[SECRETARIAT])
async def open_edition(edition: EditionId, desk: AtDesk) -> Receipt:
    """Open the edition: its rulebook is fixed and published."""
    return await desk.run(lambda store: editions.open_edition(store, edition))


@router.get("/editions")
async def list_editions(desk: AtDesk, who: Annotated[Who, ANYONE]) -> list[EditionView]:
    """Every edition that the token is for."""
    found: list[EditionView] = await desk.read(views.all_editions)
    return [each for each in found if who.may_enter(each.edition)]


@router.get("/editions/{edition}", dependencies=[ANYONE])
async def show_edition(edition: EditionId, desk: AtDesk) -> EditionView:
    """One edition."""
    found: EditionView = await desk.read(lambda store: views.one_edition(store, edition))
    return found


@router.get("/editions/{edition}/rulebook", dependencies=[ANYONE])
async def show_rulebook(edition: EditionId, desk: AtDesk) -> RulebookView:
    """The rulebook that counts now, and its digest."""
    found: RulebookView = await desk.read(lambda store: views.its_rulebook(store, edition))
    return found


@router.post("/editions/{edition}/amendment", dependencies=[SECRETARIAT])
async def amend(edition: EditionId, order: Amendment, desk: AtDesk) -> Receipt:
    """Replace the rulebook of an open edition by a minuted decision."""
    return await desk.run(
        lambda store: editions.amend(store, edition, order.rulebook, order.decision)
    )


@router.put("/editions/{edition}/agencies/{agency}", dependencies=[SECRETARIAT])
async def put_agency(edition: EditionId, agency: AgencyId, order: Agency, desk: AtDesk) -> Receipt:
    """Put an agency, or correct its name."""
    return await desk.run(
        lambda store: editions.put_agency(store, edition, agency, order.name, order.kind)
    )


@router.put("/editions/{edition}/proposals/{proposal}")
async def save_draft(
    edition: EditionId, proposal: ProposalId, content: Written, desk: AtDesk, who: Applicant
) -> Receipt:
    """Save the draft of a proposal; it names the agency that saves it."""
    if content.agency != who.subject:
        raise who.refused("a draft must name your own agency")

    def save(store: SubmissionStore) -> Iterable[Event]:
        _check_own(store, edition, proposal, who)
        return proposals.save_draft(store, edition, proposal, content)

    return await desk.run(save)


@router.post("/editions/{edition}/proposals/{proposal}/submission")
async def hand_in(
    edition: EditionId, proposal: ProposalId, desk: AtDesk, who: Applicant
) -> Receipt:
    """Hand in the draft as it was saved last."""

    def submit(store: SubmissionStore) -> Iterable[Event]:
        _check_own(store, edition, proposal, who)
        return proposals.hand_in(store, edition, proposal)

    return await desk.run(submit)


@router.post("/editions/{edition}/proposals/{proposal}/withdrawal")
async def withdraw(
    edition: EditionId, proposal: ProposalId, order: Withdrawal, desk: AtDesk, who: Applicant
) -> Receipt:
    """Take a proposal back."""

    def take_back(store: SubmissionStore) -> Iterable[Event]:
        _check_own(store, edition, proposal, who)
        return proposals.withdraw(store, edition, proposal, order.reason)

    return await desk.run(take_back)


@router.get("/editions/{edition}/proposals")
async def list_proposals(edition: EditionId, desk: AtDesk, who: Party) -> list[ProposalView]:
    """Every proposal of an edition, without its text; for an applicant its own ones."""
    found: list[ProposalView] = await desk.read(lambda store: views.all_proposals(store, edition))
    return [each for each in found if who.role != "applicant" or each.agency == who.subject]


@router.get("/editions/{edition}/proposals/{proposal}")
async def show_proposal(
    edition: EditionId, proposal: ProposalId, desk: AtDesk, who: Reader
) -> ProposalWhole:
    """One proposal with its text: an applicant's own, or for a juror an admitted one."""
    found: ProposalWhole = await desk.read(
        lambda store: views.one_proposal(store, edition, proposal)
    )
    if who.role != "juror":
        who.must_be(found.agency)
        return found
    if found.state != "admitted":
        raise who.refused("jurors read proposals that are admitted")
    return found.model_copy(update={"draft": None})


@router.get("/editions/{edition}/proposals/{proposal}/grounds")
async def show_grounds(
    edition: EditionId, proposal: ProposalId, desk: AtDesk, who: Party
) -> tuple[Ground, ...]:
    """The grounds of its rejection, else those that the rules find now."""

    def ask(store: SubmissionStore) -> tuple[Ground, ...]:
        _check_own(store, edition, proposal, who)
        return admission.grounds_of(store, edition, proposal)

    found: tuple[Ground, ...] = await desk.read(ask)
    return found


@router.post("/editions/{edition}/intake-closing", dependencies=[SECRETARIAT])
async def close_intake(edition: EditionId, order: Decided, desk: AtDesk) -> Receipt:
    """End the intake."""
    return await desk.run(lambda store: editions.close_intake(store, edition, order.by))


@router.post("/editions/{edition}/proposals/{proposal}/admission", dependencies=[SECRETARIAT])
async def admit(edition: EditionId, proposal: ProposalId, order: Decided, desk: AtDesk) -> Receipt:
    """Admit a proposal."""
    return await desk.run(lambda store: admission.admit(store, edition, proposal, order.by))


@router.post("/editions/{edition}/proposals/{proposal}/rejection", dependencies=[SECRETARIAT])
async def reject(
    edition: EditionId, proposal: ProposalId, order: Rejection, desk: AtDesk
) -> Receipt:
    """Reject a proposal."""
    return await desk.run(
        lambda store: admission.reject(store, edition, proposal, order.by, order.grounds)
    )


@router.post(
    "/editions/{edition}/proposals/{proposal}/disqualification", dependencies=[SECRETARIAT]
)
async def disqualify(
    edition: EditionId, proposal: ProposalId, order: Ordered, desk: AtDesk
) -> Receipt:
    """Disqualify an admitted proposal."""
    return await desk.run(
        lambda store: admission.disqualify(store, edition, proposal, order.by, order.reason)
    )


@router.post("/editions/{edition}/proposals/{proposal}/redaction", dependencies=[OPERATOR])
async def redact(edition: EditionId, proposal: ProposalId, order: Ordered, desk: AtDesk) -> Receipt:
    """Erase what was written, in every revision and the draft. The same again changes nothing."""
    return await desk.run(lambda store: redaction.redact(store, edition, proposal, **dict(order)))


def _check_own(store: SubmissionStore, edition: EditionId, proposal: ProposalId, who: Who) -> None:
    """Forbidden when the proposal is another agency's."""
    kept = store.find_entry(edition, proposal) or store.find_draft(edition, proposal)
    if kept is not None:
        who.must_be(kept.agency)
