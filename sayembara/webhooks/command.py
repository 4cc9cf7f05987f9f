"""The command `sayembara webhook`: endpoints of others that are sent events."""

import sys
from typing import Annotated, Literal

import typer

from sayembara.consumers.granted import events_named
from sayembara.terminal import By, Why, ask, console
from sayembara.webhooks import asking

webhook = typer.Typer(help="Endpoints of others that are sent events.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The webhook's id.")]


@webhook.command()
def add(
    webhook: Id,
    url: Annotated[str, typer.Argument(help="Where to; '-' reads it from the standard input.")],
    *,
    events: Annotated[str, typer.Option(help="With commas, or 'all': stage.ranked,…")],
    owner: Annotated[str, typer.Option(help="The party that is told when it is paused.")],
    by: By,
    reason: Why,
    edition: Annotated[str | None, typer.Option(help="The only edition; else all.")] = None,
    view: Annotated[
        Literal["public", "internal"], typer.Option(help="Without personal data, or whole.")
    ] = "public",
    since: Annotated[
        Literal["now", "start"], typer.Option(help="What happens from now on, or everything.")
    ] = "now",
    owner_name: Annotated[str | None, typer.Option(help="How the owner is called.")] = None,
    owner_email: Annotated[str | None, typer.Option(help="Where the owner is told.")] = None,
) -> None:
    """Begin to send events to an endpoint, and print the secret that signs them, once."""
    order = {
        "webhook": webhook,
        "url": sys.stdin.readline().strip() if url == "-" else url,
        "events": events_named(events, view),
        "edition": edition,
        "view": view,
        "owner": owner,
        "since": since,
        "by": by,
        "reason": reason,
    }
    contact = asking.contact(owner_name, owner_email)
    secret = ask(lambda services: asking.add(services, order, contact))
    console.print(f"'{webhook}' is sent events; its secret, shown this once:", highlight=False)
    print(secret)


@webhook.command("list")
def list_all() -> None:
    """Every webhook, and what waits for it."""
    ask(lambda services: asking.show_all(console, services))


@webhook.command()
def show(
    webhook: Id,
    state: Annotated[
        Literal["queued", "delivered", "given-up"] | None, typer.Option(help="Only these.")
    ] = None,
    last: Annotated[int, typer.Option(min=1, max=500, help="How many deliveries.")] = 20,
) -> None:
    """One webhook, and its last deliveries."""
    ask(lambda services: asking.show_one(console, services, webhook, state, last))


@webhook.command()
def pause(webhook: Id, by: By, reason: Why) -> None:
    """Send nothing for now; what happens meanwhile waits."""
    ask(lambda services: asking.order(services, webhook, "pause", _said(by, reason)))
    console.print(f"'{webhook}' is paused", highlight=False)


@webhook.command()
def resume(webhook: Id, by: By, reason: Why) -> None:
    """Go on where it stopped."""
    ask(lambda services: asking.order(services, webhook, "resume", _said(by, reason)))
    console.print(f"'{webhook}' goes on where it stopped", highlight=False)


@webhook.command()
def rotate(webhook: Id, by: By, reason: Why) -> None:
    """Print a new secret, once; for a day the one before signs too."""
    secret = ask(lambda services: asking.rotate(services, webhook, _said(by, reason)))
    console.print(f"the new secret of '{webhook}', shown this once:", highlight=False)
    print(secret)


@webhook.command()
def test(webhook: Id, by: By, reason: Why) -> None:
    """Send a test message now; exit code 1 when the endpoint does not accept it."""
    told = ask(lambda services: asking.test(services, webhook, _said(by, reason)))
    console.print(told, highlight=False)


@webhook.command()
def redeliver(
    webhook: Id,
    delivery: Annotated[int | None, typer.Argument(help="One delivery by its number.")] = None,
    first: Annotated[int | None, typer.Option("--from", help="A position of the log.")] = None,
    last: Annotated[int | None, typer.Option("--to", help="Up to this position.")] = None,
    *,
    by: By,
    reason: Why,
) -> None:
    """Send one delivery once more, or everything between two positions of the log."""
    asked = (delivery, (first, last), _said(by, reason))
    queued = ask(lambda services: asking.redeliver(services, webhook, *asked))
    console.print(f"queued once more for '{webhook}': {queued}", highlight=False)


@webhook.command("give-up")
def give_up(
    webhook: Id,
    delivery: Annotated[int, typer.Argument(help="Its number.")],
    by: By,
    reason: Why,
) -> None:
    """Never send this one, and go on with the next of its edition."""
    step = f"deliveries/{delivery}/giving-up"
    ask(lambda services: asking.order(services, webhook, step, _said(by, reason)))
    console.print(f"delivery {delivery} of '{webhook}' is given up", highlight=False)


@webhook.command()
def remove(webhook: Id, by: By, reason: Why) -> None:
    """Have it no more; its URL and its secret are destroyed."""
    ask(lambda services: asking.order(services, webhook, "removal", _said(by, reason)))
    console.print(f"'{webhook}' is removed", highlight=False)


def _said(by: str, reason: str) -> asking.Said:
    return {"by": by, "reason": reason}
