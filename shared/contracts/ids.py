"""Identifiers: tokens that are safe in a subject, in an address and in a file name."""

from typing import Annotated

from pydantic import StringConstraints

TOKEN = r"^[a-z0-9][a-z0-9-]{0,63}$"
Token = Annotated[str, StringConstraints(pattern=TOKEN)]

EditionId = Token
StageId = Token
CriterionId = Token
SectionId = Token
ProposalId = Token
AgencyId = Token
JurorId = Token
AwardId = Token
PanelId = Token
PartId = Token
LabelId = Token
BandId = Token
ServiceName = Token

PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""No control characters but tab and line ends: stores and mails refuse the others."""


def _words(least: int, most: int) -> StringConstraints:
    return StringConstraints(
        min_length=least, max_length=most, strip_whitespace=True, pattern=PRINTABLE
    )


Office = Annotated[str, _words(1, 200)]
Reason = Annotated[str, _words(3, 2000)]
Title = Annotated[str, _words(1, 300)]
Note = Annotated[str, _words(0, 300)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
