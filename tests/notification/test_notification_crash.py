"""A mail that was sent and not recorded: sent again after a crash, not while the store is away."""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from contracts.notification import NoticeDelivered
from notification_service.deliver import Delivery, deliver
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.notification import facts
from tests.notification.at_work import ADDRESS, AtWork, at_work, delivered, mail_server, posting
from tests.support.waiting import until

NewStore = Callable[[str], str]


async def test_mail_sent_but_not_recorded_is_sent_again_as_the_same_mail(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await die_before_recording(here)
        here.clock.pass_seconds(60)
        await here.deliver()

        first, second = (content for _, content in server.taken)
        assert first == second
        assert await here.said() == [await delivered(here)]


async def die_before_recording(here: AtWork, after: int = 0) -> None:
    alive, left = here.running.command, count(-after)

    async def die(*asked: Any, **named: Any) -> Any:
        if next(left) >= 0:
            raise ConnectionError("the process dies here")
        return await alive(*asked, **named)

    here.running.command = die  # type: ignore[method-assign]  # the crash that is tested
    with pytest.raises(ConnectionError):
        await here.deliver()
    here.running.command = alive  # type: ignore[method-assign]  # and the start after it


async def test_crash_of_many_mails_repeats_one_and_says_every_one_once(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        for number in range(4):
            await here.hear(facts.seated(f"j{number}"))
            await here.put_contact(f"j{number}", "juror", f"j{number}@kampus.example")
        await die_before_recording(here, after=3)
        assert (await here.said(), len(server.taken)) == ([], 4)
        await here.deliver()

        jurors = [[f"j{number}@kampus.example"] for number in range(4)]
        assert [to for to, _ in server.taken] == [[ADDRESS], *jurors[:3], *jurors[2:]]
        said = [each.party for each in await here.said() if isinstance(each, NoticeDelivered)]
        assert said == ["dinkes", "j0", "j1", "j2", "j3"]


async def test_mail_sent_while_the_store_is_away_is_recorded_later_and_not_sent_again(
    tmp_path: Path,
) -> None:
    store = f"sqlite:///{tmp_path / 'mail.db'}"
    async with mail_server() as server, posting(store, server) as here:
        delivery = Delivery(here.running)
        await execute(here, "ALTER TABLE outbox RENAME TO away")
        for _ in range(2):
            with pytest.raises(OperationalError):
                await delivery.round()
        await execute(here, "ALTER TABLE away RENAME TO outbox")
        await delivery.round()

        assert len(server.taken) == 1
        assert await here.said() == [await delivered(here)]


async def test_task_delivers_what_is_heard_for_ever(new_store: NewStore, tmp_path: Path) -> None:
    async with at_work(new_store("mail"), mail_folder=tmp_path / "mail") as here:
        task = asyncio.create_task(deliver(here.running))
        await here.put_contact("dinkes", "applicant", ADDRESS)
        for event in (facts.SUBMITTED, facts.REVISED):
            await here.hear(event)
            await until(lambda: all_delivered(here), f"delivered: {event.type}")
        task.cancel()

    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


async def test_task_outlives_a_store_that_fails(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'mail.db'}"
    async with at_work(store, mail_folder=tmp_path / "mail") as here:
        await here.put_contact("dinkes", "applicant", ADDRESS)
        await here.hear(facts.SUBMITTED)
        await execute(here, "ALTER TABLE notices RENAME TO away")
        task = asyncio.create_task(deliver(here.running))
        done, _ = await asyncio.wait({task}, timeout=0.2)
        assert done == set(), "the task ended"
        await execute(here, "ALTER TABLE away RENAME TO notices")
        await until(lambda: all_delivered(here), "delivered")
        task.cancel()


async def execute(here: AtWork, statement: str) -> None:
    await here.running.database.write(lambda transaction: transaction.execute(text(statement)))


async def all_delivered(here: AtWork) -> bool:
    return {state for state, _, _ in await here.states()} == {"delivered"}
