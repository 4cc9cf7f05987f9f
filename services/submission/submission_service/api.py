"""The HTTP addresses of submission: thin, one handler or one view each."""

from typing import Annotated

from contracts.ids import AgencyId, EditionId, Office, ProposalId, Reason, Token
from contracts.submission import Ground
from fastapi import APIRouter, Body
from kit.http import AtDesk, Receipt
from pydantic import BaseModel, ConfigDict, Field

from submission_service.handlers import admission, editions, proposals
from submission_service.rules.proposals import Content, Line
from submission_service.store import views
from submission_service.store.views import EditionView, ProposalView, ProposalWhole

router = APIRouter(tags=["submission"])

TomlFile = Annotated[bytes, Body(media_type="application/toml")]


class Order(BaseModel):
    """What is asked for; a field that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Agency(Order):
    """A body that enters proposals or sends jurors; `kind` as in `dinas`, `kecamatan`."""

    name: Annotated[Line, Field(min_length=1)]
    kind: Token


class Withdrawal(Order):
    """Why an agency takes its proposal back."""

    reason: Reason


class Decided(Order):
    """The office that decides."""

    by: Office


class Rejection(Decided):
    """The grounds; those that the rules find when there are none here."""

    grounds: tuple[Ground, ...] = ()


class Disqualification(Decided):
    """Why an admitted proposal is taken out."""

    reason: Reason


@router.put("/editions/{edition}")
async def put_rulebook(edition: EditionId, file: TomlFile, desk: AtDesk) -> Receipt:
    """Put the rulebook, a TOML file; again until the edition opens."""
    return await desk.run(lambda store: editions.put_rulebook(store, edition, file))


@router.post("/editions/{edition}/opening")
async def open_edition(edition: EditionId, desk: AtDesk) -> Receipt:
    """Open the edition: its rulebook is fixed and published."""
    return await desk.run(lambda store: editions.open_edition(store, edition))


@router.get("/editions")
async def list_editions(desk: AtDesk) -> list[EditionView]:
    """Every edition."""
    found: list[EditionView] = await desk.read(views.all_editions)
    return found


@router.get("/editions/{edition}")
async def show_edition(edition: EditionId, desk: AtDesk) -> EditionView:
    """One edition."""
    found: EditionView = await desk.read(lambda store: views.one_edition(store, edition))
    return found


@router.put("/editions/{edition}/agencies/{agency}")
async def put_agency(edition: EditionId, agency: AgencyId, order: Agency, desk: AtDesk) -> Receipt:
    """Put an agency, or correct its name."""
    return await desk.run(
        lambda store: editions.put_agency(store, edition, agency, order.name, order.kind)
    )


@router.put("/editions/{edition}/proposals/{proposal}")
async def save_draft(
    edition: EditionId, proposal: ProposalId, content: Content, desk: AtDesk
) -> Receipt:
    """Save the draft of a proposal."""
    return await desk.run(lambda store: proposals.save_draft(store, edition, proposal, content))


@router.post("/editions/{edition}/proposals/{proposal}/submission")
async def hand_in(edition: EditionId, proposal: ProposalId, desk: AtDesk) -> Receipt:
    """Hand in the draft as it was saved last."""
    return await desk.run(lambda store: proposals.hand_in(store, edition, proposal))


@router.post("/editions/{edition}/proposals/{proposal}/withdrawal")
async def withdraw(
    edition: EditionId, proposal: ProposalId, order: Withdrawal, desk: AtDesk
) -> Receipt:
    """Take a proposal back."""
    return await desk.run(lambda store: proposals.withdraw(store, edition, proposal, order.reason))


@router.get("/editions/{edition}/proposals")
async def list_proposals(edition: EditionId, desk: AtDesk) -> list[ProposalView]:
    """Every proposal of an edition, without its text."""
    found: list[ProposalView] = await desk.read(lambda store: views.all_proposals(store, edition))
    return found


@router.get("/editions/{edition}/proposals/{proposal}")
async def show_proposal(edition: EditionId, proposal: ProposalId, desk: AtDesk) -> ProposalWhole:
    """One proposal with its text."""
    found: ProposalWhole = await desk.read(
        lambda store: views.one_proposal(store, edition, proposal)
    )
    return found


@router.get("/editions/{edition}/proposals/{proposal}/grounds")
async def show_grounds(
    edition: EditionId, proposal: ProposalId, desk: AtDesk
) -> tuple[Ground, ...]:
    """The grounds of its rejection, else those that the rules find now."""
    found: tuple[Ground, ...] = await desk.read(
        lambda store: admission.grounds_of(store, edition, proposal)
    )
    return found


@router.post("/editions/{edition}/intake-closing")
async def close_intake(edition: EditionId, order: Decided, desk: AtDesk) -> Receipt:
    """End the intake."""
    return await desk.run(lambda store: editions.close_intake(store, edition, order.by))


@router.post("/editions/{edition}/proposals/{proposal}/admission")
async def admit(edition: EditionId, proposal: ProposalId, order: Decided, desk: AtDesk) -> Receipt:
    """Admit a proposal."""
    return await desk.run(lambda store: admission.admit(store, edition, proposal, order.by))


@router.post("/editions/{edition}/proposals/{proposal}/rejection")
async def reject(
    edition: EditionId, proposal: ProposalId, order: Rejection, desk: AtDesk
) -> Receipt:
    """Reject a proposal."""
    return await desk.run(
        lambda store: admission.reject(store, edition, proposal, order.by, order.grounds)
    )


@router.post("/editions/{edition}/proposals/{proposal}/disqualification")
async def disqualify(
    edition: EditionId, proposal: ProposalId, order: Disqualification, desk: AtDesk
) -> Receipt:
    """Disqualify an admitted proposal."""
    return await desk.run(
        lambda store: admission.disqualify(store, edition, proposal, order.by, order.reason)
    )
