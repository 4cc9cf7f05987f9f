"""Commands: those that arrive together share a transaction; a refused one disturbs no other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from contracts.event import Event
from contracts.outcomes import Refused
from contracts.ranking import ResultsAnnounced
from kit import outbox
from kit.clock import Clock
from kit.commands import Commands, Reading
from kit.database import Database
from kit.service import Service
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


@asynccontextmanager
async def serving(url: str, service: Service = TOY) -> AsyncIterator[Commands]:
    database = Database(url)
    for metadata in (kit_metadata, toy_metadata):
        await database.write(metadata.create_all)
    commands = Commands(service, database, Clock(), lambda: None)
    task = asyncio.create_task(commands.serve())
    yield commands
    task.cancel()
    database.close()


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
    async with serving(new_store("commands")) as commands:
        said = await commands.run(announce(4), correlation="request-1")
    assert [each.event.type for each in said] == ["results.announced.v1", "stage.ranked.v1"]
    assert {each.envelope.correlationid for each in said} == {"request-1"}
    assert said[0].envelope.causationid is None
    assert said[1].envelope.causationid == said[0].envelope.id


async def test_only_a_group_in_which_one_fails_is_decided_again(new_store: NewStore) -> None:
    decided: list[int] = []

    def note(number: int) -> Callable[[ToyStore], Iterable[Event]]:
        def decide(store: ToyStore) -> Iterable[Event]:
            decided.append(number)
            return announce(number)(store)

        return decide

    async with serving(new_store("commands")) as commands:
        for group, times in (((2, 4), [2, 4]), ((3,), [3]), ((2, 3), [2, 3, 2, 3])):
            decided.clear()
            asked = (commands.run(note(number)) for number in group)
            await asyncio.gather(*asked, return_exceptions=True)
            assert decided == times


async def test_bug_in_a_command_is_its_own_answer(new_store: NewStore) -> None:
    def bug(store: ToyStore) -> None:
        store.add("bug")
        raise ZeroDivisionError

    async with serving(new_store("commands")) as commands:
        asked = (commands.run(each) for each in (announce(2), bug, announce(4)))
        first, failed, last = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(failed, ZeroDivisionError)
        assert isinstance(first, list)
        assert isinstance(last, list)
        counted = await commands.database.read(lambda each: ToyStore(each, Clock().now()).all())
        assert counted == {"p2": 1, "p4": 1}


async def test_commands_that_share_a_transaction_read_together(new_store: NewStore) -> None:
    read: list[Sequence[int]] = []

    class ReadingStore(ToyStore):
        def read_ahead(self, keys: Sequence[int]) -> None:
            read.append(keys)

    service = replace(TOY, store=ReadingStore)
    async with serving(new_store("commands"), service) as commands:
        asked = (commands.run(Reading(number, announce(number))) for number in (2, 4))
        await asyncio.gather(*asked, commands.run(announce(6)))
    assert read == [[2, 4]]
