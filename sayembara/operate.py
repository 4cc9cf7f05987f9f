"""What the operator asks of the services: how they are, and what is parked."""

import asyncio
import json
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayembara.addresses import SERVICES
from sayembara.play.api import Services
from sayembara.trouble import Trouble


async def show_status(console: Console, services: Services) -> bool:
    """A row per service; False when one is not ready or does not answer."""
    table = Table()
    for column in ("service", "ready", "position", "lag", "unpublished", "parked", "because"):
        table.add_column(column, overflow="fold")
    answers = await asyncio.gather(*(_status(services, name) for name in SERVICES))
    for answer in answers:
        table.add_row(*map(escape, _cells(answer)))
    console.print(table)
    for line in await _frozen(services):
        console.print(line, soft_wrap=True, highlight=False)
    return all(answer["ready"] for answer in answers)


async def _frozen(services: Services) -> list[str]:
    try:
        editions = await services.once("GET", "ranking", "/editions")
    except Trouble:
        return []  # the table says so already
    found = (
        (edition["edition"], [each["stage"] for each in edition["stages"] if each.get("frozen")])
        for edition in editions
    )
    return [
        f"frozen for the public: {edition}, {', '.join(stages)}"
        for edition, stages in found
        if stages
    ]


async def _status(services: Services, name: str) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = await services.once("GET", name, "/status")
    except Trouble as trouble:
        return {"service": name, "ready": False, "because": [str(trouble)]}
    return answer


def _cells(answer: dict[str, Any]) -> list[str]:
    figures = ("position", "lag", "unpublished", "parked")
    return [
        answer["service"],
        "yes" if answer["ready"] else "no",
        *("-" if answer.get(each) is None else str(answer[each]) for each in figures),
        "; ".join(answer["because"]),
    ]


async def list_parked(console: Console, services: Services) -> None:
    """Every parked message of every service, with its reason."""
    table = Table()
    for column in ("service", "position", "event", "edition", "outcome", "tries", "reason"):
        table.add_column(column, overflow="fold")
    for name in SERVICES:
        for each in await services.get(name, "/parked"):
            cells = ("position", "event_type", "edition", "outcome", "tries", "reason")
            table.add_row(name, *(escape(str(each[cell])) for cell in cells))
    if table.row_count:
        console.print(table)
    else:
        console.print("nothing is parked")


async def show_parked(console: Console, services: Services, service: str, position: int) -> None:
    """One parked message, whole, as JSON."""
    found = await services.get(service, f"/parked/{position}")
    console.print_json(json.dumps(found))


async def retry_parked(
    console: Console, services: Services, service: str, position: int, *, by: str, reason: str
) -> None:
    """Have it taken again, on an office's word; Trouble with its reason when it stays parked."""
    await services.post(service, f"/parked/{position}/retry", {"by": by, "reason": reason})
    still = await services.find(service, f"/parked/{position}")
    if still is not None:
        raise Trouble(f"{service} {position} stays parked: {still['reason']}")
    console.print(f"{service} has taken {position}")


async def discard_parked(
    console: Console, services: Services, service: str, position: int, *, by: str, reason: str
) -> None:
    """Give it up for good, on an office's word."""
    await services.post(service, f"/parked/{position}/discard", {"by": by, "reason": reason})
    console.print(f"{service} has given {position} up")
