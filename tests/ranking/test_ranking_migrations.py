"""What a store keeps is kept when its tables change, and the other way round."""

from collections.abc import Callable
from typing import Any

from kit.database import Database
from kit.migrate import migrate
from ranking_service.app import SERVICE
from ranking_service.store import RankingStore
from sqlalchemy import Connection, text

from tests.ranking.facts import DESK, EDITION, opened
from tests.ranking.test_ranking_freeze_at import SOON, book
from tests.support.migrations import back_to

SHEETS = (
    "INSERT INTO sheets (edition, stage, proposal, juror, version, marks)"
    " VALUES ('e', 's', 'p', 'j', 3, '{}')"
)
OF_A_PART = SHEETS.replace("juror,", "juror, part,").replace("'j',", "'j', 'run-1',")
KEPT = "SELECT edition, stage, proposal, juror, version, marks FROM sheets"


async def test_sheets_are_kept_when_they_learn_of_parts(new_store: Callable[[str], str]) -> None:
    database = Database(new_store("ranking"))

    def there_and_back(connection: Connection) -> list[tuple[Any, ...]]:
        migrate(SERVICE, connection)
        connection.execute(text(SHEETS))
        connection.execute(text(OF_A_PART))
        back_to("ranking_0002", SERVICE, connection)
        found = [tuple(each) for each in connection.execute(text(KEPT))]
        migrate(SERVICE, connection)
        return found + [tuple(each) for each in connection.execute(text(f"{KEPT} WHERE part = ''"))]

    found = await database.write(there_and_back)
    database.close()

    assert found == [("e", "s", "p", "j", 3, "{}")] * 2


async def test_the_moments_of_editions_that_are_open_are_known(
    new_store: Callable[[str], str],
) -> None:
    database = Database(new_store("ranking"))

    def there_and_back(connection: Connection) -> list[tuple[Any, ...]]:
        migrate(SERVICE, connection)
        RankingStore(connection, SOON).add_edition(opened(book()))
        back_to("ranking_0005", SERVICE, connection)
        migrate(SERVICE, connection)
        return RankingStore(connection, SOON).come()

    found = await database.write(there_and_back)
    database.close()

    assert found == [(SOON, EDITION, DESK)]
