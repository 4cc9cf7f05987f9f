"""Who may be let in as a consumer, and to what. Pure."""

from collections.abc import Mapping, Sequence

from contracts.consumers import View
from contracts.event import Event
from contracts.ids import Token
from contracts.outcomes import Refused
from contracts.public import seen_in
from contracts.registry import BY_TYPE

CONSUMERS_MAX = 200
"""More would make the server's configuration long, and each change of it slow."""
RESERVED = frozenset({"admin", "all", "public", "system"}) | {
    event.source for event in BY_TYPE.values()
}


def check_name(consumer: Token) -> None:
    """Refused when that name means somebody else."""
    if consumer in RESERVED:
        raise Refused("reserved_name", f"'{consumer}' means a part of Sayembara; choose another")


def check_whole_log(view: View, *, whole_log: bool) -> None:
    """Refused when somebody would read the whole log, and see the public view of it only."""
    if whole_log and view != "internal":
        raise Refused("whole_log_is_internal", "the whole log is for the internal view only")


def check_room(consumers: int) -> None:
    """Refused when there are so many already that no other is let in."""
    if consumers >= CONSUMERS_MAX:
        raise Refused(
            "too_many_consumers",
            f"there are {consumers} consumers, which is the most; revoke one that is not needed",
        )


def check_events(events: Sequence[str], view: View) -> None:
    """Refused when one of these events is not there, or not to be seen in that view."""
    seen = seen_in(view)
    for each in events:
        if each not in BY_TYPE:
            raise Refused("unknown_event", f"there is no event '{each}'; there are {_list(seen)}")
        if each not in seen:
            raise Refused(
                "no_public_view",
                f"'{each}' has no public view; those that have one are {_list(seen)}",
            )


def _list(events: Mapping[str, type[Event]]) -> str:
    return ", ".join(sorted(events))
