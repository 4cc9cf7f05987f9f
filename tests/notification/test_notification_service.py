"""The whole service on a real log: what is heard becomes a mail, and the log says so."""

from pathlib import Path

from contracts.envelope import decode
from contracts.notification import NoticeDelivered
from contracts.stream import STREAM
from notification_service.app import SERVICE
from notification_service.settings import NotificationSettings

from tests.notification import facts
from tests.shared.toy import publish
from tests.support.access import KEYS
from tests.support.nats import NatsServer, free_port
from tests.support.system import Started, connected, http
from tests.support.waiting import until

CONTACT = {"role": "applicant", "name": "Dinas Kesehatan", "email": "dinkes@luwu.example"}


async def test_receipt_leaves_and_the_log_says_so(nats_server: NatsServer, tmp_path: Path) -> None:
    settings = NotificationSettings(
        nats_url=nats_server.url,
        database_url=f"sqlite:///{tmp_path / 'notification.db'}",
        http_port=free_port(),
        mail_folder=tmp_path / "mail",
        contact_keys=tmp_path / "contact-keys",
        log_level="error",
        token_keys=KEYS,
    )
    async with connected(nats_server) as client:
        one = Started(SERVICE, settings)
        await until(one.is_ready, "the service is ready")
        async with http(one) as ask:
            await publish(client, facts.OPENED, facts.SUBMITTED)
            await ask.put(f"/editions/{facts.EDITION}/contacts/dinkes", json=CONTACT)

            async def on_the_log() -> bool:
                state = await client.jetstream().stream_info(STREAM)
                return bool(state.state.messages == 3)

            await until(on_the_log, "the delivery is on the log")
            (notice,) = (await ask.get("/notices")).json()
        await one.stop()
        last = await client.jetstream().get_msg(STREAM, seq=3)

    assert last.headers is not None
    assert last.data is not None
    assert decode(last.headers["ce-type"], last.data) == NoticeDelivered(
        edition=facts.EDITION,
        notice=notice["notice"],
        party="dinkes",
        role="applicant",
        kind="received",
        tries=1,
    )
    assert [each.name for each in settings.mail_folder.iterdir()] == [f"{notice['notice']}.eml"]
