"""The commands `sayembara backup`, `restore` and `reconcile`."""

from pathlib import Path
from typing import Annotated

import typer

from sayembara.addresses import DATA
from sayembara.terminal import By, Data, Why, console
from sayembara.trouble import Trouble

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]


def backup(
    folder: Folder,
    data: Data = DATA,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Also the key that signs checkpoints.")
    ] = False,
) -> None:
    """Write the log and every store to a new folder while the system runs."""
    from sayembara.backup import saving  # noqa: PLC0415 - it imports all services

    digest = saving.backup(console, folder, data, with_key=with_key)
    console.print(f"its manifest: {digest}", soft_wrap=True, highlight=False)


def restore(
    folder: Folder,
    data: Data = DATA,
    by: By = "",
    reason: Why = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only check the folder; change nothing.")
    ] = False,
) -> None:
    """Put a backup back where there is nothing yet; the services must not run."""
    from sayembara.backup import restoring  # noqa: PLC0415 - it imports all services
    from sayembara.backup.saying import Order  # noqa: PLC0415 - as above

    if check:
        restoring.check(console, folder)
        return
    if not by or not reason:
        raise Trouble("say with --by and --reason who puts the backup back, and why")
    restoring.restore(console, folder, data, Order.of(by, reason))


def reconcile(
    data: Data = DATA,
    by: By = "",
    reason: Why = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what the log has lost.")
    ] = False,
    reorder: Annotated[
        bool, typer.Option("--reorder", help="Also where old positions cannot be kept.")
    ] = False,
) -> None:
    """Put back what the log has lost, from the outboxes; the services must not run."""
    from sayembara.backup import reconciling  # noqa: PLC0415 - it imports all services
    from sayembara.backup.saying import Order  # noqa: PLC0415 - as above

    if dry_run:
        reconciling.look(console, data)
        return
    if not by or not reason:
        raise Trouble("say with --by and --reason who gives the log back what it lost, and why")
    reconciling.reconcile(console, data, Order.of(by, reason), reorder=reorder)


COMMANDS = (backup, restore, reconcile)
