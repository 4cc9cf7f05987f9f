"""The public view of an event: what a ministry, a newsroom or a browser may see of it.

It has no juror, no office that decided, no words of a reason: `SHOWN` says which fields are left.
An event that is not named there has no public view. One that is `held_by` frozen stages is shown
when none of them is frozen any more, and not before.
"""

from collections.abc import Mapping

from contracts import auditor, evaluation, freezing, ranking, submission
from contracts.consumers import View
from contracts.envelope import CONTENT_TYPE, MESSAGE_ID, schema_uri
from contracts.event import SUBJECT_ROOT, Event
from contracts.registry import BY_TYPE
from contracts.stream import PUBLIC_ROOT

SHOWN: Mapping[type[Event], frozenset[str]] = {
    event: frozenset(fields.split())
    for event, fields in (
        (submission.EditionOpened, "edition rulebook rulebook_digest opened_at"),
        (submission.RulebookAmended, "edition rulebook rulebook_digest before"),
        (submission.ProposalWithdrawn, "edition proposal"),
        (submission.IntakeClosed, "edition submitted"),
        (submission.ProposalAdmitted, "edition proposal title agency agency_name labels"),
        (submission.ProposalDisqualified, "edition proposal"),
        (evaluation.ScoringClosed, "edition stage sheets"),
        (ranking.StandingsChanged, "edition stage position rows removed"),
        (ranking.PlacesMoved, "edition stage position rulebook_digest moves"),
        (ranking.DecisionAsked, "edition stage position digest why proposals limits"),
        (ranking.StageDecided, "edition stage ranks advanced"),
        (ranking.StageRanked, "edition stage position digest proposals advanced departures"),
        (
            ranking.ProposalAdvanced,
            "edition stage proposal title agency band computed_rank because rank score next_stage",
        ),
        (
            ranking.ProposalEliminated,
            "edition stage proposal title agency band computed_rank because rank score displaced",
        ),
        (ranking.ProposalAwarded, "edition proposal title agency award award_name basis rank"),
        (ranking.ResultsAnnounced, "edition awards"),
        (freezing.StandingsFrozen, "edition stage position"),
        (freezing.PlaceRevealed, "edition stage proposal title agency rank score remaining"),
        (freezing.StandingsUnfrozen, "edition stage position"),
        (auditor.CheckpointSigned, "edition size root note"),
    )
}
"""The fields that everybody may see, of each event that has a public view."""

POSITION_HEADER = "Sayembara-Position"
"""The header of a public message that says where its event is on the log."""

_KEPT = ("ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject")


def seen_in(view: View) -> Mapping[str, type[Event]]:
    """Every event, by type, of which there is something to see in that view."""
    return BY_TYPE if view == "internal" else {event.type: event for event in SHOWN}


def public_body(event: Event) -> bytes | None:
    """The public view as JSON, in the form of `encode`; None when there is none."""
    fields = SHOWN.get(type(event))
    if fields is None:
        return None
    return event.model_dump_json(include=set(fields), exclude_unset=True).encode()


def public_subject(subject: str) -> str:
    """Where the view of what is on this subject goes: `public.<edition>.<entity>.<id>.<event>`."""
    root, _, rest = subject.split(".", 2)
    if root != SUBJECT_ROOT:
        raise ValueError(f"{subject} is no subject of the log")
    return f"{PUBLIC_ROOT}.{rest}"


def public_filter(event: type[Event]) -> str:
    """The filter over the views of every event of this class, in all editions."""
    return public_subject(event.filter())


def public_headers(headers: Mapping[str, str], position: int) -> dict[str, str]:
    """The headers of the view: the event's own id, type and time, and its place on the log.

    What it was said in answer to stays inside: a correlation id is whatever a caller chose.
    """
    return {
        MESSAGE_ID: headers["ce-id"],
        "content-type": CONTENT_TYPE,
        **{name: headers[name] for name in _KEPT if name in headers},
        "ce-dataschema": schema_uri(headers["ce-type"], "public"),
        POSITION_HEADER: str(position),
    }
