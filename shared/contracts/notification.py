"""What notification says: what became of each notice. No address is on the log."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from contracts.event import Event
from contracts.ids import Office, Reason, Token

Role = Literal["applicant", "juror", "secretariat"]
"""As what a party is told of things."""
KeyId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class NoticeEvent(Event):
    """One message to one recipient, who is named by party: an agency, a juror, the secretariat."""

    source: ClassVar = "notification"
    about: ClassVar = "party"

    notice: Annotated[str, Field(min_length=1, max_length=100)]
    party: Token
    role: Role
    kind: Token


class NoticeDelivered(NoticeEvent):
    """The mail server (or the outbox folder of the embedded form) took the notice."""

    type: ClassVar = "notice.delivered.v1"

    tries: Annotated[int, Field(ge=1)]


class NoticeFailed(NoticeEvent):
    """A notice could not be delivered and is not tried again until somebody acts."""

    type: ClassVar = "notice.failed.v1"

    tries: Annotated[int, Field(ge=0)]
    reason: Reason


class ContactForgotten(Event):
    """Where a party was reached is erased for good, on an office's word: nobody can read it again.

    Who the party was is not here: it is an id, and `reason` is the ground, without a name. `key` is
    the id of the key that was destroyed: the contact that it sealed is the one that is erased.
    """

    type: ClassVar = "contact.forgotten.v1"
    source: ClassVar = "notification"
    about: ClassVar = "party"

    party: Token
    role: Role
    key: KeyId
    by: Office
    reason: Reason
