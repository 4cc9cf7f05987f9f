"""Identifiers: tokens that are safe in a subject, in an address and in a file name."""

from typing import Annotated

from pydantic import StringConstraints

Token = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

EditionId = Token
StageId = Token
CriterionId = Token
SectionId = Token
ProposalId = Token
AgencyId = Token
JurorId = Token
AwardId = Token
ServiceName = Token

Office = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=2000, strip_whitespace=True)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
