"""The command `sayembara token`: whose token it is, and for how long."""

import re
from typing import Annotated

import typer
from contracts.ids import TOKEN
from kit.tokens import EVERY_EDITION, Role

from sayembara.addresses import DATA
from sayembara.terminal import Data
from sayembara.tokens import Signer
from sayembara.trouble import Trouble


def token(
    role: Annotated[Role, typer.Argument(help="What the holder may do: docs/access.md.")],
    subject: Annotated[str, typer.Option(help="The agency's or juror's id; else an office.")],
    edition: Annotated[str, typer.Option(help="The only edition it is for.")] = EVERY_EDITION,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid.")] = 1,
    data: Data = DATA,
) -> None:
    """Print a bearer token, signed with the key of the data folder."""
    if not subject or (role in ("applicant", "juror") and not re.fullmatch(TOKEN, subject)):
        raise Trouble(
            f"'{subject}' is nobody's subject: that of an applicant or juror is an id of small"
            " letters, digits and hyphens, that of others the name of an office"
        )
    print(Signer.of_folder(data).token(role, subject, edition, days=days))
