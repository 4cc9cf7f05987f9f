"""What a message is about, and so which parked message it waits behind."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from contracts.envelope import decode
from contracts.operations import MessageParked
from kit import outbox, parking
from kit.batch import Batch
from kit.database import Database
from kit.heard import Heard
from kit.line import Line, about, covering, may_change
from kit.migrate import migrate
from kit.testing import given
from sqlalchemy import Connection, text

from tests.shared.orderly import NOON, SERVICE, SETTINGS
from tests.shared.test_contracts import SAMPLES, sample
from tests.shared.toy import TOY

NewStore = Callable[[str], str]
EDITION = "kipp-luwu-utara-2019"
ABOUT = {
    "edition.opened.v1": "{edition}//",
    "rulebook.amended.v1": "{edition}//",
    "proposal.admitted.v1": "{edition}//{proposal}",
    "sheet.submitted.v1": "{edition}/{stage}/{proposal}",
    "juror.recused.v1": "{edition}/{stage}/{proposal}",
    "juror.seated.v1": "{edition}/{stage}/",
    "scoring.closed.v1": "{edition}/{stage}/",
    "proposal.advanced.v1": "{edition}/{stage}/{proposal}",
    "standings.frozen.v1": "{edition}//",
    "standings.unfrozen.v1": "{edition}//",
    "message.parked.v1": "",
    "message.retried.v1": "",
}


def heard(type_: str, subject: str | None = None) -> Heard:
    event = sample(type_)
    headers = {"ce-specversion": "1.0", "ce-id": "e1", "ce-source": "/x", "ce-type": type_}
    path = next(path for path in SAMPLES if path.stem == type_)
    return Heard(1, subject or event.subject(), headers, path.read_bytes())


@pytest.mark.parametrize("type_", ABOUT)
def test_an_event_is_about_its_edition_stage_and_proposal(type_: str) -> None:
    fields = json.loads(heard(type_).body)
    assert about(heard(type_)) == ABOUT[type_].format(**fields)


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("sayembara.evaluation.e1.sheet.p7.submitted", "e1//p7"),
        ("sayembara.evaluation.e1.scoring.s1.closed", "e1/s1/"),
        ("sayembara.submission.e1.rulebook.e1.amended", "e1//"),
        ("sayembara.ranking.e1.standings.s1.frozen", "e1//"),
        ("sayembara.evaluation.e1.juror.j1.recused", "e1//"),
        ("sayembara.ranking.e1.message.7.parked", ""),
        ("sayembara.evaluation.e1.sheet.a/b.submitted", "e1//ab"),
        ("sayembara", "//"),
    ],
)
def test_of_what_cannot_be_read_the_subject_tells_what_it_may_be_about(
    subject: str, found: str
) -> None:
    assert about(replace(heard("sheet.submitted.v1"), subject=subject, body=b"{")) == found


def test_what_is_held_back_by_what() -> None:
    assert set(covering("e/s/p")) == {"e/s/p", "e/s/", "e//p", "e//"}
    assert set(covering("e//p")) == {"e//p", "e//"}
    assert set(covering("e/s/")) == {"e/s/", "e//"}
    assert set(covering("e//")) == {"e//"}
    assert covering("") == ()


def test_the_first_in_front_is_told() -> None:
    line = Line([(3, "e/s/p"), (5, "e//"), (5, "e//"), (9, "e/s/p")])

    assert line.front_of(3, "e/s/p") is None
    assert line.front_of(9, "e/s/p") == 3
    assert line.front_of(9, "e/s/q") == 5
    assert line.remove(3, "e/s/p")
    assert not line.remove(3, "e/s/p")
    assert line.front_of(9, "e/s/p") == 5


def test_what_may_change_a_stage() -> None:
    assert may_change("e/s/p", "e", "s")
    assert may_change("e//", "e", "s")
    assert not may_change("e/t/p", "e", "s")
    assert not may_change("f/s/p", "e", "s")
    assert not may_change("", "e", "s")


async def test_what_was_parked_before_is_in_the_line_after_the_migration(
    new_store: NewStore,
) -> None:
    database = Database(new_store("before"))
    await database.write(lambda connection: migrate(TOY, connection))
    message = heard("sheet.submitted.v1")

    def as_it_was(connection: Connection) -> None:
        parking.park(connection, message, outcome="bug", reason="r", tries=1, now=NOON)
        connection.execute(text("ALTER TABLE parked DROP COLUMN about"))
        version = "UPDATE alembic_version SET version_num = 'kit_0001' WHERE version_num LIKE 'k%'"
        connection.execute(text(version))

    await database.write(as_it_was)
    await database.write(lambda connection: migrate(TOY, connection))

    (row,) = await database.read(parking.waiting)
    database.close()
    assert row.about == about(message)


def test_a_subject_that_names_no_edition_is_parked_like_any_other() -> None:
    connection = given(SERVICE).connection
    subject = "sayembara.evaluation.E1.sheet.p.submitted"
    batch = Batch(SERVICE, SETTINGS, NOON)

    batch.take_each(connection, [heard("sheet.submitted.v1", subject)], 1)

    (row,) = outbox.unpublished(connection, 9)
    said = decode(row.headers["ce-type"], row.body)
    assert isinstance(said, MessageParked)
    assert said.edition == "unknown"
