"""Erasing where a party is reached, or the text of a proposal, on an office's word."""

from typing import Annotated

import typer

from sayembara.play.api import Services
from sayembara.terminal import By, Why, ask, console
from sayembara.trouble import Trouble


def forget(
    party: Annotated[
        str | None, typer.Argument(help="The agency's or juror's id, or 'secretariat'.")
    ] = None,
    *,
    proposal: Annotated[
        str | None, typer.Option(help="Instead of a party: the proposal whose text is erased.")
    ] = None,
    edition: Annotated[str, typer.Option(help="The edition; of a webhook's owner it is 'none'.")],
    by: By,
    reason: Why,
) -> None:
    """Erase a contact's name and address, or a proposal's text, for good."""
    if (party is None) == (proposal is None):
        raise Trouble("name either a party, or --proposal: a contact or a text is erased")
    said = {"by": by, "reason": reason}
    if party is not None:
        what = f"the contact of '{party}' in '{edition}'"
        erased = ask(lambda services: forget_contact(services, edition, party, **said))
    else:
        what = f"the text of '{proposal}' in '{edition}'"
        erased = ask(lambda services: forget_text(services, edition, str(proposal), **said))
    told = f"is erased: event {', '.join(erased)}" if erased else "was erased before"
    console.print(f"{what} {told}", soft_wrap=True, highlight=False)


async def forget_contact(
    services: Services, edition: str, party: str, *, by: str, reason: str
) -> list[str]:
    """Have it erased; gives the events that say so, none when it was erased before."""
    order = {"by": by, "reason": reason}
    path = f"/editions/{edition}/contacts/{party}/forgetting"
    receipt = await services.post("notification", path, order)
    return [each["id"] for each in receipt["events"] if each["type"] == "contact.forgotten.v1"]


async def forget_text(
    services: Services, edition: str, proposal: str, *, by: str, reason: str
) -> list[str]:
    """Have what was written erased; gives the event that says so, none when it was before."""
    path = f"/editions/{edition}/proposals/{proposal}/redaction"
    receipt = await services.post("submission", path, {"by": by, "reason": reason})
    return [each["id"] for each in receipt["events"]]
