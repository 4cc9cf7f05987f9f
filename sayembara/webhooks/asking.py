"""What the command asks of notification, and how the answers are shown."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sayembara.play.api import Services
from sayembara.trouble import Trouble

SERVICE = "notification"
NO_EDITION = "none"

Said = Mapping[str, str]
"""Which office (`by`) has it done, and for what `reason`."""


def contact(name: str | None, email: str | None) -> dict[str, str] | None:
    """The owner's contact; None when none is given, Trouble when half of it is."""
    if name is None and email is None:
        return None
    if name is None or email is None:
        raise Trouble("--owner-name and --owner-email go together: a contact has both")
    return {"role": "secretariat", "name": name, "email": email}


async def add(services: Services, order: Mapping[str, Any], owner: object) -> str:
    """Have the owner's contact put where it is given, and the webhook added; gives its secret."""
    if isinstance(owner, dict):
        await services.put(SERVICE, f"/editions/{NO_EDITION}/contacts/{order['owner']}", owner)
    return str((await services.post(SERVICE, "/webhooks", order))["secret"])


async def order(services: Services, webhook: str, step: str, said: Said) -> None:
    """Have something done with a webhook, on an office's word."""
    await services.post(SERVICE, f"/webhooks/{webhook}/{step}", said)


async def rotate(services: Services, webhook: str, said: Said) -> str:
    """Have its secret changed; gives the new one."""
    return str((await services.post(SERVICE, f"/webhooks/{webhook}/rotate", said))["secret"])


async def test(services: Services, webhook: str, said: Said) -> str:
    """Have a test message sent; Trouble when it is not accepted."""
    tried = await services.post(SERVICE, f"/webhooks/{webhook}/test", said)
    if not tried["accepted"]:
        raise Trouble(f"the endpoint of '{webhook}' did not accept it: {tried['error']}")
    return f"the endpoint of '{webhook}' accepted it with HTTP status {tried['status']}"


async def redeliver(
    services: Services,
    webhook: str,
    delivery: int | None,
    between: tuple[int | None, int | None],
    said: Said,
) -> int:
    """Have one or a range sent once more; gives how many that are."""
    at, (first, last) = f"/webhooks/{webhook}", between
    if delivery is not None and first is None and last is None:
        answer = await services.post(SERVICE, f"{at}/deliveries/{delivery}/again", said)
    elif delivery is None and first is not None and last is not None:
        answer = await services.post(SERVICE, f"{at}/again", {"first": first, "last": last, **said})
    else:
        raise Trouble("name either one delivery, or --from and --to")
    return int(answer["queued"])


async def show_all(console: Console, services: Services) -> None:
    """A row for each webhook."""
    table = Table()
    for column in ("webhook", "state", "where", "view", "edition", "waiting", "because"):
        table.add_column(column, overflow="fold")
    for each in await services.get(SERVICE, "/webhooks"):
        cells = (each["webhook"], each["state"], each["origin"], each["view"])
        waiting = str(each["deliveries"].get("queued", 0))
        why = each["paused_because"] or ""
        table.add_row(*map(escape, (*cells, each["edition"] or "all", waiting, why)))
    console.print(table if table.row_count else "there is no webhook")


async def show_one(
    console: Console, services: Services, webhook: str, state: str | None, last: int
) -> None:
    """What it is sent, and a row for each of its last deliveries, newest first."""
    found = await services.get(SERVICE, f"/webhooks/{webhook}")
    for name in ("origin", "state", "paused_because", "view", "edition", "owner", "by", "reason"):
        console.print(f"{name:15} {found[name] or '-'}", markup=False, highlight=False)
    console.print(f"{'events':15} {', '.join(found['events'])}", markup=False, highlight=False)
    query = {"limit": str(last)} | ({"state": state} if state else {})
    deliveries = await services.get(SERVICE, f"/webhooks/{webhook}/deliveries", **query)
    console.print(_deliveries(deliveries) if deliveries else "no delivery")


def _deliveries(deliveries: list[dict[str, Any]]) -> Table:
    table = Table()
    columns = ("number", "position", "event_type", "edition", "state", "tries", "status", "error")
    for column in columns:
        table.add_column(column, overflow="fold")
    for each in deliveries:
        told = (each[name] for name in columns)
        table.add_row(*("-" if one is None else escape(str(one)) for one in told))
    return table
