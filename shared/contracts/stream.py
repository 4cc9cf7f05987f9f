"""The log: one stream over every event of every edition, and its raw configuration.

Raw, because client libraries drop fields that they do not model. The log keeps its messages for
ever and refuses delete and purge. `duplicate_window` is only a belt: the relay finds its place by
the log itself.
"""

from typing import Any

from contracts.event import SUBJECT_ROOT

STREAM = "SAYEMBARA"
NANOSECONDS = 1_000_000_000

STREAM_CONFIG: dict[str, Any] = {
    "name": STREAM,
    "description": "Every event of every edition, in one order, for ever",
    "subjects": [f"{SUBJECT_ROOT}.>"],
    "retention": "limits",
    "storage": "file",
    "discard": "new",
    "max_msgs": -1,
    "max_bytes": -1,
    "max_age": 0,
    "max_msgs_per_subject": -1,
    "num_replicas": 1,
    "compression": "s2",
    "duplicate_window": 120 * NANOSECONDS,
    "deny_delete": True,
    "deny_purge": True,
    "allow_direct": True,
    "allow_atomic": True,
}

PUBLIC_STREAM = "SAYEMBARA_PUBLIC"
PUBLIC_ROOT = "public"
LIVE_ROOT = "live"
"""What the public stream takes is said again under this root, to whoever listens right then."""

PUBLIC_STREAM_CONFIG: dict[str, Any] = {
    **STREAM_CONFIG,
    "name": PUBLIC_STREAM,
    "description": "The public view of the log, in the order in which it was shown",
    "subjects": [f"{PUBLIC_ROOT}.>"],
    "republish": {"src": f"{PUBLIC_ROOT}.>", "dest": f"{LIVE_ROOT}.>"},
}
"""Its positions are the numbers of what was shown: 1, 2, 3 and so on, without a gap."""

ACK_WAIT_SECONDS = 30

EVENT_BYTES_MAX = 1_000_000
"""The largest event: with its headers it fits into a message of MESSAGE_BYTES."""

MESSAGE_BYTES = 1_048_576
"""What every server must take in one message (`max_payload`); it is the servers' own default."""


def own_subjects(service: str) -> str:
    """The filter over everything that one service says."""
    return f"{SUBJECT_ROOT}.{service}.>"


def consumer_config(service: str, filters: tuple[str, ...]) -> dict[str, Any]:
    """The one durable consumer of a service: in stream order, acknowledged in bulk.

    `max_deliver` is unlimited, because what cannot be taken is parked by the service itself.
    """
    return {
        "durable_name": service,
        "name": service,
        "deliver_policy": "all",
        "ack_policy": "all",
        "ack_wait": ACK_WAIT_SECONDS * NANOSECONDS,
        "max_deliver": -1,
        "max_ack_pending": 10_000,
        "replay_policy": "instant",
        "filter_subjects": sorted(filters),
    }
