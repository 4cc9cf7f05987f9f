"""The store's errors are logged: they tell what failed, and not what was stored."""

from collections.abc import Callable

import pytest
from kit.database import Database
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

MARK = "bertanda@luwu.example"


async def test_error_names_no_value(new_store: Callable[[str], str]) -> None:
    database = Database(new_store("errors"))

    def twice(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE kept (id INTEGER PRIMARY KEY, words TEXT)"))
        for _ in range(2):
            connection.execute(text("INSERT INTO kept VALUES (1, :words)"), {"words": MARK})

    with pytest.raises(DBAPIError) as error:
        await database.write(twice)
    database.close()

    assert "INSERT INTO kept" in str(error.value)
    assert MARK not in str(error.value)
