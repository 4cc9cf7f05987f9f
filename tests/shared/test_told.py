"""Whoever listens to the relay is told of every event that is on the log, in order."""

from datetime import UTC, datetime
from pathlib import Path

from contracts.envelope import Envelope
from contracts.ranking import ResultsAnnounced
from kit import outbox
from kit.database import Database
from kit.log import Log
from kit.observe import Meters
from kit.outbox import Said
from kit.relay import Published, Relay
from kit.tables import metadata

from tests.support.nats import NatsServer
from tests.support.system import connected

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def said(number: int) -> Said:
    event = ResultsAnnounced(edition="e1", awards=number, by="Secretariat")
    envelope = Envelope.around(event, id=str(number), time=NOW, correlation="c", causation=None)
    return Said(event, envelope)


async def test_what_was_published_without_an_answer_is_told_when_it_is_found(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    database = Database(f"sqlite:///{tmp_path}/ranking.db")
    await database.write(metadata.create_all)
    async with connected(nats_server) as client:
        log = Log(client)
        relay = Relay("ranking", database, log, 2, Meters("ranking"))
        told: list[tuple[int, int]] = []

        def hear(published: Published) -> None:
            told.extend((row.id, position) for row, position in published)

        relay.told.append(hear)
        await database.write(lambda each: outbox.append(each, [said(n) for n in range(5)]))
        await relay.publish_next()
        assert told == [(1, 1), (2, 2)]
        # The next two come on the log, and the answer is lost on its way.
        await log.publish(await database.read(lambda each: outbox.rows_of(each, [3, 4])))
        relay.forget()
        await relay.flush()
    assert told == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]
    assert relay.position == 5
    database.close()
