"""Which grounds a proposal gives for not being admitted."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

from contracts.ids import ProposalId
from contracts.outcomes import Refused
from contracts.rulebook import Intake, Rulebook
from contracts.submission import Ground

from submission_service.rules.intake import labels_missing
from submission_service.rules.proposals import Content, Entry

REASON_MAX = 2000
"""The most characters of a Reason."""


def age_months(started_on: date, on: date) -> int:
    """Whole calendar months from the start to the day `on`; below 0 when it starts later.

    A month that began on the 31st is whole on the last day of a shorter month.
    """
    months = (on.year - started_on.year) * 12 + on.month - started_on.month
    last_day = monthrange(on.year, on.month)[1]
    return months if min(started_on.day, last_day) <= on.day else months - 1


def find_grounds(
    entry: Entry, content: Content, rulebook: Rulebook, twins: Sequence[ProposalId]
) -> tuple[Ground, ...]:
    """Every ground that the rules find, in Indonesian and English, with its figures.

    `content` is what was handed in; `twins` are the other proposals in the competition that
    have the same title.
    """
    return (
        *_too_young(entry.started_on, rulebook.intake),
        *_incomplete(content, rulebook),
        *_unlabelled(content, rulebook),
        *_same_title(twins),
    )


def check_no_grounds(grounds: Sequence[Ground]) -> None:
    """Refused `grounds_found` when there is a ground against admission."""
    if grounds:
        raise Refused("grounds_found", "; ".join(ground.text for ground in grounds))


def grounds_of_rejection(given: Sequence[Ground], found: Sequence[Ground]) -> tuple[Ground, ...]:
    """The grounds that the secretariat gives, else those found; Refused `no_grounds` without."""
    if not given and not found:
        raise Refused("no_grounds", "the rules find no ground: name one, or admit the proposal")
    return tuple(given or found)


def _too_young(started_on: date, intake: Intake) -> Iterator[Ground]:
    """Age is counted back from the day of closing (KIPP guidance of 2020 and 2021)."""
    closing = intake.closes_at.date()
    age, least = age_months(started_on, closing), intake.age_months_min
    if age < least:
        text = (
            f"Mulai diterapkan {started_on}: berumur {age} bulan pada penutupan {closing},"
            f" paling sedikit {least} bulan / Started on {started_on}: {age} months old at the"
            f" closing on {closing}, at least {least} months are needed"
        )
        yield Ground(code="too_young", text=text)


def _incomplete(content: Content, rulebook: Rulebook) -> Iterator[Ground]:
    empty = [each for each in rulebook.sections if not content.sections.get(each.id, "").strip()]
    if empty:
        figures = f"{len(empty)}/{len(rulebook.sections)}"
        text = (
            f"Bagian tanpa isi ({figures}): {', '.join(each.name.id for each in empty)} /"
            f" Sections without text ({figures}): {', '.join(each.name.en for each in empty)}"
        )
        yield Ground(code="incomplete", text=_cut(text))


def _unlabelled(content: Content, rulebook: Rulebook) -> Iterator[Ground]:
    """A label may have been added to the rulebook after the proposal was handed in."""
    missing = labels_missing(content, rulebook)
    if missing:
        text = (
            f"Tanpa keterangan: {', '.join(each.name.id for each in missing)} /"
            f" Not labelled: {', '.join(each.name.en for each in missing)}"
        )
        yield Ground(code="incomplete", text=_cut(text))


def _same_title(twins: Sequence[ProposalId]) -> Iterator[Ground]:
    if twins:
        names = ", ".join(twins)
        text = (
            f"Judul sama dengan {len(twins)} usulan lain: {names} /"
            f" Same title as {len(twins)} other proposals: {names}"
        )
        yield Ground(code="same_title", text=_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= REASON_MAX else f"{text[: REASON_MAX - 1]}…"
