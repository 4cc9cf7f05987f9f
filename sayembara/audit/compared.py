"""What is published, beside what is replayed: which goes with which, and how they differ."""

from collections.abc import Mapping

from contracts.envelope import decode
from contracts.event import Event
from contracts.ranking import ProposalAwarded

Key = tuple[str, ...]
NOT_HELD: Mapping[str, object] = {"held_by": ()}


def is_decided(event: Event) -> bool:
    """Whether it is an award that a command decided."""
    return isinstance(event, ProposalAwarded) and event.basis == "decision"


def key(event: Event) -> Key:
    """What is published and what is replayed go together when this is the same."""
    names = ("stage", "proposal", "award", "rulebook_digest")
    given = (str(getattr(event, name, "")) for name in names)
    return (event.type, event.edition, *given)


def named(event: Event) -> str:
    """The event in a finding's words."""
    facts = (getattr(event, name, None) for name in ("stage", "proposal", "award"))
    return " ".join([event.type, event.edition, *(str(each) for each in facts if each)])


def differences(published: Event, replayed: Event) -> str:
    """In which fields both differ; empty when in none.

    Which frozen stages hold an event back is no part of what was worked out: see `freezing`.
    """
    published, replayed = (each.model_copy(update=NOT_HELD) for each in (published, replayed))
    if published == replayed:
        return ""
    # Both in the form of today's contract, so that fields which it learned since are defaults.
    forms = (decode(each.type, each.model_dump_json().encode()) for each in (published, replayed))
    said, found = forms
    pairs = [
        f"{name} is published as {getattr(said, name)}, replayed {getattr(found, name)}"
        for name in type(said).model_fields
        if getattr(said, name) != getattr(found, name)
    ]
    return "; ".join(pairs)
