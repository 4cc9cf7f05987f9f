"""Every store that the migrations make is the store that the code expects."""

from collections.abc import Callable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from evaluation_service.app import SERVICE as EVALUATION
from kit import tables
from kit.database import Database
from kit.migrate import migrate
from kit.service import Service
from notification_service.app import SERVICE as NOTIFICATION
from ranking_service.app import SERVICE as RANKING
from sqlalchemy import Connection, MetaData
from submission_service.app import SERVICE as SUBMISSION

from sayembara.auditor.app import SERVICE as AUDITOR

SERVICES = (SUBMISSION, EVALUATION, RANKING, NOTIFICATION, AUDITOR)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_migrated_store_is_what_the_code_expects(
    service: Service, new_store: Callable[[str], str]
) -> None:
    database = Database(new_store(service.name))

    both = MetaData()
    for table in (*tables.metadata.sorted_tables, *service.metadata.sorted_tables):
        table.to_metadata(both)

    def migrate_twice_and_compare(connection: Connection) -> list[object]:
        migrate(service, connection)
        migrate(service, connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, both))

    assert await database.write(migrate_twice_and_compare) == []
    database.close()
