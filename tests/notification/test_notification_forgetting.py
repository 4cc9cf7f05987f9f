"""A contact is erased: nobody can read it again, nothing is sent to it, and the log says so."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import structlog
from contracts.notification import ContactForgotten
from kit.http import make_app
from notification_service import handlers
from notification_service.erase import destroy_ended_keys, erase, keys_of
from notification_service.keys import Contact
from sqlalchemy import Row

from tests.notification import facts
from tests.notification.at_work import (
    ADDRESS,
    REFUSED_FOR_NOW,
    AtWork,
    MailServer,
    failed,
    mail_server,
    posting,
)
from tests.support.access import KEYS, bearer

NewStore = Callable[[str], str]
ORDER: dict[str, Any] = {"by": "Bagian Organisasi", "reason": "atas permintaan, surat 800/1234"}
AT_DINKES = f"/editions/{facts.EDITION}/contacts/dinkes"
FORGET = f"{AT_DINKES}/forgetting"
WHOSE: dict[str, Any] = {"edition": facts.EDITION, "party": "dinkes", "role": "applicant"}
GIVEN_UP = "erased: the contact was forgotten"
WAITS = "erased: the contact of dinkes: put another one"


class Told(NamedTuple):
    """A service with one receipt to post to Dinkes, its mail server, and the operator."""

    here: AtWork
    server: MailServer
    ask: httpx.AsyncClient

    async def put(self, email: str, role: str = "applicant") -> None:
        body = {"role": role, "name": "Dinas Kesehatan", "email": email}
        assert (await self.ask.put(AT_DINKES, json=body)).is_success

    async def forget(self) -> list[str]:
        answer = await self.ask.post(FORGET, json=ORDER)
        assert answer.is_success, answer.text
        return [each["type"] for each in answer.json()["events"]]

    async def notices(self) -> list[Any]:
        found: list[Any] = (await self.ask.get("/notices")).json()
        return found

    def recipients(self) -> list[str]:
        return [each for to, _ in self.server.taken for each in to]


@asynccontextmanager
async def told(store: str, **settings: Any) -> AsyncIterator[Told]:
    async with mail_server() as server, posting(store, server, token_keys=KEYS, **settings) as here:
        transport = httpx.ASGITransport(make_app(here.running))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://here", headers=bearer("operator")
        ) as ask:
            yield Told(here, server, ask)


async def contact_row(here: AtWork) -> Row[Any]:
    return (await here.notices())[0]


async def test_log_says_who_erased_it_and_why_and_nothing_of_the_contact(
    new_store: NewStore,
) -> None:
    async with told(new_store("mail")) as each:
        key = (await contact_row(each.here)).key
        assert await each.forget() == ["contact.forgotten.v1", "notice.failed.v1"]

        forgotten = ContactForgotten(**WHOSE, key=key, **ORDER)
        assert await each.here.said() == [forgotten, await failed(each.here, 0, GIVEN_UP)]
        bodies = [row.body + str(row.headers).encode() for row in await each.here.outgoing()]
        assert [b"luwu.example" in body for body in bodies] == [False, False]


async def test_copy_of_the_store_from_before_cannot_be_read_after(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        keys, copy = keys_of(each.here.running), await contact_row(each.here)
        assert keys.contact_of(copy) == Contact(name="Kantor", email=ADDRESS)

        await each.forget()

        assert keys.contact_of(copy) is None
        assert list(keys.folder.iterdir()) == []


async def test_nothing_is_sent_to_a_contact_that_was_erased(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        await each.forget()
        await each.here.hear(facts.REVISED)

        assert await each.here.deliver() == 0
        assert each.recipients() == []
        seen = [(row["kind"], row["state"], row["reason"]) for row in await each.notices()]
        assert seen == [("revised", "queued", WAITS), ("received", "failed", GIVEN_UP)]
        assert [(row["email"], row["erased"]) for row in await each.notices()] == [(None, True)] * 2


async def test_contact_that_is_erased_while_mails_leave_gets_none(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        due = await contact_row(each.here)
        await each.forget()

        assert keys_of(each.here.running).contact_of(due) is None
        each.server.refused["dinkes"] = REFUSED_FOR_NOW
        await each.here.running.command(
            lambda store: handlers.record_failed(store, due.notice, "late", 1, for_good=True)
        )
        assert await each.here.states() == [("failed", 0, GIVEN_UP)]


async def test_mail_that_has_left_is_said_to_be_delivered(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        (notice,) = await each.here.notices()
        await each.here.running.command(lambda store: store.keep_sent(notice.notice))

        assert await each.forget() == ["contact.forgotten.v1"]
        await each.here.deliver()
        assert await each.here.states() == [("delivered", 1, None)]


async def test_another_contact_is_told_what_was_not_sent(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        await each.forget()
        await each.here.hear(facts.REVISED)
        await each.put("kadis@luwu.example")

        assert await each.here.deliver() == 2
        assert each.recipients() == ["kadis@luwu.example"] * 2
        assert [row["erased"] for row in await each.notices()] == [False, False]


async def test_corrected_address_leaves_no_key_of_the_one_before(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        keys, copy = keys_of(each.here.running), await contact_row(each.here)
        await each.put("kadis@luwu.example")

        assert keys.contact_of(copy) is None
        now = await contact_row(each.here)
        assert keys.contact_of(now) == Contact(name="Dinas Kesehatan", email="kadis@luwu.example")
        assert [path.name for path in keys.folder.iterdir()] == [now.key]


async def test_party_is_forgotten_in_every_role_and_no_other_party_is(
    new_store: NewStore,
) -> None:
    async with told(new_store("mail")) as each:
        await each.put("juri@luwu.example", role="juror")
        await each.here.hear(facts.seated("dinkes"), facts.seated("j1"))
        await each.here.put_contact("j1", "juror", "j1@kampus.example")

        said = await each.forget()
        await each.here.deliver()

        assert said.count("contact.forgotten.v1") == 2
        assert each.recipients() == ["j1@kampus.example"]


async def test_forgetting_of_before_leaves_a_contact_that_was_put_since(
    new_store: NewStore,
) -> None:
    async with told(new_store("mail")) as each:
        before = ContactForgotten(**WHOSE, key=(await contact_row(each.here)).key, **ORDER)
        await each.forget()
        await each.put("kadis@luwu.example")

        await each.here.running.command(lambda store: handlers.keep_forgotten(before, store))
        await destroy_ended_keys(each.here.running)

        contact = keys_of(each.here.running).contact_of(await contact_row(each.here))
        assert contact == Contact(name="Dinas Kesehatan", email="kadis@luwu.example")


async def test_same_again_changes_nothing(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        await each.forget()

        assert await each.forget() == []


async def test_contact_that_never_was_is_not_found(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        answer = await each.ask.post(FORGET.replace("dinkes", "dinsos"), json=ORDER)

        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_contact")


async def test_process_that_died_before_it_destroyed_the_key_does_so_at_its_start(
    new_store: NewStore,
) -> None:
    async with told(new_store("mail")) as each:
        keys, copy = keys_of(each.here.running), await contact_row(each.here)
        whose = (facts.EDITION, "dinkes", *ORDER.values())
        await each.here.running.command(lambda store: handlers.forget(store, *whose))
        assert keys.contact_of(copy) is not None, "the process died here"

        await erase(each.here.running)

        assert keys.contact_of(copy) is None
        assert await each.here.running.query(lambda store: store.ended_keys()) == []


async def test_key_that_cannot_be_destroyed_is_told_and_tried_again(tmp_path: Path) -> None:
    async with told(f"sqlite:///{tmp_path / 'mail.db'}") as each:
        folder, row = each.here.settings.contact_keys, await contact_row(each.here)
        (folder / row.key).unlink()
        (folder / row.key).mkdir()
        whose = (facts.EDITION, "dinkes", *ORDER.values())
        await each.here.running.command(lambda store: handlers.forget(store, *whose))

        with structlog.testing.capture_logs() as lines:
            await erase(each.here.running)
        assert [line["event"] for line in lines] == ["keys of erased contacts are still there"]
        (folder / row.key).rmdir()
        await destroy_ended_keys(each.here.running)
        assert await each.here.running.query(lambda store: store.ended_keys()) == []


async def test_without_its_key_a_contact_is_told_as_unreadable_and_tried_again(
    new_store: NewStore,
) -> None:
    async with told(new_store("mail")) as each:
        row = await contact_row(each.here)
        (each.here.settings.contact_keys / row.key).unlink()
        await each.here.deliver()

        reason = "the contact cannot be read: its key is not here; put it again"
        assert await each.here.states() == [("queued", 1, reason)]
        assert "its key is not here" in (await each.ask.get(f"/mails/{row.notice}")).text


async def test_pages_show_that_it_was_erased(new_store: NewStore) -> None:
    async with told(new_store("mail")) as each:
        await each.forget()
        await each.here.hear(facts.REVISED)
        revised, received = [row["notice"] for row in await each.notices()]

        assert "address erased" in (await each.ask.get("/")).text
        for notice in (revised, received):
            page = (await each.ask.get(f"/mails/{notice}")).text
            assert 'dihapus <span lang="en">/ erased</span>' in page
            assert "luwu.example" not in page


async def test_log_line_of_a_bug_names_no_address(
    new_store: NewStore, capsys: pytest.CaptureFixture[str]
) -> None:
    async with told(new_store("mail")) as each:
        await each.here.put_contact("dinkes", "applicant", "rahasia di luwu", "Nama Rahasia")
        with structlog.testing.capture_logs() as lines:
            await each.here.deliver()

    assert [line["error"] for line in lines] == ["ValueError"]
    assert "mailbox" in str(lines), "the line tells where it happened"
    assert "ahasia" not in str(lines)
