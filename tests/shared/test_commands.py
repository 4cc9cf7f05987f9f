"""Commands: those that arrive together share a transaction; a refused one disturbs no other."""

import asyncio
from collections.abc import Callable, Iterable

from contracts.event import Event
from contracts.outcomes import Refused
from contracts.ranking import ResultsAnnounced
from kit import outbox
from kit.clock import Clock
from kit.commands import Commands
from kit.database import Database
from kit.tables import metadata as kit_metadata

from tests.shared.toy import TOY, ToyStore
from tests.shared.toy import metadata as toy_metadata

NewStore = Callable[[str], str]


def announce(number: int) -> Callable[[ToyStore], Iterable[Event]]:
    def decide(store: ToyStore) -> Iterable[Event]:
        store.add(f"p{number}")
        if number % 2:
            raise Refused("odd", "odd numbers are refused")
        return (ResultsAnnounced(edition="e1", awards=number, by="Secretariat"),)

    return decide


async def test_a_group_is_committed_together_without_what_was_refused(new_store: NewStore) -> None:
    database = Database(new_store("commands"))
    for metadata in (kit_metadata, toy_metadata):
        await database.write(metadata.create_all)
    commits: list[int] = []
    commands = Commands(TOY, database, Clock(), lambda: commits.append(1))
    asked = [asyncio.create_task(commands.run(announce(number))) for number in range(10)]
    await asyncio.sleep(0)
    serving = asyncio.create_task(commands.serve())
    answers = await asyncio.gather(*asked, return_exceptions=True)
    serving.cancel()
    refused = [isinstance(answer, Refused) for answer in answers]
    assert refused == [bool(number % 2) for number in range(10)]
    assert commits == [1]
    counted = await database.read(lambda connection: ToyStore(connection, Clock().now()).all())
    assert counted == {f"p{number}": 1 for number in range(0, 10, 2)}
    rows = await database.read(lambda connection: outbox.unpublished(connection, 100))
    assert [row.subject.split(".")[3] for row in rows] == ["results", "stage"] * 5
    database.close()


async def test_each_answer_holds_what_its_own_command_said(new_store: NewStore) -> None:
    database = Database(new_store("commands"))
    for metadata in (kit_metadata, toy_metadata):
        await database.write(metadata.create_all)
    commands = Commands(TOY, database, Clock(), lambda: None)
    serving = asyncio.create_task(commands.serve())
    said = await commands.run(announce(4), correlation="request-1")
    serving.cancel()
    assert [each.event.type for each in said] == ["results.announced.v1", "stage.ranked.v1"]
    assert {each.envelope.correlationid for each in said} == {"request-1"}
    assert said[0].envelope.causationid is None
    assert said[1].envelope.causationid == said[0].envelope.id
    database.close()
