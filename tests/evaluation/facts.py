"""An edition with two stages, its proposals and its panel, to build the tests of evaluation on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from contracts.evaluation import (
    ConflictDeclared,
    JurorRecused,
    JurorSeated,
    Mark,
    Minute,
    SheetAmended,
    SheetSubmitted,
)
from contracts.ranking import ProposalAdvanced
from contracts.rulebook import Rulebook
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
)
from evaluation_service.app import SERVICE
from evaluation_service.handlers import close_scoring, declare_conflict, hand_in, seat_juror
from evaluation_service.rules.facts import Assignment, Seat
from kit.testing import Given, given

EDITION = "kipp-luwu-utara-2019"
FIRST = "administrasi"
SECOND = "presentasi"
OPENED_AT = datetime(2019, 8, 1, tzinfo=UTC)

PREFIX: dict[str, Any] = {"edition": EDITION, "stage": FIRST}
BAPPEDA = Seat("sekretaris-bappeda", "Sekretaris Bappeda", "bappeda")
KOMINFO = Seat("kepala-dinas-kominfo", "Kepala Dinas Kominfo", "dinas-kominfo")
CAMAT = Seat("camat-sukamaju", "Camat Sukamaju", "kecamatan-sukamaju")

Command = Callable[[Any], Any]


def _words(text: str) -> dict[str, str]:
    return {"id": text, "en": text}


def _criterion(name: str, **scale: str) -> dict[str, Any]:
    return {"id": name, "name": _words(name), "weight": "50", "scale": scale}


def rulebook(quorum: int = 1) -> Rulebook:
    criteria = [_criterion("kebaruan"), _criterion("dampak", min="1", max="5", step="0.5")]
    stages = [
        {"id": each, "name": _words(each), "criteria": criteria, "quorum": quorum}
        for each in (FIRST, SECOND)
    ]
    return Rulebook.model_validate(
        {
            "id": EDITION,
            "name": _words("KIPP"),
            "tier": "kabupaten",
            "organiser": "Bagian Organisasi",
            "intake": {"opens_at": OPENED_AT, "closes_at": OPENED_AT + timedelta(days=30)},
            "sections": [{"id": "ringkasan", "name": _words("Ringkasan")}],
            "stages": stages,
        }
    )


def opened(quorum: int = 1) -> EditionOpened:
    book = rulebook(quorum)
    return EditionOpened(
        edition=EDITION, rulebook=book, rulebook_digest=book.digest(), opened_at=OPENED_AT
    )


def admitted(
    proposal: str,
    agency: str = "dinas-kesehatan",
    agency_name: str = "Dinas Kesehatan",
    innovator: str = "",
) -> ProposalAdmitted:
    return ProposalAdmitted(
        edition=EDITION,
        proposal=proposal,
        title=f"Inovasi {proposal}",
        agency=agency,
        agency_name=agency_name,
        innovator=innovator,
        by="Sekretariat",
    )


def withdrawn(proposal: str) -> ProposalWithdrawn:
    return ProposalWithdrawn(edition=EDITION, proposal=proposal, reason="tidak jadi ikut")


def disqualified(proposal: str) -> ProposalDisqualified:
    return ProposalDisqualified(
        edition=EDITION, proposal=proposal, reason="bukan karya sendiri", by="Sekretariat"
    )


def advanced(proposal: str, next_stage: str | None = SECOND) -> ProposalAdvanced:
    return ProposalAdvanced(
        edition=EDITION,
        stage=FIRST,
        proposal=proposal,
        title=f"Inovasi {proposal}",
        agency="dinas-kesehatan",
        rank=1,
        score=Decimal("80.00"),
        next_stage=next_stage,
    )


def seated(seat: Seat, stage: str = FIRST) -> JurorSeated:
    return JurorSeated(edition=EDITION, stage=stage, **vars(seat))


def conflict(proposal: str, juror: str, kind: Any, reason: str) -> ConflictDeclared:
    return ConflictDeclared(**PREFIX, proposal=proposal, juror=juror, kind=kind, reason=reason)


def recused(proposal: str, juror: str, reason: str) -> JurorRecused:
    return JurorRecused(**PREFIX, proposal=proposal, juror=juror, reason=reason)


def duty_of(proposal: str, seat: Seat = BAPPEDA, stage: str = FIRST) -> Assignment:
    return Assignment(EDITION, stage, proposal, seat.juror)


def numbers(kebaruan: str = "70", dampak: str = "3.5") -> dict[str, Decimal]:
    return {"kebaruan": Decimal(kebaruan), "dampak": Decimal(dampak)}


def marks(kebaruan: str = "70", dampak: str = "3.5") -> tuple[Mark, ...]:
    return tuple(
        Mark(criterion=each, value=mark) for each, mark in numbers(kebaruan, dampak).items()
    )


def submitted(proposal: str, seat: Seat, marked: tuple[Mark, ...]) -> SheetSubmitted:
    return SheetSubmitted(**PREFIX, proposal=proposal, juror=seat.juror, marks=marked, version=1)


def amended(
    proposal: str, seat: Seat, marked: tuple[Mark, ...], version: int, reason: str
) -> SheetAmended:
    return SheetAmended(
        **PREFIX, proposal=proposal, juror=seat.juror, marks=marked, version=version, reason=reason
    )


def seating(seat: Seat, stage: str = FIRST) -> Command:
    return lambda store: seat_juror(store, EDITION, stage, seat)


def sheet(
    proposal: str,
    seat: Seat = BAPPEDA,
    marked: dict[str, Decimal] | None = None,
    reason: str | None = None,
) -> Command:
    return lambda store: hand_in(store, duty_of(proposal, seat), marked or numbers(), reason)


def closing(decision: Minute | None = None, stage: str = FIRST) -> Command:
    return lambda store: close_scoring(store, EDITION, stage, "Sekretariat", decision)


def declaring(proposal: str, seat: Seat, reason: str = "kerabat saya") -> Command:
    return lambda store: declare_conflict(store, duty_of(proposal, seat), reason)


def judged(*proposals: str, quorum: int = 1) -> Given:
    """The first stage, with these proposals and two jurors who have no conflict."""
    known = given(SERVICE, opened(quorum), *map(admitted, proposals))
    return known.done(seating(BAPPEDA), seating(CAMAT))
