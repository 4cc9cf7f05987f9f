"""What notification says of those who consume events: who was let in, to what, and who no more."""

from base64 import b32decode
from binascii import crc_hqx
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from contracts.event import Event
from contracts.ids import EditionId, Office, Reason, Token

USER_KEY = 20 << 3
"""The first byte of a NATS user's public key."""


def user_key(text: str) -> str:
    """The public key of a NATS user, as it is; ValueError when it is none, or has a mistake.

    A server does not read a configuration with such a mistake in it.
    """
    raw = b32decode(text)
    checksum = crc_hqx(raw[:-2], 0).to_bytes(2, "little")
    if raw[0] != USER_KEY or raw[-2:] != checksum:
        raise ValueError("this is not the public key of a NATS user; it begins with U")
    return text


UserKey = Annotated[str, StringConstraints(pattern=r"^U[A-Z2-7]{55}$"), AfterValidator(user_key)]
EventType = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z]+\.v[1-9][0-9]?$")]
View = Literal["public", "internal"]
"""What is seen of an event: what everybody may see, or all of it."""


class ConsumerEvent(Event):
    """What was decided of somebody who consumes events. It is of no edition."""

    source: ClassVar = "notification"
    about: ClassVar = "consumer"

    consumer: Token
    by: Office
    reason: Reason


class ConsumerAdded(ConsumerEvent):
    """Somebody may consume events of these types from now on: all of them, or of one edition.

    It logs in with `nkey`, and is given what is on the log from `from_position` on. With
    `whole_log` it may also read any message of the log by its position, as an audit does.
    """

    type: ClassVar = "consumer.added.v1"

    nkey: UserKey
    events: Annotated[tuple[EventType, ...], Field(min_length=1, max_length=100)]
    of_edition: EditionId | None = None
    view: View
    from_position: Annotated[int, Field(ge=1)]
    whole_log: bool = False


class ConsumerRotated(ConsumerEvent):
    """A consumer logs in with another key from now on, and no more with the one before."""

    type: ClassVar = "consumer.rotated.v1"

    nkey: UserKey


class ConsumerRevoked(ConsumerEvent):
    """A consumer may consume nothing any more."""

    type: ClassVar = "consumer.revoked.v1"
