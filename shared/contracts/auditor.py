"""What the auditor says: what it has signed of the log. It is of no edition, and of every one."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.event import Event


class CheckpointSigned(Event):
    """The auditor signed the log: how many messages, the root over them, and the signed note."""

    type: ClassVar = "checkpoint.signed.v1"
    source: ClassVar = "auditor"
    about: ClassVar = "size"

    size: Annotated[int, Field(ge=1)]
    root: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
    note: Annotated[str, Field(min_length=1, max_length=4000)]
