"""Who waits behind whom: what a message is about, and what is parked in front of it.

A parked message holds back every later one that is about the same or about a part of it: the same
proposal in the same stage, every stage of the proposal, every proposal of the stage, or the whole
edition. What is about more goes by, because it may be what the parked one waits for. A freezing is
about the whole edition: what it holds back tells of later stages and of awards too.
"""

from bisect import insort
from collections.abc import Iterable

from contracts.freezing import FreezeEvent
from contracts.operations import MessageEvent
from contracts.outcomes import Refused
from contracts.registry import EVENTS

from kit.heard import Heard

NOTHING = ""
ID_SIGNS_MAX = 64

_ABOUT = {
    (*each.type.split(".")[:2],): "edition" if issubclass(each, FreezeEvent) else each.about
    for each in EVENTS
}


def about(heard: Heard) -> str:
    """What a message is about: `edition/stage/proposal`, a part empty where it is about them all.

    `NOTHING` of what the services say of their own running. Of a message that cannot be read
    only its subject is known; what that does not name, it may be about.
    """
    try:
        event = heard.event
    except Refused:
        return _by_subject(heard.subject)
    if isinstance(event, MessageEvent):
        return NOTHING
    if isinstance(event, FreezeEvent):
        return _joined(event.edition, "", "")
    return _joined(event.edition, getattr(event, "stage", ""), getattr(event, "proposal", ""))


def _by_subject(subject: str) -> str:
    _, _, edition, entity, identity, fact = [*subject.split("."), *[""] * 6][:6]
    named = _ABOUT.get((entity, fact))
    if named == MessageEvent.about:
        return NOTHING
    stage = identity if named == "stage" else ""
    return _joined(edition, stage, identity if named == "proposal" else "")


def _joined(*parts: str) -> str:
    return "/".join(part.replace("/", "")[:ID_SIGNS_MAX] for part in parts)


def covering(about_it: str) -> tuple[str, ...]:
    """All that holds this back when it is parked in front; nothing for `NOTHING`."""
    if about_it == NOTHING:
        return ()
    edition, stage, proposal = about_it.split("/")
    found = (_joined(edition, *each) for each in ((stage, proposal), (stage, ""), ("", proposal)))
    return tuple(dict.fromkeys([*found, _joined(edition, "", "")]))


def may_change(about_it: str, edition: str, stage: str) -> bool:
    """Whether a message that is about this may change something in the stage."""
    its_edition, its_stage, _ = [*about_it.split("/"), "", ""][:3]
    return its_edition == edition and its_stage in ("", stage)


class Line:
    """The places of everything that is parked, by what it is about."""

    def __init__(self, parked: Iterable[tuple[int, str]]) -> None:
        self._places: dict[str, list[int]] = {}
        for position, about_it in parked:
            self.add(position, about_it)

    def __bool__(self) -> bool:
        return bool(self._places)

    def front_of(self, position: int, about_it: str) -> int | None:
        """The first place of what holds back a message at this position; None when nothing does."""
        firsts = (self._places[each][0] for each in covering(about_it) if each in self._places)
        return min((first for first in firsts if first < position), default=None)

    def add(self, position: int, about_it: str) -> None:
        """The message is parked; adding it again changes nothing."""
        places = self._places.setdefault(about_it, [])
        if not places or position > places[-1]:
            places.append(position)
        elif position not in places:
            insort(places, position)

    def remove(self, position: int, about_it: str) -> bool:
        """The message is not parked any more; whether it was."""
        places = self._places.get(about_it, [])
        if position not in places:
            return False
        places.remove(position)
        if not places:
            del self._places[about_it]
        return True
