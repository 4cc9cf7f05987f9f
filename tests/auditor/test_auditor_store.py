"""What the auditor keeps, on each kind of store: the tree as it grows, holes, and what is due."""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from contracts.auditor import CheckpointSigned
from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.operations import NO_EDITION
from contracts.outcomes import NotFound, Refused
from contracts.ranking import StageRanked
from kit.database import Database
from kit.heard import Heard
from kit.migrate import migrate

from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import COSIGNS, Signer, cosign, opened
from sayembara.audit.tree import Tree, proves_consistency, proves_inclusion
from sayembara.auditor.app import SERVICE
from sayembara.auditor.handlers import countersign, hear, is_due, keep_signed, sign_now
from sayembara.auditor.settings import AuditorSettings
from sayembara.auditor.store import AuditorStore, Progress

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SIGNER = Signer.new("test/log")
WITNESS = Signer.new("ministry", COSIGNS)
LEAVES = [sha256(str(number).encode()).digest() for number in range(1300)]


@pytest.fixture
def new_auditor(new_store: Callable[[str], str]) -> Iterator[Callable[[], AuditorStore]]:
    """Gives the store in a transaction that ends with the test."""
    with opened_database(new_store("auditor")) as store:
        yield lambda: store


@contextmanager
def opened_database(url: str) -> Iterator[AuditorStore]:
    database = Database(url)
    try:
        with database.writer.connect() as connection, connection.begin():
            migrate(SERVICE, connection)
            yield AuditorStore(connection, NOW)
    finally:
        database.close()


def test_only_keys_of_witnesses_are_named_as_such() -> None:
    named = f"{WITNESS.verifier} {WITNESS.verifier}"
    assert AuditorSettings(witness_keys=named).witnesses == [WITNESS.verifier] * 2
    assert AuditorSettings(witness_keys="").witnesses == []
    for wrong in (str(SIGNER.verifier), "nonsense"):
        with pytest.raises(ValueError, match=r"no key of"):
            AuditorSettings(witness_keys=wrong)


def message(position: int, type_: str = "x", subject: str = "sayembara.x.e.y.z.said") -> Heard:
    return Heard(position, subject, {"ce-id": f"id-{position}", "ce-type": type_}, b"{}")


def heard(store: AuditorStore, positions: Iterable[int]) -> int:
    return hear(store, [message(each) for each in positions])


def sign(store: AuditorStore) -> int:
    """How many messages are signed now."""
    for event in sign_now(store, SIGNER):
        assert isinstance(event, CheckpointSigned)
        keep_signed(event, store)
    newest = store.newest()
    return newest.checkpoint.size if newest else 0


def test_the_tree_is_the_one_in_memory_however_it_grows(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store, known, chance = new_auditor(), Progress(), random.Random(7)
    while known.size < len(LEAVES):
        many = chance.choice([1, 2, 3, 100, 255, 256, 257, 500])
        known = store.append(known, LEAVES[known.size : known.size + many])
    whole = Tree(LEAVES)
    sizes = [1, 2, 255, 256, 257, 511, 512, 513, 768, 1024, 1025, 1299, 1300]
    for size in sizes:
        tree = store.tree(size)
        assert tree.root() == whole.root(size)
        for old in (each for each in sizes if each <= size):
            index = old - 1
            assert proves_inclusion(
                LEAVES[index], index, size, tree.inclusion(index), tree.root()
            ), (index, size)
            assert proves_consistency(
                old, size, whole.root(old), tree.root(), tree.consistency(old)
            ), (old, size)


def test_every_message_is_a_leaf_whatever_it_is(new_auditor: Callable[[], AuditorStore]) -> None:
    store = new_auditor()
    strange = [
        message(1),
        Heard(2, "sayembara", {}, b"\xff\x00"),
        message(3, subject="sayembara.auditor.none.checkpoint.1.signed"),
        Heard(4, "sayembara.x.e.y.z.said", {"ce-id": "id-1\x00", "ce-type": "ö"}, b""),
    ]
    assert hear(store, strange) == 4
    assert store.tree().root() == Tree(map(leaf_hash, strange)).root()


def test_after_a_hole_nothing_is_taken_until_the_message_is_there(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    assert heard(store, (1, 2, 4, 5)) == 2
    assert heard(store, (6, 7)) == 2
    assert store.progress().missing == 3
    assert store.of_tree()["missing"] == 3
    with pytest.raises(Refused, match="no message at position 3"):
        sign(store)
    assert heard(store, (3, 4, 5, 6, 7)) == 7
    assert store.progress().missing == 0
    assert sign(store) == 7


def test_the_first_place_of_an_event_counts(new_auditor: Callable[[], AuditorStore]) -> None:
    store = new_auditor()
    again = Heard(3, "sayembara.x.e.y.z.said", {"ce-id": "id-1"}, b"other")
    hear(store, [message(1), message(2), again])
    hear(store, [Heard(4, "sayembara.x.e.y.z.said", {"ce-id": "id-2"}, b"other")])
    assert [store.position_of(f"id-{number}") for number in (1, 2, 3)] == [1, 2, None]


def test_it_is_due_when_something_came_and_the_period_is_over(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    assert not is_due(store, MINUTE)
    heard(store, (1,))
    assert is_due(store, MINUTE)
    assert sign(store) == 1
    store.now = NOW + MINUTE
    assert not is_due(store, MINUTE)
    heard(store, (2,))
    assert is_due(store, MINUTE)
    store.now = NOW + MINUTE / 2
    assert not is_due(store, MINUTE)
    # A rehearsal may set its clock back.
    store.now = NOW - MINUTE
    assert is_due(store, MINUTE)


def test_it_is_due_at_once_when_a_stage_is_closed(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    heard(store, (1,))
    sign(store)
    hear(store, [message(2, StageRanked.type)])
    assert is_due(store, MINUTE)
    assert sign(store) == 2
    assert not is_due(store, MINUTE)


def test_its_own_checkpoints_are_no_traffic(new_auditor: Callable[[], AuditorStore]) -> None:
    store = new_auditor()
    heard(store, (1,))
    sign(store)
    hear(store, [message(2, subject="sayembara.auditor.none.checkpoint.1.signed")])
    store.now = NOW + 10 * MINUTE
    assert not is_due(store, MINUTE)
    assert store.of_tree() == {"messages": 2, "signed": 1, "unsigned": 0, "missing": 0}


def test_what_else_it_says_is_signed(new_auditor: Callable[[], AuditorStore]) -> None:
    store = new_auditor()
    heard(store, (1,))
    sign(store)
    hear(store, [message(2, subject="sayembara.auditor.none.log.1.restored")])
    store.now = NOW + 10 * MINUTE
    assert is_due(store, MINUTE)
    assert store.of_tree()["unsigned"] == 1


def test_nothing_is_signed_twice(new_auditor: Callable[[], AuditorStore]) -> None:
    store = new_auditor()
    assert sign(store) == 0
    heard(store, (1, 2))
    assert sign(store) == 2
    assert list(sign_now(store, SIGNER)) == []


def test_a_store_that_is_not_what_was_signed_signs_nothing_more(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    heard(store, (1, 2))
    sign(store)
    store.append(Progress(size=1), [sha256(b"edited").digest()])
    heard(store, (3,))
    with pytest.raises(Refused, match="not what was signed at 2"):
        sign(store)


def test_a_log_that_another_key_signed_is_not_signed_anew(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    heard(store, (1,))
    sign(store)
    heard(store, (2,))
    other = Signer.new(SIGNER.name)
    with pytest.raises(
        Refused, match="1 messages were signed with another key than test/log"
    ) as no:
        list(sign_now(store, other))
    assert no.value.code == "other_key"
    assert sign(store) == 2


def test_a_lost_store_has_its_checkpoints_again_from_the_log(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    heard(store, (1,))
    (event,) = sign_now(store, SIGNER)
    assert isinstance(event, CheckpointSigned)
    said = datetime(2026, 1, 2, tzinfo=UTC)
    envelope = Envelope.around(event, id="e", time=said, correlation="c", causation=None)
    headers = envelope.headers()
    kept = Heard(2, event.subject(), headers, event.model_dump_json().encode())
    broken = Heard(3, event.subject(), headers, b"{")
    assert hear(store, [kept, broken]) == 3
    found = store.checkpoint(1)
    assert found is not None
    assert (found.note, found.at) == (event.note, said)
    assert event.edition == NO_EDITION


def test_a_countersignature_is_taken_from_a_known_witness_only(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    heard(store, (1, 2))
    sign(store)
    kept = store.checkpoint(2)
    assert kept is not None
    line = cosign(kept.note, WITNESS, 5).removeprefix(kept.note)
    stranger = Signer.new("stranger", COSIGNS).line("other\n", 5)
    of_another_text = WITNESS.line("other\n", 5)
    for lines in (stranger, of_another_text, "", "no line\n", line + stranger):
        with pytest.raises(Refused):
            countersign(store, 2, lines, [WITNESS.verifier])
    with pytest.raises(NotFound):
        countersign(store, 1, line, [WITNESS.verifier])
    countersign(store, 2, line, [WITNESS.verifier])
    countersign(store, 2, line.rstrip("\n"), [WITNESS.verifier])
    shown = store.newest()
    assert shown is not None
    assert opened(shown.note, [SIGNER.verifier, WITNESS.verifier]).by == {
        SIGNER.verifier: 0,
        WITNESS.verifier: 5,
    }


def test_which_stages_are_frozen_follows_from_what_ranking_says(
    new_auditor: Callable[[], AuditorStore],
) -> None:
    store = new_auditor()
    here: Any = {"edition": "kota-2026", "stage": "akhir", "position": 1}
    frozen = StandingsFrozen(**here)
    unfrozen = StandingsUnfrozen(**here, by="Panitia", reason="pengumuman")
    hear(store, [said(1, frozen), said(2, frozen)])
    assert store.is_any_frozen("kota-2026", ("meja", "akhir"))
    assert not store.is_any_frozen("kota-2026", ())
    assert not store.is_any_frozen("kota-2027", ("akhir",))

    forged = replace(said(3, unfrozen), subject="sayembara.notification.kota-2026.x.y.unfrozen")
    hear(store, [forged])
    assert store.is_any_frozen("kota-2026", ("akhir",))
    hear(store, [said(4, unfrozen)])
    assert not store.is_any_frozen("kota-2026", ("akhir",))


def said(position: int, event: Event) -> Heard:
    envelope = Envelope.around(
        event, id=f"id-{position}", time=NOW, correlation="c", causation=None
    )
    return Heard(position, event.subject(), envelope.headers(), encode(event))
