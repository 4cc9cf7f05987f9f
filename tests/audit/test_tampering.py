"""What somebody with every right on the server and its disk does to a log is found, and where.

Each case works on a copy of one played system. The three checkpoints were kept before.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from contracts.envelope import encode
from contracts.evaluation import SheetAmended, SheetSubmitted
from contracts.stream import STREAM
from kit.outgoing import Outgoing
from kit.settings import sqlite_url
from rich.console import Console
from sqlalchemy import create_engine, text

from sayembara.addresses import LogPlace
from sayembara.audit import checking, signed
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint, Signer, sign
from sayembara.audit.reading import Logged
from sayembara.audit.tree import Tree
from sayembara.audit.verify import Report
from sayembara.embedded.postgres import postgres_stores
from sayembara.embedded.running import Embedded, running
from sayembara.embedded.system import System
from sayembara.event_log import connected
from sayembara.play.api import Services
from tests.audit.editions import SMALL, play_small, read_log
from tests.support.blocks import edit
from tests.system.embedded import embedded, free_ports, play_example, services_of

LUWU_UTARA = "kipp-luwu-utara-2019"
SERVER_HEADERS = "Nats-Batch-"
Log = list[Logged]


@dataclass(frozen=True)
class Played:
    """A system that was played and stopped, the log as it was, and a sheet on it."""

    folder: Path
    messages: Log
    sheet: int
    """The position of a sheet that was amended later: what it says first counts nowhere."""
    before: int
    """How many messages the checkpoint before it is over."""
    after: int
    signer: Signer

    def notes(self, leaves: Sequence[bytes] = ()) -> list[tuple[str, str]]:
        """The three checkpoints that were kept; with other leaves, those of another log."""
        tree = Tree(leaves or map(leaf_hash, self.messages))
        sizes = (self.before, self.after, tree.size)
        return [(f"the one of {size}", self.note(tree, size)) for size in sizes]

    def note(self, tree: Tree, size: int) -> str:
        text = Checkpoint(self.signer.name, size, tree.root(size)).text()
        return sign(text, self.signer)

    @property
    def here(self) -> str:
        return f"a message at positions {self.before + 1} to {self.after} was changed"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("tampering") / "data"
    with embedded(folder) as system:
        asyncio.run(play_example(system))
        messages = read_log(system.system.log_place())
    amended = next(each for each in messages if each.event_type == SheetAmended.type)
    sheet = next(
        each.position
        for each in messages
        if each.event_type == SheetSubmitted.type and same_sheet(each, amended)
    )
    return Played(folder, messages, sheet, sheet - 20, sheet + 20, Signer.new("log"))


def same_sheet(one: Logged, other: Logged) -> bool:
    names = ("stage", "proposal", "juror")
    return all(getattr(one.event, name) == getattr(other.event, name) for name in names)


@pytest.fixture
def copied(played: Played, tmp_path: Path) -> Played:
    folder = shutil.copytree(played.folder, tmp_path / "data")
    return replace(played, folder=folder)


@contextmanager
def broker(folder: Path) -> Iterator[LogPlace]:
    """The server of this folder alone."""
    system = System(folder, free_ports(), rehearsal=True)
    embedded = Embedded(system, print)
    embedded.start_broker()
    try:
        yield system.log_place()
    finally:
        embedded.stop()


def verified(
    place: LogPlace,
    claims: signed.Claims,
    services: Callable[[], AbstractAsyncContextManager[Services]] | None = None,
) -> Report:
    async def asking() -> Report:
        async with connected(place) as log:
            if services is None:
                beside = checking.Beside(claims)
                return await checking.verify(Console(quiet=True), log, None, beside)
            async with services() as answering:
                beside = checking.Beside(claims, answering)
                return await checking.verify(Console(quiet=True), log, None, beside)

    return asyncio.run(asking())


def kept_in(system: Played) -> signed.Claims:
    return signed.claims_of(system.notes(), system.signer.verifier)


def found_in(system: Played) -> Report:
    """What is found in this copy, by the checkpoints that are kept with it."""
    with broker(system.folder) as place:
        return verified(place, kept_in(system))


def said_at(position: int, report: Report, words: str) -> None:
    here = [each.says for each in report.findings if each.position == position]
    assert any(words in each for each in here), report.findings


def other_mark(body: bytes) -> bytes:
    """The same with another digit in a mark, and as long."""
    at = body.index(b'"value":"') + len(b'"value":"')
    return body[:at] + (b"8" if body[at : at + 1] == b"7" else b"7") + body[at + 1 :]


def test_what_nobody_touched_is_in_order(copied: Played) -> None:
    report = found_in(copied)

    assert report.findings == ()
    assert report.notes[0] == f"checkpoints compared: 3, over up to {report.last} messages"


def test_a_mark_that_counts_nowhere_changed_in_the_files_is_found_by_the_checkpoints(
    copied: Played,
) -> None:
    edit(copied.folder / "nats", STREAM, copied.sheet, other_mark, checksum=True)

    report = found_in(copied)

    said_at(copied.after, report, copied.here)
    assert len(report.findings) == 1, "the server serves it, and it has no effect"


def test_leaves_that_somebody_kept_name_the_very_position(copied: Played) -> None:
    edit(copied.folder / "nats", STREAM, copied.sheet, other_mark, checksum=True)
    leaves = [leaf_hash(each) for each in copied.messages]

    with broker(copied.folder) as place:
        report = verified(place, signed.Claims(leaves=leaves))

    said_at(copied.sheet, report, "this is not the message that stood here when it was kept")


def test_a_byte_flipped_in_the_files_leaves_a_hole(copied: Played) -> None:
    edit(copied.folder / "nats", STREAM, copied.sheet, other_mark, checksum=False)

    report = found_in(copied)

    said_at(copied.sheet + 1, report, f"the log has no message at position {copied.sheet}")
    said_at(copied.after, report, copied.here)


def test_a_byte_flipped_in_the_last_message_is_a_log_without_its_end(copied: Played) -> None:
    last = len(copied.messages)
    edit(copied.folder / "nats", STREAM, last, other_end, checksum=False)

    report = found_in(copied)

    said_at(last, report, f"the log has no message at position {last}, where it ends")


def other_end(content: bytes) -> bytes:
    return content[:-1] + b"]"


def test_a_server_that_cuts_the_log_at_a_flipped_byte_is_found_out(copied: Played) -> None:
    edit(copied.folder / "nats", STREAM, copied.sheet, other_mark, checksum=False)
    # Without its index the server reads the files again, and ends the log before what is broken.
    next(copied.folder.glob(f"nats/jetstream/*/streams/{STREAM}/msgs/index.db")).unlink()

    report = found_in(copied)

    said_at(copied.sheet - 1, report, "its end was cut off")


def change(log: Log, at: int) -> None:
    log[at - 1] = replace(log[at - 1], body=other_mark(log[at - 1].body))


def remove(log: Log, at: int) -> None:
    del log[at - 1]


def swap(log: Log, at: int) -> None:
    log[at - 1], log[at] = log[at], log[at - 1]


def insert(log: Log, at: int) -> None:
    like = log[at - 1]
    sheet = like.event
    assert isinstance(sheet, SheetSubmitted)
    juror = "juri-tambahan"
    other = sheet.model_copy(update={"juror": juror})
    headers = {name: value for name, value in like.headers.items() if name != "ce-id"}
    fresh = like.headers["ce-id"][:-4] + "0000"
    headers |= {"ce-id": fresh, "Nats-Msg-Id": fresh}
    log.insert(at, Logged(0, other.subject(), headers, encode(other), like.stored_at))


@pytest.mark.parametrize("tamper", [change, remove, swap, insert])
def test_a_log_made_anew_is_not_what_was_signed(
    copied: Played, tamper: Callable[[Log, int], None]
) -> None:
    log = list(copied.messages)
    tamper(log, copied.sheet)

    with broker(copied.folder) as place:
        asyncio.run(make_anew(place, log))
        report = verified(place, kept_in(copied))

    said_at(copied.after, report, copied.here)


def test_a_log_made_anew_without_a_tail_that_had_no_effect_is_too_short(copied: Played) -> None:
    whole = len(copied.messages)

    with broker(copied.folder) as place:
        asyncio.run(make_anew(place, copied.messages[:-1]))
        report = verified(place, kept_in(copied))

    said_at(whole - 1, report, f"is over {whole} messages: its end was cut off")
    assert len(report.findings) == 1


async def make_anew(place: LogPlace, messages: Sequence[Logged]) -> None:
    """Delete the stream and publish these, with their ids and times, as an operator could."""
    async with connected(place) as log:
        await log.api(f"STREAM.DELETE.{STREAM}")
        await log.apply_stream()
        await log.publish([row(each) for each in messages])


def row(message: Logged) -> Outgoing:
    headers = {
        name: value
        for name, value in message.headers.items()
        if not name.startswith(SERVER_HEADERS)
    }
    return Outgoing(0, message.subject, headers, message.body)


def test_a_tree_built_anew_after_an_edit_is_caught_by_a_checkpoint_kept_elsewhere(
    copied: Played, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "kept-by-a-ministry"
    elsewhere.write_text(copied.notes()[1][1], "utf-8")
    edit(copied.folder / "nats", STREAM, copied.sheet, other_mark, checksum=True)
    key = copied.signer.verifier

    with broker(copied.folder) as place:
        anew = copied.notes([leaf_hash(each) for each in read_log(place)])
        assert verified(place, signed.claims_of(anew, key)).findings == ()
        kept = signed.claims((), [elsewhere], tmp_path / "nowhere", str(key))
        report = verified(place, kept)
        both = [*anew, (f"the checkpoint in {elsewhere}", elsewhere.read_text())]
        beside = verified(place, signed.claims_of(both, key))

    said_at(copied.after, report, f"what the checkpoint in {elsewhere} says: a message at")
    said_at(copied.after, beside, "; it was signed anew since")


def test_a_forged_checkpoint_is_named(copied: Played) -> None:
    notes = copied.notes()
    named, note = notes[1]
    notes[1] = named, note.replace(f"\n{copied.after}\n", f"\n{copied.after + 1}\n")

    with broker(copied.folder) as place:
        report = verified(place, signed.claims_of(notes, copied.signer.verifier))

    said_at(report.last, report, f"{named} is no checkpoint of this log: the signature")


EDITED = {
    "update standings set rank = 1 where rank = 8": "rank is 1 in ranking's store, 8 by the",
    "update rankings set digest = 'sha256:0'": "digest is sha256:0 in ranking's store",
    "update proposals set agency_name = 'X'": "agency_name is X in ranking's store",
    "delete from awards where rank = 7": "it follows from the log, and ranking does not show",
}


def test_each_row_of_a_store_that_was_edited_is_named(copied: Played) -> None:
    for statement in EDITED:
        change_store(sqlite_url(copied.folder / "ranking.db"), statement)

    with running(System(copied.folder, free_ports(), rehearsal=True), print) as system:
        report = shown_by(system, copied)

    named = [each.says for each in report.findings if f"{LUWU_UTARA} " in each.says]
    assert [says for says in EDITED.values() if not any(says in each for each in named)] == []
    assert not any("checkpoint" in each.says for each in report.findings)


def test_a_standing_edited_in_postgresql_is_named_with_its_place(tmp_path: Path) -> None:
    with (
        postgres_stores(tmp_path / "postgresql") as stores,
        running(System(tmp_path, free_ports(), True, stores), print) as system,
    ):
        asyncio.run(play_small(system))
        assert shown_by(system).findings == ()
        change_store(stores["ranking"], "update standings set rank = 1 where proposal = 'p3'")
        report = shown_by(system)

    named = f"{SMALL} meja, p3: rank is 1 in ranking's store, 2 by the log"
    assert named in [each.says for each in report.findings]


def test_a_ranking_that_does_not_answer_is_no_finding(copied: Played) -> None:
    system = System(copied.folder, free_ports(), rehearsal=True)
    with broker(copied.folder) as place:
        services = lambda: Services(system.ports.addresses())  # noqa: E731 - made where it is used
        report = verified(place, kept_in(copied), services)

    assert report.findings == ()
    assert "not compared with what ranking shows of" in report.notes[1]
    assert "does not answer" in report.notes[1]


def shown_by(system: Embedded, played: Played | None = None) -> Report:
    claims = kept_in(played) if played else signed.Claims()
    return verified(system.system.log_place(), claims, lambda: services_of(system))


def change_store(url: str, statement: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+pg8000://"))
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()
