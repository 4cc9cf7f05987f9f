"""What can be asked about rules: a file, a place that followed from them, other rules instead."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from sayembara.terminal import By, Why, ask, console

rulebook = typer.Typer(help="The rules of an edition, as a file.", no_args_is_help=True)


def explain(
    edition: str,
    proposal: str,
    stage: Annotated[str | None, typer.Argument(help="Else the last one that it came to.")] = None,
    lang: Annotated[Literal["id", "en"], typer.Option(help="In Indonesian, or English.")] = "en",
) -> None:
    """Show how a proposal came to its place, from the marks to the rank."""
    from sayembara.explain import find_calculation, show_calculation  # noqa: PLC0415 - only here

    found = ask(lambda services: find_calculation(services, edition, proposal, stage, lang))
    show_calculation(console, found, lang)


def what_if(
    edition: str,
    rulebook_file: Annotated[Path, typer.Option("--rulebook", help="The other rulebook.toml.")],
) -> None:
    """Show where everybody would stand under another rulebook; nothing is changed by asking."""
    from sayembara.what_if import ask_what_if, show_what_if  # noqa: PLC0415 - only here

    show_what_if(console, ask(lambda services: ask_what_if(services, edition, rulebook_file)))


@rulebook.command("check")
def check_rulebook(file: Annotated[Path, typer.Argument(help="A rulebook.toml.")]) -> None:
    """Tell every mistake in a rulebook with its line, and what is doubtful in it."""
    from sayembara import rulebook as rules  # noqa: PLC0415 - it imports a service

    rules.check(console, file)


@rulebook.command("schema")
def rulebook_schema() -> None:
    """Print the JSON Schema of a rulebook, for editors that complete and check the file."""
    from sayembara.documents import schemas  # noqa: PLC0415 - it imports all four services

    print(schemas.as_json(schemas.rulebook_schema()), end="")


@rulebook.command("amend")
def amend_rulebook(
    edition: str,
    file: Annotated[Path, typer.Argument(help="The rulebook.toml that is to count instead.")],
    by: By,
    minute: Annotated[str, typer.Option(help="Where the decision is written.")],
    reason: Why,
) -> None:
    """Replace the rulebook of an open edition by a minuted decision, and show what changes."""
    from sayembara import amend  # noqa: PLC0415 - it imports a service

    decision = amend.minute_of(by, minute, reason)
    amended = ask(lambda services: amend.amend(services, edition, file, decision))
    amend.show_amended(console, edition, amended)
