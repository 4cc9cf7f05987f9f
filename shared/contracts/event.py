"""What every event is: a frozen fact with a type, a version, a source and one subject."""

from datetime import date, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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


AHEAD = timedelta(days=365)
"""How long before it goes, at the least, a deprecation is announced: one edition."""


class Deprecated(Fact):
    """An event that will be said no more after `until`; `instead` is the type to take for it.

    What is on the log stays readable for ever.
    """

    since: date
    until: date
    instead: str
    why: Annotated[str, Field(min_length=3)]

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.until < self.since + AHEAD:
            raise ValueError(f"until is less than {AHEAD.days} days after since")
        return self


class Event(Fact):
    """A fact on the log.

    `type` is `<entity>.<past participle>.v<version>`; `source` names the service that alone may
    say it; `about` names the field whose value identifies the entity in the subject.
    `deprecated` says until when it will be said, once that is known.
    """

    type: ClassVar[str]
    source: ClassVar[str]
    about: ClassVar[str]
    deprecated: ClassVar[Deprecated | None] = None

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
