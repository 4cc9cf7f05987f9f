"""A stage with panels, parts and an order of merit, to build the tests of evaluation on."""

from decimal import Decimal
from typing import Any

from contracts.evaluation import Mark, Minute, SheetSubmitted
from contracts.ranking import ReviewCalled
from contracts.rulebook import Rulebook
from contracts.submission import EditionOpened, RulebookAmended
from evaluation_service.app import SERVICE
from evaluation_service.handlers import hand_in
from evaluation_service.handlers.many import TakeSheets
from evaluation_service.rules.batch import Row
from evaluation_service.rules.facts import Assignment, Marks, Seat
from kit.testing import Given, given

from tests.evaluation.facts import EDITION, OPENED_AT, Command, admitted, rulebook, seating

FINAL = "final"
OPEN = "bebas"
LEFT = Seat("juri-kiri", "Juri Kiri", "bappeda", "juri")
RIGHT = Seat("juri-kanan", "Juri Kanan", "bpbd", "juri")
PUBLIC = Seat("penonton", "Wakil Penonton", "umum", "publik")
HALF = {"min": "0", "max": "100", "step": "0.5"}
MINUTE = Minute(by="Panitia", minute="BA-7/2019", reason="bobot keliru")


def _words(text: str) -> dict[str, str]:
    return {"id": text, "en": text}


def _criterion(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "name": _words(name), "scale": HALF, **more}


def _stages(quorum: int, publics: int) -> list[dict[str, Any]]:
    panels = [
        {"id": "juri", "name": _words("juri"), "quorum": 2},
        {"id": "publik", "name": _words("publik"), "quorum": publics},
    ]
    runs = [
        _criterion("nilai", panel="juri", per="part"),
        _criterion("gaya", panel="juri", per="part", optional=True),
        _criterion("urutan", panel="publik", unique=True, scale={"min": "1", "max": "1000"}),
    ]
    steps = [{"id": "score", "formula": "round(max(mean(mark.nilai, juror), part), 2)"}]
    final = {"panels": panels, "parts": ["run-1", "run-2"], "criteria": runs, "quorum": quorum}
    both = [_criterion("profil"), _criterion("inovasi", per="part", optional=True)]
    steps_2 = [{"id": "score", "formula": "round(mean(mark.profil, juror), 2)"}]
    return [
        {"id": FINAL, "name": _words(FINAL), **final, "steps": steps},
        {"id": OPEN, "name": _words(OPEN), "open_parts": True, "criteria": both, "steps": steps_2},
    ]


def halfpipe(quorum: int = 1, publics: int = 1) -> Rulebook:
    plain = rulebook().model_dump(mode="json")
    return Rulebook.model_validate({**plain, "stages": _stages(quorum, publics)})


def opened(book: Rulebook | None = None) -> EditionOpened:
    book = book or halfpipe()
    return EditionOpened(
        edition=EDITION, rulebook=book, rulebook_digest=book.digest(), opened_at=OPENED_AT
    )


def rules_amended(before: Rulebook, after: Rulebook) -> RulebookAmended:
    return RulebookAmended(
        edition=EDITION,
        rulebook=after,
        rulebook_digest=after.digest(),
        before=before.digest(),
        decision=MINUTE,
    )


def review(proposal: str, sheets: int, position: int) -> ReviewCalled:
    return ReviewCalled(
        edition=EDITION, stage=FINAL, proposal=proposal, sheets=sheets, position=position
    )


def duty_of(
    proposal: str, seat: Seat = LEFT, part: str | None = None, stage: str = FINAL
) -> Assignment:
    return Assignment(EDITION, stage, proposal, seat.juror, part)


def numbers(**marks: str) -> Marks:
    return {criterion: Decimal(mark) for criterion, mark in marks.items()}


def submitted(assignment: Assignment, **marks: str) -> SheetSubmitted:
    given_ = tuple(Mark(criterion=each, value=Decimal(mark)) for each, mark in marks.items())
    return SheetSubmitted(**assignment.said(), marks=given_, version=1)


def sheet(assignment: Assignment, reason: str | None = None, **marks: str) -> Command:
    return lambda store: hand_in(store, assignment, numbers(**marks), reason)


def run(proposal: str, seat: Seat = LEFT, part: str = "run-1", mark: str = "70") -> Command:
    return sheet(duty_of(proposal, seat, part), nilai=mark)


def placed(proposal: str, place: str, reason: str | None = None, seat: Seat = PUBLIC) -> Command:
    return sheet(duty_of(proposal, seat), reason, urutan=place)


def row(line: int, assignment: Assignment, reason: str | None = None, **marks: str) -> Row:
    return Row(line, assignment, numbers(**marks), reason)


def taking(*rows: Row, partial: bool = False) -> TakeSheets:
    return TakeSheets(EDITION, rows, partial=partial)


def judged(*proposals: str, book: Rulebook | None = None) -> Given:
    """The final, with these proposals, two jurors and one seat of the public."""
    known = given(SERVICE, opened(book), *map(admitted, proposals))
    return known.done(*(seating(each, FINAL) for each in (LEFT, RIGHT, PUBLIC)))
