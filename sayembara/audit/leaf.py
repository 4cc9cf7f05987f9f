"""One message of the log as a leaf of the tree: the bytes that stand for it, and their hash."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any, Protocol

LEAF = b"\x00"
"""What RFC 6962 puts before a leaf, so that no leaf can pass for an inner node."""


class Stored(Protocol):
    """A message as it is stored on the log."""

    @property
    def position(self) -> int:
        """Where it stands."""

    @property
    def subject(self) -> str:
        """The subject that it was published on."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers."""

    @property
    def body(self) -> bytes:
        """Its data, byte for byte."""


def signed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that say what the message is: `ce-*` and the content type.

    Not `Nats-*`, which the server reads and adds to; nor the relay's place, nor the trace.
    """
    return {name: value for name, value in headers.items() if _says_what_it_is(name)}


@lru_cache(maxsize=256)
def _says_what_it_is(name: str) -> bool:
    return name.lower().startswith("ce-") or name.lower() == "content-type"


def leaf_facts(message: Stored) -> dict[str, Any]:
    """What a leaf says: position, subject, headers, and the SHA-256 of the body."""
    return {
        "headers": signed_headers(message.headers),
        "position": message.position,
        "sha256": sha256(message.body).hexdigest(),
        "subject": message.subject,
    }


def written(message: Stored) -> str:
    """The facts of a message in their RFC 8785 form.

    Header names are ASCII, so sorting by code points is sorting by it.
    """
    given = message.headers
    headers = ",".join([f"{shown}{quoted(given[name])}" for shown, name in _signed(tuple(given))])
    body = sha256(message.body).hexdigest()
    place = f'"position":{message.position},"sha256":"{body}","subject":{quoted(message.subject)}'
    return f'{{"headers":{{{headers}}},{place}}}'


@lru_cache(maxsize=256)
def _signed(names: tuple[str, ...]) -> list[tuple[str, str]]:
    # Services write the same few headers in the same order, again and again.
    return [(f"{quoted(name)}:", name) for name in sorted(names) if _says_what_it_is(name)]


def leaf_hash(message: Stored) -> bytes:
    """The hash of this message's leaf."""
    return sha256(LEAF + written(message).encode()).digest()
