"""Notification at work without a log: its store, its commands, a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from contracts import envelope
from contracts.event import Event
from contracts.notification import NoticeDelivered, NoticeFailed
from kit import outbox
from kit.clock import Clock
from kit.heard import Heard
from kit.migrate import migrate
from kit.outgoing import Outgoing
from kit.running import Running
from notification_service import handlers
from notification_service.app import SERVICE
from notification_service.deliver import Delivery
from notification_service.keys import Contact, Keys
from notification_service.rules import Role
from notification_service.settings import NotificationSettings
from sqlalchemy import Row

from tests.notification import facts
from tests.support.nats import free_port

ADDRESS = "dinkes@luwu.example"
NOON = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)
REFUSED_FOR_GOOD = "550 5.1.1 <{address}>: user unknown"
REFUSED_FOR_NOW = "451 4.7.1 <{address}>: try later"


class StandingClock(Clock):
    """A clock that moves only when it is told to."""

    moment = NOON

    def now(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)


class AtWork:
    """What a test does with the service, and sees of it."""

    def __init__(self, settings: NotificationSettings) -> None:
        self.settings = settings
        self.running = Running(SERVICE, settings)
        self.clock = StandingClock()
        self.running.clock = self.running.commands.clock = self.clock
        self.position = 0

    async def hear(self, *events: Event) -> None:
        heard = [self._heard(self.position + number, each) for number, each in enumerate(events, 1)]
        self.position += len(events)
        await self.running.take(heard)

    def _heard(self, position: int, event: Event) -> Heard:
        around = envelope.Envelope.around(
            event, id=f"e{position}", time=NOON, correlation="test", causation=None
        )
        return Heard(position, event.subject(), around.headers(), envelope.encode(event))

    async def put_contact(self, party: str, role: Role, email: str, name: str = "Kantor") -> None:
        keys, whose = Keys(self.settings.contact_keys), (facts.EDITION, party, role)
        key = keys.make()
        sealed = keys.seal(key, Contact(name=name, email=email), *whose)

        def put(store: Any) -> None:
            handlers.put_contact(store, *whose, key=key, sealed=sealed)

        await self.running.command(put)

    async def deliver(self) -> int:
        """A round of delivery, as after a start."""
        return await Delivery(self.running).round()

    async def notices(self) -> list[Row[Any]]:
        found: list[Row[Any]] = await self.running.query(lambda store: store.notices())
        return found[::-1]

    async def states(self) -> list[tuple[str, int, str | None]]:
        return [(row.state, row.tries, row.reason) for row in await self.notices()]

    async def outgoing(self) -> list[Outgoing]:
        return await self.running.database.read(lambda each: outbox.unpublished(each, 100))

    async def said(self) -> list[Event]:
        return [envelope.decode(row.headers["ce-type"], row.body) for row in await self.outgoing()]


@asynccontextmanager
async def at_work(store: str, **settings: Any) -> AsyncIterator[AtWork]:
    with TemporaryDirectory() as keys:
        async with _at_work({"database_url": store, "contact_keys": Path(keys), **settings}) as one:
            yield one


@asynccontextmanager
async def _at_work(settings: dict[str, Any]) -> AsyncIterator[AtWork]:
    one = AtWork(NotificationSettings(**settings))
    running = one.running
    await running.database.write(lambda each: migrate(SERVICE, each, running.settings))
    running.active = True
    serving = asyncio.create_task(running.commands.serve())
    try:
        yield one
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        running.database.close()


class MailServer:
    """Keeps what it takes; refuses the addresses in `refused` in the words given there."""

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}
        self.connections: set[object] = set()
        self.taken: list[tuple[list[str], bytes]] = []
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address].format(address=address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.connections.add(session.peer)
        self.taken.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def _knows(password: bytes) -> Callable[..., AuthResult]:
    return lambda *asked: AuthResult(success=asked[-1].password == password, handled=False)


@asynccontextmanager
async def mail_server(password: bytes | None = None) -> AsyncIterator[MailServer]:
    one = MailServer()
    asked: dict[str, Any] = {
        "authenticator": _knows(password) if password else None,
        "auth_required": password is not None,
        "auth_require_tls": False,
    }
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(one, hostname="mail.example", **asked), "127.0.0.1", 0
    )
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def posting(
    store: str, server: MailServer | None = None, **settings: Any
) -> AsyncIterator[AtWork]:
    """Notification that has one receipt to post, through `server` (or to nobody at all)."""
    port = server.port if server else free_port()
    told = {"mail": "smtp", "smtp_port": port, "smtp_tls": "none"} | settings
    async with at_work(store, **told) as here:
        await here.hear(facts.OPENED, facts.SUBMITTED)
        await here.put_contact("dinkes", "applicant", ADDRESS)
        yield here


async def delivered(here: AtWork, tries: int = 1) -> NoticeDelivered:
    return NoticeDelivered(**await identity(here), tries=tries)


async def failed(here: AtWork, tries: int, reason: str) -> NoticeFailed:
    return NoticeFailed(**await identity(here), tries=tries, reason=reason)


async def identity(here: AtWork) -> dict[str, Any]:
    (notice,) = await here.notices()
    who = {"party": "dinkes", "role": "applicant", "kind": "received"}
    return {"edition": facts.EDITION, "notice": notice.notice} | who
