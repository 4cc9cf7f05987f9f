"""Erasing where a party is reached, on an office's word."""

from typing import Annotated

import typer

from sayembara.play.api import Services
from sayembara.terminal import ask, console


def forget(
    party: Annotated[str, typer.Argument(help="The agency's or juror's id, or 'secretariat'.")],
    edition: Annotated[str, typer.Option(help="The edition in which it has a contact.")],
    by: Annotated[str, typer.Option(help="The office that decides so.")],
    reason: Annotated[str, typer.Option(help="On what ground; no name, it stays on the log.")],
) -> None:
    """Erase a contact's name and address for good; nothing is sent there any more."""
    erased = ask(lambda services: forget_contact(services, edition, party, by=by, reason=reason))
    if erased:
        said = f"the contact of '{party}' in '{edition}' is erased: event {', '.join(erased)}"
        console.print(said, soft_wrap=True, highlight=False)
    else:
        console.print(f"the contact of '{party}' in '{edition}' was erased before", highlight=False)


async def forget_contact(
    services: Services, edition: str, party: str, *, by: str, reason: str
) -> list[str]:
    """Have it erased; gives the events that say so, none when it was erased before."""
    order = {"by": by, "reason": reason}
    path = f"/editions/{edition}/contacts/{party}/forgetting"
    receipt = await services.post("notification", path, order)
    return [each["id"] for each in receipt["events"] if each["type"] == "contact.forgotten.v1"]
