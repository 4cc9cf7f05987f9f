"""The store of an edition that is under way is brought to panels and parts with all its data."""

from collections.abc import Callable
from datetime import UTC, datetime

from evaluation_service.app import SERVICE
from evaluation_service.rules.facts import Count, Duty, Sheet
from evaluation_service.store import EvaluationStore
from kit.database import Database
from sqlalchemy import Connection, text

from tests.evaluation.facts import BAPPEDA, EDITION, FIRST, duty_of, numbers
from tests.support.migrations import back_to, up_to

NOW = datetime(2019, 9, 2, tzinfo=UTC)
KEY = f"'{EDITION}', '{FIRST}'"
SHEET = f"{KEY}, 'p1', '{BAPPEDA.juror}'"
MARKS = '{"kebaruan": "70", "dampak": "3.5"}'
BEFORE = (
    f"INSERT INTO entries VALUES ({KEY}, 'p1', '{NOW.isoformat()}')",
    f"INSERT INTO jurors VALUES ({KEY}, '{BAPPEDA.juror}', '{BAPPEDA.office}', 'bappeda',"
    f" '{NOW.isoformat()}')",
    f"INSERT INTO sheets VALUES ({SHEET}, 1, '{{}}', NULL, '{NOW.isoformat()}')",
    f"INSERT INTO sheets VALUES ({SHEET}, 2, '{MARKS}', 'salah tulis', '{NOW.isoformat()}')",
)
OF_A_PART = (
    "INSERT INTO sheets (edition, stage, proposal, juror, part, version, marks, handed_in_at)"
    f" VALUES ({SHEET}, 'run-1', 1, '{MARKS}', '{NOW.isoformat()}')"
)


def run(connection: Connection, *statements: str) -> None:
    for each in statements:
        connection.execute(text(each.replace(":", "\\:")))


async def test_sheets_of_before_are_sheets_of_whole_proposals(
    new_store: Callable[[str], str],
) -> None:
    database = Database(new_store("evaluation"))

    def migrate_with_data(connection: Connection) -> None:
        up_to("evaluation_0001", SERVICE, connection)
        run(connection, *BEFORE)
        up_to("evaluation_0002", SERVICE, connection)
        store = EvaluationStore(connection, NOW)

        assert store.seats(EDITION, FIRST) == [BAPPEDA]
        duty = (Duty(True, True, False, False), Sheet(2, numbers()))
        assert store.duty(duty_of("p1")) == duty
        assert store.counted_sheets(EDITION, FIRST) == {"p1": Count({None: 1})}
        versions = store.sheet_versions(duty_of("p1"))
        assert [(each.reason, each.entered_by) for each in versions] == [
            (None, None),
            ("salah tulis", None),
        ]
        assert {each.handed_in_at for each in versions} == {NOW}

    await database.write(migrate_with_data)
    database.close()


async def test_way_back_keeps_the_sheets_of_whole_proposals(
    new_store: Callable[[str], str],
) -> None:
    database = Database(new_store("evaluation"))

    def go_back(connection: Connection) -> None:
        up_to("evaluation_0001", SERVICE, connection)
        run(connection, *BEFORE)
        up_to("evaluation_0002", SERVICE, connection)
        run(connection, OF_A_PART)
        back_to("evaluation_0001", SERVICE, connection)

        kept = connection.execute(text("SELECT version FROM sheets ORDER BY version"))
        assert [each.version for each in kept] == [1, 2]
        assert connection.execute(text("SELECT * FROM jurors")).one().agency == "bappeda"
        up_to("evaluation_0002", SERVICE, connection)

    await database.write(go_back)
    database.close()
