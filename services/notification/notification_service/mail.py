"""How a mail leaves: as a file in a folder, or through a mail server.

A mail is the same bytes every time it is made, with the Message-ID `<notice@sayembara>`: when the
process dies between sending and recording, it is sent again, and the copy can be recognised.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from email.header import Header
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import aiosmtplib
import structlog
from sqlalchemy import Row

from notification_service import rules
from notification_service.keys import Contact
from notification_service.settings import NotificationSettings
from notification_service.texts import with_receipt

TIMEOUT_SECONDS = 30
GOODBYE_SECONDS = 2
HEADERS_MAX = 2_000

Send = Callable[[EmailMessage], Awaitable[None]]

log = structlog.get_logger()


class HeaderClasses(HeaderRegistry):
    """The classes of headers, each made once; Python's registry makes one for every header."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The class of the headers with that name."""
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]


POLICY = SMTP.clone(cte_type="7bit", header_factory=HeaderClasses())


class Subject(str):
    """A subject that keeps its spaces: EmailMessage of Python 3.11 loses some beside an accent.

    An email policy leaves a value with a name as it is, and has it fold itself.
    """

    name = "Subject"

    def fold(self, *, policy: Policy) -> str:
        """This header in ASCII, in lines of at most 78 characters where words allow."""
        text = Header(str(self), header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {text}{policy.linesep}"


class Undelivered(Exception):
    """A mail did not leave. The text names no address, since it may end on the event log.

    `for_good`: the mail server refused this mail (5xx), so that trying again would not help.
    """

    def __init__(self, text: str, *, for_good: bool = False) -> None:
        super().__init__(text)
        self.for_good = for_good


def compose(notice: Row[Any], contact: Contact, settings: NotificationSettings) -> EmailMessage:
    """The notice as a mail to the contact of its party, and where its receipt is."""
    address = rules.receipt_address(settings.auditor_public_url, notice.kind, notice.cause)
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _header("From", settings.mail_from)
    mail["To"] = _recipient(contact.name, contact.email)
    mail["Subject"] = Subject(notice.subject)
    mail["Date"] = notice.queued_at
    mail["Message-ID"] = f"<{notice.notice}@sayembara>"
    mail["Auto-Submitted"] = _header("Auto-Submitted", "auto-generated")
    mail.set_content(with_receipt(notice.body, address) if address else notice.body)
    mail["Content-Language"] = _header("Content-Language", "id, en")
    return mail


# To take an address apart costs more than the rest of a mail; a header never changes.
@lru_cache(maxsize=HEADERS_MAX)
def _recipient(name: str, email: str) -> Any:
    return POLICY.header_factory("To", rules.mailbox(name, email))


def forget_recipients() -> None:
    """Hold no address that was once written to."""
    _recipient.cache_clear()


@lru_cache(maxsize=HEADERS_MAX)
def _header(name: str, value: str) -> Any:
    return POLICY.header_factory(name, value)


@asynccontextmanager
async def sending(settings: NotificationSettings) -> AsyncIterator[Send]:
    """What sends mails, one after the other; it raises Undelivered when a mail did not leave.

    Through a mail server they leave over one connection, which ends with the block.
    """
    if settings.mail == "folder":
        yield lambda mail: asyncio.to_thread(_write, settings.mail_folder, mail)
        return
    server = _server(settings)
    try:
        yield lambda mail: _post(server, mail)
    finally:
        await _leave(server)


def _write(folder: Path, mail: EmailMessage) -> None:
    name = mail["Message-ID"].strip("<>").partition("@")[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_whole(folder / f"{name}.eml", mail.as_bytes())
    except OSError as error:
        raise Undelivered(f"the mail folder cannot be written: {error.strerror}") from error


def _write_whole(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).replace(path)
        finally:
            with suppress(FileNotFoundError):  # it has its final name now
                Path(part.name).unlink()


def _server(settings: NotificationSettings) -> aiosmtplib.SMTP:
    password = settings.smtp_password
    return aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=password.get_secret_value() if password else None,
        use_tls=settings.smtp_tls == "implicit",
        start_tls=settings.smtp_tls == "starttls",
        timeout=TIMEOUT_SECONDS,
    )


async def _post(server: aiosmtplib.SMTP, mail: EmailMessage) -> None:
    try:
        if not server.is_connected:
            await server.connect()
        await server.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused("the recipient", (each.code for each in error.recipients)) from error
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        raise _refused("the mail", (error.code,)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        # A wrong password or a server that is away is no fault of this mail: it is tried again.
        server.close()
        raise Undelivered(f"the mail server cannot be used: {_kind(error)}") from error


async def _leave(server: aiosmtplib.SMTP) -> None:
    try:
        if server.is_connected:
            await server.quit(timeout=GOODBYE_SECONDS)
    except (aiosmtplib.SMTPException, OSError) as error:
        log.info("the mail server said no goodbye", error=_kind(error))
    finally:
        server.close()


def _refused(what: str, codes: Iterable[int]) -> Undelivered:
    # The server's own words often repeat the address; its code says enough.
    code = max(codes)
    return Undelivered(f"the mail server refused {what}: SMTP code {code}", for_good=code >= 500)


def _kind(error: Exception) -> str:
    code = getattr(error, "code", None)
    return f"{type(error).__name__}, SMTP code {code}" if code else type(error).__name__
