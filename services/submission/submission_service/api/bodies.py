"""What is sent to submission."""

from typing import Annotated

from contracts.ids import Token
from contracts.submission import Ground
from contracts.written import Impersonal, Minute, Office, Reason
from pydantic import BaseModel, ConfigDict, Field

from submission_service.rules.proposals import Line


class Order(BaseModel):
    """What is asked for; a field that nobody knows is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Amendment(Order):
    """Another rulebook, as a TOML text, and the minuted decision on it."""

    # A length is asked for because only then half a character of UTF-16 is refused.
    rulebook: Annotated[str, Field(min_length=1)]
    decision: Minute


class Agency(Order):
    """A body that enters proposals or sends jurors; `kind` as in `dinas`, `kecamatan`."""

    name: Annotated[Line, Field(min_length=1), Impersonal]
    kind: Token


class Withdrawal(Order):
    """Why an agency takes its proposal back."""

    reason: Reason


class Decided(Order):
    """The office that decides."""

    by: Office


class Rejection(Decided):
    """The grounds; those that the rules find when there are none here."""

    grounds: tuple[Annotated[Ground, Impersonal], ...] = ()


class Ordered(Decided):
    """The office that decides, and why."""

    reason: Reason
