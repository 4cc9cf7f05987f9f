"""What may be saved and handed in, and when."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from contracts.outcomes import Refused
from contracts.rulebook import Intake, Label, Rulebook

from submission_service.rules.proposals import Content, count_words

EditionState = Literal["draft", "open", "closed"]


def check_may_save(state: EditionState, intake: Intake, now: datetime) -> None:
    """Refused `intake_not_open` when the edition is not opened yet, or takes nothing any more."""
    if state == "draft":
        raise Refused("intake_not_open", "the edition is not opened yet: wait for its opening")
    if state == "closed" or now > intake.closes_at:
        closed = f"the intake closed at {intake.closes_at.isoformat()}"
        raise Refused("intake_not_open", f"{closed}: nothing is taken any more")


def check_may_submit(state: EditionState, intake: Intake, now: datetime) -> None:
    """Refused `intake_not_open` outside opens_at up to and with closes_at."""
    check_may_save(state, intake, now)
    if not intake.is_open(now):
        opens = intake.opens_at.isoformat()
        raise Refused("intake_not_open", f"the intake opens at {opens}: hand in from then on")


def check_may_close(state: EditionState, intake: Intake, now: datetime) -> None:
    """Refused `edition_not_open` for a draft, `intake_still_open` up to and with closes_at."""
    if state == "draft":
        raise Refused("edition_not_open", "the edition is not opened yet: open it first")
    if now <= intake.closes_at:
        closes = intake.closes_at.isoformat()
        raise Refused("intake_still_open", f"proposals may come in up to {closes}: close after it")


def check_sections_known(content: Content, rulebook: Rulebook) -> None:
    """Refused `unknown_section` when the content answers what the rulebook does not ask."""
    known = [section.id for section in rulebook.sections]
    unknown = [each for each in content.sections if each not in known]
    if unknown:
        text = f"the rulebook has no section {', '.join(unknown)}: it has {', '.join(known)}"
        raise Refused("unknown_section", text)


def check_labels_known(content: Content, rulebook: Rulebook) -> None:
    """Refused `unknown_label`: a label, or a value of one, that the rulebook does not have."""
    wrong = list(_labels_unknown(content, rulebook))
    if wrong:
        raise Refused("unknown_label", "; ".join(wrong))


def _labels_unknown(content: Content, rulebook: Rulebook) -> Iterator[str]:
    known = {label.id: [value.id for value in label.values] for label in rulebook.labels}
    for label, value in content.labels.items():
        if label not in known:
            yield f"the rulebook has no label {label}: it has {', '.join(known) or 'none'}"
        elif value not in known[label]:
            yield f"the label {label} has no value {value}: it has {', '.join(known[label])}"


def labels_missing(content: Content, rulebook: Rulebook) -> tuple[Label, ...]:
    """The labels of the rulebook that are not optional, and that the content does not have."""
    return tuple(
        each for each in rulebook.labels if not each.optional and each.id not in content.labels
    )


def check_complete_enough(content: Content, rulebook: Rulebook) -> None:
    """Refused `entry_incomplete` without a title, an agency, a start, or a label that is asked.

    A section without text is no obstacle here: it is a ground of rejection afterwards.
    """
    needed = {
        "title": content.title,
        "agency": content.agency,
        "started_on": content.started_on,
    }
    missing = [name for name, value in needed.items() if not value]
    missing += [f"labels.{each.id}" for each in labels_missing(content, rulebook)]
    if missing:
        text = f"the draft has no {', '.join(missing)}: save it with them, then hand it in"
        raise Refused("entry_incomplete", text)


def check_lengths(content: Content, rulebook: Rulebook) -> None:
    """Refused `too_many_words`, naming each section that is over its limit."""
    over = list(_sections_over(content, rulebook))
    if over:
        raise Refused("too_many_words", f"{'; '.join(over)}: shorten and save, then hand in")


def _sections_over(content: Content, rulebook: Rulebook) -> Iterator[str]:
    for section in rulebook.sections:
        words = count_words(content.sections.get(section.id, ""))
        if section.words_max is not None and words > section.words_max:
            yield f"section {section.id} has {words} words, at most {section.words_max} may be"
