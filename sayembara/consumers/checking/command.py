"""`sayembara consumer check`: plays a script at a consumer, and says what it got wrong."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from sayembara.consumers.checking.report import show_verdicts
from sayembara.consumers.checking.signing import read_secret
from sayembara.consumers.granted import events_named
from sayembara.terminal import console
from sayembara.trouble import Trouble

What = Annotated[
    str,
    typer.Argument(metavar="FOLDER|URL", help="A consumer's folder, or a webhook's address."),
]
Command = Annotated[
    list[str] | None,
    typer.Argument(help="For a folder: what runs it; else that of consumer.toml."),
]
SecretFile = Annotated[
    Path | None, typer.Option(help="For an address: the file with the webhook's secret.")
]
Taken = Annotated[
    str | None, typer.Option(help="For an address: where it tells the ids of what it took.")
]
Events = Annotated[str, typer.Option(help="For an address: the events that it understands.")]


def check(
    what: What,
    command: Command = None,
    secret_file: SecretFile = None,
    taken: Taken = None,
    events: Events = "proposal.awarded",
) -> None:
    """Play duplicates, crashes and news at a consumer; exit code 1 when it gets one wrong."""
    beside: list[str] = []
    if what.startswith(("http://", "https://")):
        if secret_file is None:
            raise Trouble("the messages are signed: say with --secret-file where the secret is")
        from sayembara.consumers.checking.webhook import (  # noqa: PLC0415 - as below
            Endpoint,
            check_endpoint,
        )

        endpoint = Endpoint(what, read_secret(secret_file), taken, events_named(events, "public"))
        verdicts, beside = asyncio.run(check_endpoint(endpoint))
    else:
        from sayembara.consumers.checking.folder import check_folder  # noqa: PLC0415 - a world of its own

        verdicts = asyncio.run(check_folder(console, Path(what), command or ()))
    if not show_verdicts(console, verdicts, beside):
        raise typer.Exit(1)
