"""The log has really lost its last messages, and gets them back from the outboxes."""

import asyncio
import re
import shutil
import sqlite3
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from contracts.operations import LogReconciled
from kit.heard import Heard
from rich.console import Console

from sayembara import event_log
from sayembara.addresses import key_file
from sayembara.audit.checkpoints import signer_of
from sayembara.audit.note import Checkpoint, sign
from sayembara.audit.reading import Logged
from sayembara.audit.replay import Finding
from sayembara.backup import reconciling
from sayembara.backup.messages import Putting
from sayembara.embedded.postgres import postgres_stores
from sayembara.embedded.running import running
from sayembara.embedded.system import System
from sayembara.play.checks import load
from sayembara.trouble import Trouble
from tests.backup.systems import (
    ORDER,
    QUIET,
    messages_of,
    named,
    only_broker,
    play_in,
    play_until_quiet,
    root_of,
    system_in,
    verified,
)
from tests.command.edition import write_edition

AS_SAID = (
    "update outbox set said_at = '2026-01-01T00:00:00.' || printf('%06d', position) || '+00:00'"
    " where position > ?"
)
UNMARKED = "update outbox set position = null where position > ?"


def whole(system: System) -> tuple[list[Logged], bytes]:
    with only_broker(system):
        return messages_of(system), root_of(system)


def cut(system: System, kept: list[Heard] | list[Logged]) -> None:
    """Its log is as if only these messages had reached the disk."""
    shutil.rmtree(system.folder / "nats")
    with only_broker(system):

        async def put() -> None:
            await event_log.apply(system.log_place())
            async with event_log.connected(system.log_place()) as log:
                await Putting(log, lambda _: None).put(kept)

        asyncio.run(put())


def change(system: System, service: str, statement: str, *values: int | str) -> None:
    with sqlite3.connect(system.folder / f"{service}.db") as connection:
        connection.execute(statement, values)
    connection.close()


def deafen(system: System, heard: int) -> None:
    """Its auditor was away: of the log it heard only so much, and signed no more than that."""
    change(system, "auditor", "update progress set size = ?", heard)
    change(system, "auditor", "update checkpoint set position = ?", heard)
    change(system, "auditor", "delete from checkpoints where size > ?", heard)


def sign_over(system: System, size: int, root: bytes) -> None:
    """A checkpoint that is all the auditor kept of what it heard then."""
    signer = signer_of(key_file(system.folder))
    note = sign(Checkpoint(signer.name, size, root).text(), signer)
    statement = "insert into checkpoints values (?, ?, '2026-01-01T00:00:00+00:00')"
    change(system, "auditor", statement, size, note)


def reconciled(system: System, *, reorder: bool = False) -> str:
    page = StringIO()
    with only_broker(system):
        console = Console(file=page, width=200)
        reconciling.reconcile(console, system.folder, ORDER, reorder=reorder)
    return page.getvalue()


def refused(system: System, match: str) -> None:
    with only_broker(system), pytest.raises(Trouble, match=match):
        reconciling.reconcile(QUIET, system.folder, ORDER, reorder=False)


def told(system: System, at: int) -> tuple[LogReconciled, tuple[Finding, ...]]:
    """Start the services: what was done to the log is on it then; and what verify finds."""
    with running(system, print):
        report, messages = verified(system), messages_of(system)
    event = next(each.event for each in messages[at:] if each.event_type == LogReconciled.type)
    assert isinstance(event, LogReconciled)
    return event, report.findings


def told_in_order(system: System, at: int) -> LogReconciled:
    event, findings = told(system, at)
    assert findings == ()
    return event


@pytest.mark.parametrize("lost", [1, 2, 40, 10_000])
def test_the_last_messages_come_back_to_their_positions(played: System, lost: int) -> None:
    messages, root = whole(played)
    cut(played, kept := messages[:-lost])

    page = reconciled(played)

    count = len(messages) - len(kept)
    assert whole(played)[1] == root
    assert f"{count} messages are back" in page
    event = will_be_said(played)
    assert (event.first, event.position) == (len(kept) + 1, len(messages))
    assert (event.messages, event.moved, event.missing, event.rebuild) == (count, 0, (), ())
    assert (event.by, event.reason) == (ORDER.by, ORDER.reason)


def test_the_system_goes_on_and_says_what_was_done(played: System) -> None:
    messages, _ = whole(played)
    cut(played, messages[:-40])
    reconciled(played)
    said = will_be_said(played)

    assert told_in_order(played, len(messages)) == said


def will_be_said(system: System) -> LogReconciled:
    """What waits in the auditor's outbox."""
    words = "select body from outbox where subject like '%.reconciled' order by id desc"
    with sqlite3.connect(system.folder / "auditor.db") as connection:
        (body,) = connection.execute(words).fetchone()
    connection.close()
    return LogReconciled.model_validate_json(body)


def test_an_older_disk_is_brought_up_to_date(played: System, tmp_path: Path) -> None:
    shutil.copytree(played.folder / "nats", tmp_path / "older")
    with running(played, print) as embedded:
        asyncio.run(play_until_quiet(embedded, load(write_edition(tmp_path))))
    messages, root = whole(played)
    shutil.rmtree(played.folder / "nats")
    shutil.copytree(tmp_path / "older", played.folder / "nats")
    with pytest.raises(Trouble, match="the log ends at position"), running(played, print):
        pass

    page = reconciled(played)

    assert "each goes to the position that it had" in page
    assert whole(played)[1] == root
    assert told_in_order(played, len(messages)).missing == ()


@pytest.mark.postgres
def test_it_comes_back_from_postgresql_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres_stores(tmp_path / "postgresql") as stores:
        system = system_in(tmp_path / "system", stores)
        play_in(system)
        named(system, monkeypatch)
        messages, root = whole(system)
        cut(system, messages[:-30])

        reconciled(system)

        assert whole(system)[1] == root
        assert told_in_order(system, len(messages)).messages == 30


def test_a_look_changes_nothing(played: System) -> None:
    messages, _ = whole(played)
    cut(played, messages[:-3])
    page = StringIO()
    with only_broker(played):
        reconciling.look(Console(file=page, width=200), played.folder)
    after, _ = whole(played)

    assert len(after) == len(messages) - 3
    assert f"to be put back: positions {len(messages) - 2} to {len(messages)}" in page.getvalue()


def test_a_log_that_lost_nothing_stays_as_it_is(played: System) -> None:
    _, root = whole(played)
    assert "the log has lost nothing" in reconciled(played)
    assert whole(played)[1] == root


def test_what_one_service_had_not_marked_goes_where_it_was(played: System) -> None:
    messages, root = whole(played)
    cut(played, messages[:-60])
    change(played, "ranking", UNMARKED, len(messages) - 40)

    assert "each goes to the position that it had" in reconciled(played)
    assert whole(played)[1] == root


@pytest.fixture
def doubtful(played: System) -> tuple[System, list[Logged]]:
    """Two services had not marked their last events: nobody knows which was first."""
    messages, _ = whole(played)
    for service in ("ranking", "notification"):
        change(played, service, AS_SAID, 0)
        change(played, service, UNMARKED, len(messages) - 40)
    return played, messages


def test_an_order_that_nobody_knows_is_refused_and_named(
    doubtful: tuple[System, list[Logged]],
) -> None:
    system, messages = doubtful
    deafen(system, len(messages) - 60)
    cut(system, messages[:-60])
    refused(system, r"from position \d+ on it cannot be put back as it was; --reorder")

    page = reconciled(system, reorder=True)

    assert "before: not known" in page
    back, _ = whole(system)
    # Of the last ones nobody knows that they were on the log: their services publish them again.
    never = re.search(r"(\d+) events were never published", page)
    assert len(back) + (int(never[1]) if never else 0) == len(messages)
    assert told_in_order(system, len(back)).moved > 0
    after = [each.event_id for each in whole(system)[0]]
    assert len(set(after)) == len(after)
    assert {each.event_id for each in messages} <= set(after)


def test_a_signed_checkpoint_tells_that_the_order_is_the_old_one(
    doubtful: tuple[System, list[Logged]],
) -> None:
    system, messages = doubtful
    _, root = whole(system)
    deafen(system, len(messages) - 60)
    sign_over(system, len(messages), root)
    cut(system, messages[:-60])

    assert "each goes to the position that it had" in reconciled(system)
    assert whole(system)[1] == root


def test_what_the_auditor_heard_tells_the_order(doubtful: tuple[System, list[Logged]]) -> None:
    system, messages = doubtful
    _, root = whole(system)
    # No clock helps: by the times in the outboxes the order would be another one.
    change(system, "ranking", "update outbox set said_at = '2027-01-01T00:00:00.000000+00:00'")
    change(system, "auditor", "delete from checkpoints")
    cut(system, messages[:-60])

    assert "each goes to the position that it had" in reconciled(system)
    assert whole(system)[1] == root
    event = will_be_said(system)
    assert (event.moved, event.messages, event.rebuild) == (0, 60, ())


def test_a_message_that_no_store_has_is_named_and_all_others_keep_their_places(
    played: System,
) -> None:
    messages, _ = whole(played)
    cut(played, messages[:-60])
    gone = next(each for each in messages[-50:] if ".notification." in each.subject)
    change(played, "notification", "delete from outbox where position = ?", gone.position)
    refused(played, f"from position {gone.position} on it cannot")

    page = reconciled(played, reorder=True)

    after, _ = whole(played)
    assert f"position {gone.position}: no store has what was there" in page
    assert [each.event_id for each in after if each.position != gone.position] == [
        each.event_id for each in messages if each is not gone
    ]
    event, findings = told(played, len(after))
    assert (event.missing, event.moved, event.messages) == ((gone.position,), 0, 59)
    assert "ranking" in event.rebuild
    assert [(each.position, each.says.split(";")[0]) for each in findings] == [
        (gone.position, "what stood here is lost")
    ]


def test_a_reconciliation_that_broke_off_is_run_again(
    played: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages, root = whole(played)
    cut(played, messages[:-60])
    put: Callable[..., object] = Putting.put

    async def broken(self: Putting, those: list[Heard]) -> None:
        await put(self, those[:25])  # type: ignore[misc] # it is the method
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Putting, "put", broken)
        with pytest.raises(KeyboardInterrupt):
            reconciled(played)

    assert "35 messages are back" in reconciled(played)
    assert whole(played)[1] == root


def test_the_log_of_another_system_is_not_touched(played: System) -> None:
    messages, _ = whole(played)
    others = [
        Heard(each.position, each.subject, {**each.headers, "ce-id": f"other-{number}"}, each.body)
        for number, each in enumerate(messages)
    ]
    cut(played, others[:-3])
    refused(played, r"position \d+ of the log holds .* they do not belong together")


def test_a_store_that_is_older_than_the_log_is_told(played: System) -> None:
    messages, _ = whole(played)
    last = max(each.position for each in messages if ".ranking." in each.subject)
    change(played, "ranking", "delete from outbox where position = ?", last)
    refused(played, f"position {last} of the log holds .* the store is older than the log")


def test_a_changed_outbox_is_not_what_the_auditor_heard(played: System) -> None:
    messages, _ = whole(played)
    cut(played, messages[:-30])
    last = changed(played, messages)
    refused(played, f"is not what the auditor heard at position {last}")


def test_a_changed_outbox_does_not_fit_what_was_signed(played: System) -> None:
    messages, root = whole(played)
    deafen(played, len(messages) - 30)
    sign_over(played, len(messages), root)
    cut(played, messages[:-30])
    changed(played, messages)
    refused(played, f"is not what was signed up to position {len(messages)}")


def test_a_checkpoint_that_another_key_signed_is_refused(played: System) -> None:
    messages, _ = whole(played)
    cut(played, messages[:-3])
    change(played, "auditor", "update checkpoints set note = replace(note, '— ', '— x')")
    refused(played, r"the checkpoint of \d+ messages is forged")


def changed(system: System, messages: list[Logged]) -> int:
    """Change the body of ranking's last event; gives its position."""
    last = max(each.position for each in messages if ".ranking." in each.subject)
    change(system, "ranking", "update outbox set body = x'7b7d' where position = ?", last)
    return last
