"""Commands of evaluation that share a transaction: each is decided after those before it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from contracts.event import Event
from contracts.outcomes import Refused
from evaluation_service.app import SERVICE
from evaluation_service.rules.facts import Seat
from evaluation_service.store import EvaluationStore
from kit.clock import Clock
from kit.commands import Commands, Decide, Reading
from kit.database import Database
from kit.tables import metadata as kit_metadata
from sqlalchemy.exc import IntegrityError

from tests.evaluation.facts import (
    BAPPEDA,
    CAMAT,
    EDITION,
    Command,
    admitted,
    closing,
    declaring,
    duty_of,
    marks,
    numbers,
    opened,
    seating,
    sheet,
    submitted,
)

NewStore = Callable[[str], str]
NOW = Clock().now()


class Panel:
    """A stage with two proposals and two jurors, and what is decided together in it."""

    def __init__(self, database: Database, commands: Commands) -> None:
        self.database = database
        self.commands = commands

    async def together(self, *decisions: Decide) -> list[list[str] | str]:
        """What each said, or the code of its refusal."""
        asked = [self.commands.run(each) for each in decisions]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return [_in_short(each) for each in answers]

    async def versions(self, proposal: str, seat: Seat = BAPPEDA) -> list[int]:
        """The versions of the juror's sheet that are kept."""
        assignment = duty_of(proposal, seat)
        rows = await self.database.read(
            lambda each: EvaluationStore(each, NOW).sheet_versions(assignment)
        )
        return [row.version for row in rows]


def _in_short(answer: object) -> list[str] | str:
    if isinstance(answer, list):
        return [each.event.type for each in answer]
    assert isinstance(answer, Refused), answer
    return answer.code


@asynccontextmanager
async def panel(url: str) -> AsyncIterator[Panel]:
    database = Database(url)
    for metadata in (kit_metadata, SERVICE.metadata):
        await database.write(metadata.create_all)
    commands = Commands(SERVICE, database, Clock(), lambda: None)
    serving = asyncio.create_task(commands.serve())
    for event in (opened(), admitted("p1"), admitted("p2")):
        await commands.run(hearing(event))
    for seat in (BAPPEDA, CAMAT):
        await commands.run(seating(seat))
    yield Panel(database, commands)
    serving.cancel()
    database.close()


def hearing(event: Event) -> Command:
    return lambda store: SERVICE.handlers[type(event)](event, store)


def handing_in(proposal: str, seat: Seat = BAPPEDA, mark: str = "70", reason: str = "") -> Reading:
    command = sheet(proposal, seat, numbers(mark), reason or None)
    return Reading(duty_of(proposal, seat), command)


async def test_sheets_of_one_juror_for_one_proposal_follow_each_other(new_store: NewStore) -> None:
    async with panel(new_store("evaluation")) as here:
        assert await here.together(
            handing_in("p1"),
            handing_in("p1"),
            handing_in("p1", mark="71", reason="salah tulis"),
            handing_in("p1", mark="72", reason="salah hitung"),
        ) == [["sheet.submitted.v1"], [], ["sheet.amended.v1"], ["sheet.amended.v1"]]
        assert await here.versions("p1") == [1, 2, 3]


async def test_refused_sheet_in_the_middle_leaves_nothing(new_store: NewStore) -> None:
    async with panel(new_store("evaluation")) as here:
        assert await here.together(
            handing_in("p1"),
            handing_in("p1", mark="71"),
            handing_in("p9"),
            handing_in("p2"),
            handing_in("p1", CAMAT),
        ) == [
            ["sheet.submitted.v1"],
            "reason_missing",
            "not_in_stage",
            ["sheet.submitted.v1"],
            ["sheet.submitted.v1"],
        ]
        kept = [await here.versions(*each) for each in (("p1",), ("p2",), ("p1", CAMAT))]
        assert kept == [[1], [1], [1]]


async def test_sheet_after_a_conflict_in_the_same_transaction_is_refused(
    new_store: NewStore,
) -> None:
    async with panel(new_store("evaluation")) as here:
        answers = await here.together(declaring("p1", BAPPEDA), handing_in("p1"), handing_in("p2"))

        said = [["conflict.declared.v1", "juror.recused.v1"], "recused", ["sheet.submitted.v1"]]
        assert answers == said
        assert await here.versions("p1") == []


async def test_close_counts_the_sheets_before_it_and_refuses_those_after(
    new_store: NewStore,
) -> None:
    async with panel(new_store("evaluation")) as here:
        answers = await here.together(
            handing_in("p1"), handing_in("p2"), closing(), handing_in("p1", CAMAT)
        )

        sheet_said = ["sheet.submitted.v1"]
        assert answers == [sheet_said, sheet_said, ["scoring.closed.v1"], "scoring_closed"]


async def test_row_that_the_store_refuses_disturbs_no_other(new_store: NewStore) -> None:
    def twice(store: EvaluationStore) -> None:
        for _ in range(2):
            store.add_sheet(submitted("p1", BAPPEDA, marks()))

    async with panel(new_store("evaluation")) as here:
        wrong = asyncio.create_task(here.commands.run(twice))
        answers = await here.together(handing_in("p1"), handing_in("p2"))

        assert answers == [["sheet.submitted.v1"]] * 2
        assert isinstance((await asyncio.gather(wrong, return_exceptions=True))[0], IntegrityError)


async def test_rulebook_of_a_transaction_that_failed_is_not_held(new_store: NewStore) -> None:
    async with panel(new_store("evaluation")) as here:
        held = await here.database.write(lambda each: dict(EvaluationStore(each, NOW).memory))
        assert list(held) == [EDITION]

        def fail(connection: object) -> None:
            raise ValueError(connection)

        await asyncio.gather(here.database.write(fail), return_exceptions=True)
        held = await here.database.write(lambda each: dict(EvaluationStore(each, NOW).memory))
        assert held == {}
        assert await here.together(handing_in("p1")) == [["sheet.submitted.v1"]]
