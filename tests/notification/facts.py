"""Facts that the tests of notification share: one small edition, and what happens in it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from contracts.cut import Band, Cut, Limit
from contracts.evaluation import JurorSeated, ScoringClosed
from contracts.event import Event, Minute
from contracts.operations import MessageParked
from contracts.ranking import (
    DecisionAsked,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    ReviewCalled,
)
from contracts.rulebook import Criterion, Intake, Rulebook, Section, Stage, Words
from contracts.submission import (
    EditionOpened,
    Ground,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalRejected,
    ProposalRevised,
    ProposalSubmitted,
    ProposalWithdrawn,
    RulebookAmended,
)
from contracts.webhooks import WebhookAdded, WebhookPaused

EDITION = "kipp-2019"
DIGEST = "sha256:" + "a" * 64
SUBMITTED_AT = datetime(2019, 8, 1, tzinfo=UTC)
TITLE = "Getar Dilan: d'Posyandu & <Lansia>"


def words(both: str) -> Words:
    return Words(id=f"{both} (id)", en=f"{both} (en)")


def stage(each: str, **other: Any) -> Stage:
    criteria = (Criterion(id="novelty", name=words("Kebaruan"), weight=Decimal(1)),)
    return Stage(id=each, name=words(each.title()), criteria=criteria, **other)


DESK = stage(
    "desk",
    cut=Cut(
        top=7,
        limits=(
            Limit(id="agencies", name=words("Paling banyak 2"), of="agency", at_most=2),
            Limit(id="unnamed", of="agency", at_least=1),
        ),
    ),
    bands=(Band(id="high", name=words("Sangat Inovatif"), least=Decimal(80)),),
)


BOOK = Rulebook(
    id=EDITION,
    name=words("KIPP 2019"),
    tier="kabupaten",
    organiser="Bagian Organisasi",
    intake=Intake(opens_at=SUBMITTED_AT, closes_at=datetime(2019, 9, 1, tzinfo=UTC)),
    sections=(Section(id="summary", name=words("Ringkasan")),),
    stages=(DESK, stage("interview")),
)
OPENED = EditionOpened(
    edition=EDITION, rulebook=BOOK, rulebook_digest=BOOK.digest(), opened_at=SUBMITTED_AT
)


def content(revision: int, **other: Any) -> dict[str, Any]:
    return {
        "edition": EDITION,
        "proposal": "p1",
        "revision": revision,
        "title": TITLE,
        "agency": "dinkes",
        "agency_name": "Dinas Kesehatan",
        "started_on": date(2018, 1, 1),
        "content_digest": DIGEST,
    } | other


SUBMITTED = ProposalSubmitted(**content(1))
REVISED = ProposalRevised(**content(2, title="Getar Dilan Plus"))
WITHDRAWN = ProposalWithdrawn(edition=EDITION, proposal="p1", reason="Belum siap dinilai")
ADMITTED = ProposalAdmitted(
    edition=EDITION,
    proposal="p1",
    title=TITLE,
    agency="dinkes",
    agency_name="Dinas Kesehatan",
    by="Sekretariat",
)
REJECTED = ProposalRejected(
    edition=EDITION,
    proposal="p1",
    grounds=(
        Ground(code="too_young", text="Inovasi baru berumur 3 bulan"),
        Ground(code="incomplete", text="Bagian ringkasan kosong"),
    ),
    by="Sekretariat",
)
DISQUALIFIED = ProposalDisqualified(
    edition=EDITION, proposal="p1", reason="Data tidak benar", by="Panitia"
)


def seated(juror: str, at: str = "desk", office: str = "Akademisi") -> JurorSeated:
    return JurorSeated(edition=EDITION, stage=at, juror=juror, office=office, agency="universitas")


def closed(at: str = "desk") -> ScoringClosed:
    return ScoringClosed(edition=EDITION, stage=at, sheets=6, by="Ketua panel")


RESULT: dict[str, Any] = {
    "edition": EDITION,
    "stage": "desk",
    "proposal": "p1",
    "title": TITLE,
    "agency": "dinkes",
}
ADVANCED = ProposalAdvanced(**RESULT, rank=2, score=Decimal("87.50"), next_stage="interview")
ADVANCED_LAST = ProposalAdvanced(**RESULT, rank=2, score=Decimal("87.50"))
ELIMINATED = ProposalEliminated(**RESULT, rank=9, score=Decimal("61.25"))
UNRANKED = ProposalEliminated(**RESULT, rank=None, score=None)


def awarded(**basis: Any) -> ProposalAwarded:
    return ProposalAwarded(
        edition=EDITION,
        proposal="p1",
        title=TITLE,
        agency="dinkes",
        award="top",
        award_name=words("Top 7"),
        **basis,
    )


BY_RANK = awarded(basis="rank", rank=2)
BY_DECISION = awarded(basis="decision", by="Dewan juri", reason="Inovasi paling partisipatif")


BY_BAND = awarded(basis="band", rank=2)
MINUTE = Minute(by="Tim Panel Independen", minute="BA-07/KIPP/2019", reason="Kuorum kurang")


def asked(why: Any, **about: Any) -> DecisionAsked:
    place: dict[str, Any] = {"edition": EDITION, "stage": "desk", "position": 40, "digest": DIGEST}
    return DecisionAsked(**place, why=why, **about)


def called(sheets: int, position: int = 30) -> ReviewCalled:
    return ReviewCalled(
        edition=EDITION, stage="desk", proposal="p1", sheets=sheets, position=position
    )


AMENDED_BOOK = BOOK.model_copy(update={"stages": (DESK, stage("interview", quorum=2))})
AMENDED = RulebookAmended(
    edition=EDITION,
    rulebook=AMENDED_BOOK,
    rulebook_digest=AMENDED_BOOK.digest(),
    before=BOOK.digest(),
    decision=MINUTE,
)


def parked(edition: str = EDITION, position: int = 41) -> MessageParked:
    return MessageParked(
        edition=edition,
        service="ranking",
        position=position,
        event_type="sheet.submitted.v1",
        outcome="refused",
        reason="no such stage",
    )


HOOKED = WebhookAdded(
    edition="none",
    webhook="kemendagri",
    origin="https://hook.kemendagri.example",
    events=("stage.ranked.v1",),
    of_edition=EDITION,
    view="public",
    owner="kemendagri",
    by="Bagian Organisasi",
    reason="surat permintaan 800/1234",
)
PAUSED = WebhookPaused(edition="none", webhook="kemendagri", reason="it answers with 503")

EVERY_KIND: tuple[tuple[str, Event], ...] = (
    ("received", SUBMITTED),
    ("revised", REVISED),
    ("withdrawn", WITHDRAWN),
    ("admitted", ADMITTED),
    ("rejected", REJECTED),
    ("disqualified", DISQUALIFIED),
    ("seated", seated("j1")),
    ("scoring-closed", closed()),
    ("advanced", ADVANCED),
    ("eliminated", ELIMINATED),
    ("awarded", BY_RANK),
    ("parked", parked()),
    ("decision-asked", asked("panel")),
    ("review-called", called(3)),
    ("rulebook-amended", AMENDED),
    ("webhook-paused", PAUSED),
)
