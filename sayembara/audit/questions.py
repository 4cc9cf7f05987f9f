"""The questions of `sayembara audit` that the log answers by being replayed and read."""

from typing import Annotated

import typer

from sayembara.terminal import console

Moment = Annotated[str, typer.Argument(help="A position of the log, or a time with its zone.")]
At = Annotated[str | None, typer.Option(help="Up to this position or time; else to the end.")]


def replay(
    edition: str,
    at: At = None,
    until_match: Annotated[
        bool, typer.Option("--until-match", help="Only name where they differ first.")
    ] = False,
) -> None:
    """Rebuild every standing from the log, without any effect; exit code 1 when one differs."""
    from sayembara.audit import asof, looking  # noqa: PLC0415 - it imports all four services

    if not asof.ask_log(
        lambda log: looking.replay(console, log, edition, at, until_match=until_match)
    ):
        raise typer.Exit(1)


def verify(edition: Annotated[str | None, typer.Argument(help="Else all of them.")] = None) -> None:
    """Check order, schema, source and cause of every event, and every published standing."""
    from sayembara.audit import asof, looking  # noqa: PLC0415 - it imports all four services

    report = asof.ask_log(lambda log: looking.verify(console, log, edition))
    looking.show_report(console, report)
    if not report.is_in_order:
        raise typer.Exit(1)


def diff(
    first: Moment,
    second: Moment,
    edition: Annotated[str, typer.Option(help="The edition.")],
    stage: Annotated[str, typer.Option(help="The stage.")],
) -> None:
    """What changed in a stage between two moments, per place, and which events moved it."""
    from sayembara.audit import asof, looking  # noqa: PLC0415 - it imports all four services

    asof.ask_log(lambda log: looking.diff(console, log, edition, stage, (first, second)))


def trace(
    event: Annotated[str, typer.Argument(help="An event's id, or its position on the log.")],
) -> None:
    """What led to an event, and what followed from it across the services."""
    from sayembara.audit import asof, looking  # noqa: PLC0415 - it imports all four services

    asof.ask_log(lambda log: looking.show_trace(console, log, event))


def proposal(edition: str, proposal: str) -> None:
    """The life of one proposal, from the log."""
    from sayembara.audit import asof, looking  # noqa: PLC0415 - it imports all four services

    asof.ask_log(lambda log: looking.show_life(console, log, edition, proposal))


QUESTIONS = (replay, verify, diff, trace, proposal)
