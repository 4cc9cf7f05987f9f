"""Notices leave, once they can; every try is counted, and what became of it is said."""

from collections.abc import Callable
from email import message_from_bytes, policy

import pytest
from contracts.outcomes import NotFound
from kit.testing import given
from notification_service import handlers
from notification_service.app import SERVICE

from tests.notification import facts
from tests.notification.at_work import (
    ADDRESS,
    REFUSED_FOR_GOOD,
    REFUSED_FOR_NOW,
    delivered,
    failed,
    mail_server,
    posting,
)

NewStore = Callable[[str], str]
IN_CLEAR = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


async def test_notice_is_taken_by_the_mail_server(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        assert await here.deliver() == 1

        ((recipients, content),) = server.taken
        mail = message_from_bytes(content, policy=policy.default)
        (notice,) = await here.notices()
        assert recipients == [ADDRESS]
        assert mail["To"] == f"Kantor <{ADDRESS}>"
        assert mail["Subject"].strip() == notice.subject
        assert mail["Message-ID"] == f"<{notice.notice}@sayembara>"
        assert mail.get_content().replace("\r\n", "\n") == notice.body
        assert await here.states() == [("delivered", 1, None)]
        assert await here.said() == [await delivered(here)]
        assert await here.deliver() == 0


async def test_no_address_is_on_the_log(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        server.refused[ADDRESS] = REFUSED_FOR_GOOD
        await here.hear(facts.REVISED)
        await here.deliver()

        bodies = [row.body + str(row.headers).encode() for row in await here.outgoing()]
        assert [b"luwu.example" in body for body in bodies] == [False, False]


async def test_notice_waits_for_its_address_and_goes_out_once_it_is_put(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await here.hear(facts.seated("j1"))

        assert await here.deliver() == 1
        assert (await here.states())[1] == ("queued", 0, None)
        await here.put_contact("j1", "juror", "j1@kampus.example")
        assert await here.deliver() == 1
        assert [recipients for recipients, _ in server.taken] == [[ADDRESS], ["j1@kampus.example"]]


async def test_same_id_of_a_juror_and_an_agency_gets_nobody_the_others_mail(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await here.hear(facts.seated("dinkes"))
        await here.put_contact("dinkes", "juror", "juri@luwu.example")

        await here.deliver()

        assert [to for to, _ in server.taken] == [[ADDRESS], ["juri@luwu.example"]]


async def test_recipient_refused_for_good_fails_at_once(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        server.refused[ADDRESS] = REFUSED_FOR_GOOD
        await here.deliver()

        reason = "the mail server refused the recipient: SMTP code 550"
        assert await here.states() == [("failed", 1, reason)]
        assert await here.said() == [await failed(here, 1, reason)]
        here.clock.pass_seconds(100_000)
        assert await here.deliver() == 0


async def test_failed_notice_is_tried_anew_when_the_contact_is_put_again(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        server.refused[ADDRESS] = REFUSED_FOR_GOOD
        await here.deliver()
        await here.put_contact("dinkes", "applicant", "kadis@luwu.example")

        assert await here.states() == [("queued", 0, None)]
        assert await here.deliver() == 1
        assert [recipients for recipients, _ in server.taken] == [["kadis@luwu.example"]]
        assert (await here.said())[1:] == [await delivered(here)]


async def test_recipient_refused_for_now_is_tried_later_and_later(new_store: NewStore) -> None:
    async with (
        mail_server() as server,
        posting(new_store("mail"), server, mail_tries=4) as here,
    ):
        server.refused[ADDRESS] = REFUSED_FOR_NOW
        reason = "the mail server refused the recipient: SMTP code 451"
        assert await here.deliver() == 1
        assert await here.deliver() == 0, "the first pause is one second"
        for tries, pause in ((1, 1), (2, 2), (3, 4)):
            assert await here.states() == [("queued", tries, reason)]
            assert await here.said() == []
            here.clock.pass_seconds(pause - 1)
            assert await here.deliver() == 0, f"the pause after {tries} tries is {pause} seconds"
            here.clock.pass_seconds(1)
            assert await here.deliver() == 1, f"the pause after {tries} tries is {pause} seconds"

        assert await here.said() == [await failed(here, 4, reason)]


async def test_notice_refused_for_now_is_delivered_at_a_later_try(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        server.refused[ADDRESS] = REFUSED_FOR_NOW
        await here.deliver()
        server.refused.clear()
        here.clock.pass_seconds(1)
        await here.deliver()

        assert await here.states() == [("delivered", 2, None)]
        assert await here.said() == [await delivered(here, tries=2)]


async def test_mail_server_that_is_away_is_tried_again(new_store: NewStore) -> None:
    async with posting(new_store("mail")) as here:
        await here.deliver()

        reason = "the mail server cannot be used: SMTPConnectError"
        assert await here.states() == [("queued", 1, reason)]


@IN_CLEAR
async def test_wrong_password_is_no_fault_of_the_mail(new_store: NewStore) -> None:
    login = {"smtp_user": "sayembara", "smtp_password": "wrong"}
    async with (
        mail_server(password=b"right") as server,
        posting(new_store("mail"), server, **login) as here,
    ):
        await here.deliver()

        reason = "the mail server cannot be used: SMTPAuthenticationError, SMTP code 535"
        assert await here.states() == [("queued", 1, reason)]
        assert server.taken == []


@IN_CLEAR
async def test_right_password_is_taken(new_store: NewStore) -> None:
    login = {"smtp_user": "sayembara", "smtp_password": "right"}
    async with (
        mail_server(password=b"right") as server,
        posting(new_store("mail"), server, **login) as here,
    ):
        await here.deliver()

        assert await here.states() == [("delivered", 1, None)]


async def test_mail_does_not_leave_in_clear_when_encryption_is_asked(new_store: NewStore) -> None:
    async with (
        mail_server() as server,
        posting(new_store("mail"), server, smtp_tls="starttls") as here,
    ):
        await here.deliver()

        assert [state for state, _, _ in await here.states()] == ["queued"]
        assert server.taken == []


async def test_bug_with_one_mail_does_not_keep_the_others_from_leaving(
    new_store: NewStore,
) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await here.put_contact("dinkes", "applicant", "not an address")
        await here.hear(facts.seated("j1"))
        await here.put_contact("j1", "juror", "j1@kampus.example")
        await here.deliver()

        reason = "a mistake in the service, ValueError: see its logs"
        assert await here.states() == [("queued", 1, reason), ("delivered", 1, None)]


async def test_round_of_mails_leaves_over_one_connection(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await here.hear(facts.REVISED, facts.ADMITTED)
        await here.deliver()

        assert len(server.taken) == 3
        assert len(server.connections) == 1


async def test_connection_that_the_server_ends_is_made_again(new_store: NewStore) -> None:
    async with mail_server() as server, posting(new_store("mail"), server) as here:
        await here.hear(facts.seated("j1"))
        await here.put_contact("j1", "juror", "j1@kampus.example")
        server.refused[ADDRESS] = "421 4.7.0 too many mails"
        await here.deliver()

        assert [state for state, _, _ in await here.states()] == ["queued", "delivered"]


def test_delivery_is_recorded_once() -> None:
    so_far = given(SERVICE, facts.SUBMITTED)
    notice = so_far.store().notices()[0].notice

    so_far.done(lambda store: handlers.record_delivered(store, notice))

    so_far.when(lambda store: handlers.record_delivered(store, notice)).then()
    so_far.when(
        lambda store: handlers.record_failed(store, notice, "late", 1, for_good=True)
    ).then()


def test_notice_that_is_not_here_cannot_be_recorded() -> None:
    with pytest.raises(NotFound, match="there is no notice 'n1'"):
        handlers.record_delivered(given(SERVICE).store(), "n1")
