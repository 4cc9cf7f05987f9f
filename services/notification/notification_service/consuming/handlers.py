"""Letting in a consumer, giving it another key, showing it out."""

from collections.abc import Iterable
from typing import Any

from contracts.consumers import ConsumerAdded, ConsumerRevoked, ConsumerRotated
from contracts.event import Event
from contracts.ids import Office, Reason, Token
from contracts.operations import NO_EDITION
from contracts.outcomes import NotFound, Refused
from sqlalchemy import Row

from notification_service.consuming import rules
from notification_service.consuming.store import ConsumerStore


def add(store: ConsumerStore, asked: ConsumerAdded) -> Iterable[Event]:
    """Let somebody in; nothing when it is there just so."""
    known = store.consumer(asked.consumer)
    if known is not None and not known.revoked:
        if _is_so(known, asked):
            return ()
        raise Refused(
            "name_taken", f"there is a consumer '{asked.consumer}'; revoke it, or choose a name"
        )
    rules.check_name(asked.consumer)
    rules.check_events(asked.events, asked.view)
    rules.check_whole_log(asked.view, whole_log=asked.whole_log)
    rules.check_room(store.count_consumers())
    return (asked,)


def rotate(
    store: ConsumerStore, consumer: Token, nkey: str, by: Office, reason: Reason
) -> Iterable[Event]:
    """Have it log in with another key; nothing when it does so already."""
    known = _found(store, consumer)
    if known.revoked:
        raise Refused("revoked", f"'{consumer}' was revoked; add it anew")
    if known.nkey == nkey:
        return ()
    said = {"edition": NO_EDITION, "consumer": consumer, "by": by, "reason": reason}
    return (ConsumerRotated(**said, nkey=nkey),)


def revoke(store: ConsumerStore, consumer: Token, by: Office, reason: Reason) -> Iterable[Event]:
    """Let it in no more; nothing when it was revoked before."""
    if _found(store, consumer).revoked:
        return ()
    return (ConsumerRevoked(edition=NO_EDITION, consumer=consumer, by=by, reason=reason),)


def keep_added(event: ConsumerAdded, store: ConsumerStore) -> None:
    """It may consume."""
    store.keep_consumer(event)


def keep_rotated(event: ConsumerRotated, store: ConsumerStore) -> None:
    """It has another key."""
    _change(event, store, nkey=event.nkey)


def keep_revoked(event: ConsumerRevoked, store: ConsumerStore) -> None:
    """It may consume no more."""
    _change(event, store, revoked=True)


def _change(
    event: ConsumerRotated | ConsumerRevoked, store: ConsumerStore, **values: object
) -> None:
    store.change_consumer(event.consumer, by=event.by, reason=event.reason, **values)


def _is_so(known: Row[Any], asked: ConsumerAdded) -> bool:
    same = ("nkey", "of_edition", "view", "from_position", "whole_log")
    return known.events == " ".join(asked.events) and all(
        getattr(known, name) == getattr(asked, name) for name in same
    )


def _found(store: ConsumerStore, consumer: Token) -> Row[Any]:
    known = store.consumer(consumer)
    if known is None:
        raise NotFound(
            "no_such_consumer", f"there is no consumer '{consumer}'; GET /consumers lists all"
        )
    return known
