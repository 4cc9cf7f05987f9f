"""The command `sayembara`: what a person can ask for, and nothing of how it is done."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from sayembara import event_log, operate, show
from sayembara.addresses import DATA, Addresses, LogPlace, key_file
from sayembara.audit.checkpoints import signer_of
from sayembara.audit.command import audit, witness
from sayembara.backup.command import COMMANDS
from sayembara.consumers.command import consumer
from sayembara.deploy.secrets import make_deployment_secrets
from sayembara.forget import forget
from sayembara.freeze_command import COMMANDS as FREEZING
from sayembara.import_sheets import Import, import_sheets
from sayembara.rebuild import rebuild
from sayembara.rules_command import explain, rulebook, what_if
from sayembara.terminal import By, Data, Why, ask, console, plain
from sayembara.token_command import token
from sayembara.tokens import from_environment, public_keys
from sayembara.trouble import Trouble
from sayembara.webhooks.command import webhook

EXAMPLE = Path("examples/kipp-luwu-utara-2019")
PRIVATE = Path("deploy/private")

app = typer.Typer(
    help="Runs a public-service innovation competition, from the first proposal to the last award.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
parked = typer.Typer(help="Messages that a service set aside.", no_args_is_help=True)
log = typer.Typer(help="The event log.", no_args_is_help=True)
imports = typer.Typer(help="What was written in a spreadsheet.", no_args_is_help=True)
app.add_typer(parked, name="parked")
app.add_typer(log, name="log")
app.add_typer(rulebook, name="rulebook")
app.add_typer(imports, name="import")
app.add_typer(audit, name="audit")
app.add_typer(consumer, name="consumer")
app.add_typer(webhook, name="webhook")
app.command("what-if")(what_if)
for each in (explain, forget, *COMMANDS, *FREEZING, witness, rebuild, token):
    app.command()(each)

FolderPlace = Annotated[Path, typer.Argument(help="A folder as examples/README.md describes it.")]
ServiceName = Literal["submission", "evaluation", "ranking", "notification", "auditor"]
Service = Annotated[ServiceName, typer.Argument(help="The service that parked it.")]
Position = Annotated[int, typer.Argument(help="The message's position on the log.")]
OrderSeed = Annotated[int | None, typer.Option(help="Hand the sheets in in a shuffled order.")]


def main() -> None:
    """Run the command; whatever the person can act on is one line and exit code 1."""
    try:
        app()
    except Trouble as trouble:
        lines = (plain(each) for each in f"sayembara: {trouble}".split("\n"))
        print("\n".join(lines), file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


@app.command()
def up(
    data: Data = DATA,
    rehearsal: Annotated[bool, typer.Option(help="Let a play set the clock.")] = False,
    play: Annotated[
        Path | None, typer.Option(help="Play this edition folder after the start.")
    ] = None,
    ports: Annotated[
        int | None,
        typer.Option(
            min=1024, max=65_528, help="Listen on this port and the seven after it, also next time."
        ),
    ] = None,
) -> None:
    """Run the whole system on this machine until Ctrl-C."""
    from sayembara.embedded import run  # noqa: PLC0415 - only two commands need it

    run.up(console, data, rehearsal=rehearsal, folder=play, first_port=ports)


@app.command()
def demo(
    folder: FolderPlace = EXAMPLE,
    store: Annotated[
        Literal["sqlite", "postgresql"], typer.Option(help="What to store in.")
    ] = "sqlite",
    order_seed: OrderSeed = None,
) -> None:
    """Play an edition on a system of its own, show the results, and leave nothing behind."""
    from sayembara.embedded import run  # noqa: PLC0415 - only two commands need it

    run.demo(console, folder, store, order_seed)


@app.command("play")
def play_folder(folder: FolderPlace, order_seed: OrderSeed = None) -> None:
    """Play an edition folder against the running services."""
    from sayembara.play.checks import load  # noqa: PLC0415 - only the plays need it
    from sayembara.play.whole import play_and_show  # noqa: PLC0415 - only the plays need it

    addresses, tokens = Addresses.from_environment(), from_environment()
    asyncio.run(play_and_show(console, addresses, tokens, folder, order_seed))
    show.show_addresses(console, addresses, load(folder))
    show.show_inbox(console, addresses, tokens)


@imports.command("sheets")
def sheets_from_file(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns of sheets.csv.")],
    edition: Annotated[str, typer.Option(help="The edition that they are of.")],
    by: Annotated[str, typer.Option(help="The office that puts them in.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what is in order, and leave the rest.")
    ] = False,
) -> None:
    """Put in score sheets, all of the file or none; exit code 1 when a line is refused."""
    order = Import(file, edition, by, partial)
    ask(lambda services: import_sheets(console, services, order))


@app.command()
def standings(
    edition: str,
    stage: Annotated[str | None, typer.Argument(help="Else the last one with standings.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    at: Annotated[
        str | None, typer.Option(help="As they were at this position or time, from the log.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="As they are behind a freeze.")] = False,
) -> None:
    """Show the standings of a stage, and their digest."""
    if at is None:
        found = ask(lambda services: show.find_standings(services, edition, stage, live=live))
    else:
        from sayembara.audit.asof import shown_at  # noqa: PLC0415 - it imports all four services

        found = shown_at(edition, stage, at)
    if json:
        print(show.standings_json(found))
    else:
        show.show_standings(console, found)


@app.command()
def status() -> None:
    """How every service is doing; exit code 1 when one is not ready."""
    if not ask(lambda services: operate.show_status(console, services)):
        raise typer.Exit(1)


@parked.command("list")
def list_parked() -> None:
    """All parked messages of all services."""
    ask(lambda services: operate.list_parked(console, services))


@parked.command("show")
def show_parked(service: Service, position: Position) -> None:
    """One parked message with its content."""
    ask(lambda services: operate.show_parked(console, services, service, position))


@parked.command("retry")
def retry_parked(service: Service, position: Position, by: By, reason: Why) -> None:
    """Have it taken again now, and what waits behind it."""
    ask(
        lambda services: operate.retry_parked(
            console, services, service, position, by=by, reason=reason
        )
    )


@parked.command("discard")
def discard_parked(service: Service, position: Position, by: By, reason: Why) -> None:
    """Give it up for good, and have what waits behind it taken."""
    ask(
        lambda services: operate.discard_parked(
            console, services, service, position, by=by, reason=reason
        )
    )


@log.command("apply")
def apply_log() -> None:
    """Make the stream of the log, or bring it to what is declared."""
    asyncio.run(event_log.apply(LogPlace.from_environment()))
    console.print("the log is as declared")


@log.command("check")
def check_log() -> None:
    """Compare the stream of the log with what is declared."""
    position = asyncio.run(event_log.check(LogPlace.from_environment()))
    console.print(f"the log is as declared; its last position is {position}")


@app.command("secrets")
def make_secrets(
    folder: Annotated[Path, typer.Argument(help="Where to; what is there is kept.")] = PRIVATE,
) -> None:
    """Write the random passwords and the keys that the compose files mount."""
    make_deployment_secrets(folder)
    public_keys(folder)
    signer_of(key_file(folder))
    # As with the other secrets: the folder keeps everybody else out.
    key_file(folder).chmod(0o444)
    console.print(f"the secrets are in {folder}: keep that folder to yourself, and back it up")


@app.command()
def docs(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name what differs.")
    ] = False,
) -> None:
    """Write the generated pages of docs/ from the contracts and the reaction tables."""
    from sayembara.documents import write  # noqa: PLC0415 - it imports all four services

    today = datetime.now(UTC).date()
    if check:
        write.check(Path("docs"), today)
    else:
        write.write(Path("docs"), today)


if __name__ == "__main__":
    main()
