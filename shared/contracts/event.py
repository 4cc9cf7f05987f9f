"""What every event is: a frozen fact with a type, a version, a source and one subject."""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from contracts.ids import PRINTABLE, EditionId, Office, Reason

SUBJECT_ROOT = "sayembara"
EVERY_SERVICE = "*"
"""The source of an event that each service says of itself."""


class Fact(BaseModel):
    """A frozen part of an event. Unknown fields are ignored: contracts change by addition."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Minute(Fact):
    """A panel's minuted decision: who took it, where it is written, and why."""

    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTABLE)]
    reason: Reason


class Event(Fact):
    """A fact on the log.

    `type` is `<entity>.<past participle>.v<version>`; `source` names the service that alone may
    say it; `about` names the field whose value identifies the entity in the subject.
    """

    type: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[str]

    edition: EditionId

    def said_by(self) -> str:
        """The service that says this event."""
        return self.source

    def subject(self) -> str:
        """The one subject of this event: `sayembara.<service>.<edition>.<entity>.<id>.<event>`."""
        entity, fact, _ = self.type.split(".")
        about = getattr(self, self.about)
        return f"{SUBJECT_ROOT}.{self.said_by()}.{self.edition}.{entity}.{about}.{fact}"

    @classmethod
    def filter(cls) -> str:
        """The subject filter that matches every event of this class, in all editions."""
        entity, fact, _ = cls.type.split(".")
        return f"{SUBJECT_ROOT}.{cls.source}.*.{entity}.*.{fact}"
