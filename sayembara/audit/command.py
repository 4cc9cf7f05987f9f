"""The command `sayembara audit`: what the log alone can show and prove."""

from pathlib import Path
from typing import Annotated

import typer

from sayembara.addresses import DATA, LogPlace
from sayembara.audit.questions import QUESTIONS
from sayembara.terminal import Data, ask, console

audit = typer.Typer(help="What the log alone can show and prove.", no_args_is_help=True)
for question in QUESTIONS:
    audit.command()(question)


@audit.command()
def checkpoint(data: Data = DATA) -> None:
    """Print a signed checkpoint of the log as it is now; exit code 1 when it was tampered with."""
    from sayembara.audit import proving  # noqa: PLC0415 - it reads the log

    kept = ask(lambda services: proving.sign_log(LogPlace.from_environment(), services, data))
    print(kept.note, end="")


@audit.command()
def export(
    edition: str,
    file: Annotated[Path, typer.Argument(help="Where to; verify_bundle.py checks it.")],
    data: Data = DATA,
) -> None:
    """Write everything of an edition with its proofs, for whoever trusts nobody."""
    from sayembara.audit import proving  # noqa: PLC0415 - it reads the log

    place = LogPlace.from_environment()
    count = ask(lambda services: proving.export(place, services, data, edition, file))
    console.print(f"{count} events of '{edition}' are in {file}", soft_wrap=True, highlight=False)


@audit.command()
def prove(
    position: Annotated[int, typer.Argument(help="The message's position on the log.")],
    data: Data = DATA,
) -> None:
    """Print the receipt of one message: the proof that it is on the log."""
    from sayembara.audit import proving  # noqa: PLC0415 - it reads the log

    place = LogPlace.from_environment()
    print(ask(lambda services: proving.prove(place, services, data, position)), end="")


def witness(
    url: Annotated[str, typer.Argument(help="The address of the auditor of that log.")],
    data: Annotated[Path, typer.Option(help="The folder that keeps the witness's key and notes.")],
    key: Annotated[
        str | None, typer.Option(help="The log's public key; else the first one is trusted.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, instead of for ever.")] = False,
) -> None:
    """Watch that a log only grows: keep, check and countersign its checkpoints; exit code 1."""
    from sayembara.audit import witnessing  # noqa: PLC0415 - only this command needs it

    witnessing.watch(console, url, data, key, once=once)
