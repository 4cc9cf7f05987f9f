"""Who sits on a panel, and who may not judge what."""

from collections.abc import Iterable, Sequence
from typing import Literal

from contracts.evaluation import ConflictDeclared, JurorSeated
from contracts.ids import EditionId, StageId
from contracts.outcomes import Invalid, Refused
from contracts.rulebook import Stage

from evaluation_service.rules.facts import (
    Assignment,
    Duty,
    Entrant,
    Seat,
    named,
    refuse_strangers,
    scoring_closed,
)


def seating(
    edition: EditionId, stage: Stage, seat: Seat, taken: Seat | None, *, closed: bool
) -> tuple[JurorSeated, ...]:
    """What is said when `seat` is asked for and `taken` is what this juror has already.

    Invalid where the panel is none of the stage's.
    """
    _check_panel(stage, seat)
    if taken == seat:
        return ()
    if taken is not None:
        raise Refused(
            "juror_seated_already",
            f"juror '{seat.juror}' sits in stage '{stage.id}' as {taken.office} of"
            f" '{taken.agency}'{_on(taken)}; give another office a juror id of its own",
        )
    if closed:
        raise scoring_closed(stage.id)
    given = {name: value for name, value in vars(seat).items() if value is not None}
    return (JurorSeated(edition=edition, stage=stage.id, **given),)


def _check_panel(stage: Stage, seat: Seat) -> None:
    panels = [each.id for each in stage.panels]
    if not panels and seat.panel is not None:
        text = f"stage '{stage.id}' has no panels: seat juror '{seat.juror}' without one"
        raise Invalid("unknown_panel", text)
    if panels and seat.panel not in panels:
        what = f"no panel '{seat.panel}'" if seat.panel else "several panels"
        text = f"stage '{stage.id}' has {what}; seat juror '{seat.juror}' on one of"
        raise Invalid("unknown_panel", f"{text} {named(panels)}")


def _on(seat: Seat) -> str:
    return f" on panel '{seat.panel}'" if seat.panel else ""


def conflicts_found(
    edition: EditionId, stage: StageId, entrants: Iterable[Entrant], seats: Sequence[Seat]
) -> tuple[ConflictDeclared, ...]:
    """Every conflict that shows in what is known of these proposals and these jurors."""
    return tuple(
        found
        for entrant in entrants
        for seat in seats
        if (found := _conflict(edition, stage, entrant, seat))
    )


def _conflict(
    edition: EditionId, stage: StageId, entrant: Entrant, seat: Seat
) -> ConflictDeclared | None:
    kind: Literal["own_proposal", "own_agency"]
    if _folded(entrant.innovator) == _folded(seat.office):
        kind, reason = "own_proposal", _own_proposal(entrant, seat)
    elif entrant.agency == seat.agency:
        kind, reason = "own_agency", _own_agency(entrant, seat)
    else:
        return None
    return ConflictDeclared(
        edition=edition,
        stage=stage,
        proposal=entrant.proposal,
        juror=seat.juror,
        kind=kind,
        reason=reason,
    )


def _folded(office: str) -> str:
    return " ".join(office.split()).casefold()


def _own_proposal(entrant: Entrant, seat: Seat) -> str:
    return (
        f"{seat.office} adalah inovator proposal ini, yang diajukan {entrant.agency_name}. / "
        f"{seat.office} is the innovator of this proposal, which {entrant.agency_name} entered."
    )


def _own_agency(entrant: Entrant, seat: Seat) -> str:
    return (
        f"{seat.office} berasal dari {entrant.agency_name}, yang mengajukan proposal ini. / "
        f"{seat.office} belongs to {entrant.agency_name}, which entered this proposal."
    )


def declaring(assignment: Assignment, duty: Duty, reason: str) -> tuple[ConflictDeclared, ...]:
    """What is said when a juror tells of a conflict; nothing when the juror is recused already."""
    refuse_strangers(assignment, duty)
    if duty.recused:
        return ()
    if duty.closed:
        raise scoring_closed(assignment.stage)
    return (ConflictDeclared(**assignment.said(), kind="declared", reason=reason),)
