"""A mail as it leaves: what stands in it, and the file that holds it."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from notification_service.keys import Contact
from notification_service.mail import Undelivered, compose, sending
from notification_service.settings import NotificationSettings

NOTICE: Any = SimpleNamespace(
    notice="0b0e",
    kind="received",
    cause="e-17",
    subject="Proposal diterima / Proposal received: " + "Inovasi “Getar Dilan” " * 12 + "x",
    body="Yth. é,\n\nbaris panjang " + "x" * 1200 + "\n.\nFrom here\n",
    queued_at=datetime(2019, 9, 2, 4, 0, tzinfo=UTC),
)
CONTACT = Contact(name="Dinas Kesehatan, Kab. Luwu Utara, Bidang é", email="dinkes@luwu.example")
SENDER = "Sekretariat KIPP <kipp@luwu.example>"
SETTINGS = NotificationSettings(mail_from=SENDER)


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


def test_mail_says_who_to_whom_when_and_that_a_machine_wrote_it() -> None:
    mail = compose(NOTICE, CONTACT, SETTINGS)

    assert {name: str(value) for name, value in mail.items()} == {
        "From": SENDER,
        "To": '"Dinas Kesehatan, Kab. Luwu Utara, Bidang é" <dinkes@luwu.example>',
        "Subject": NOTICE.subject,
        "Date": "Mon, 02 Sep 2019 04:00:00 +0000",
        "Message-ID": "<0b0e@sayembara>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "id, en",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }


def test_mail_is_ascii_in_short_lines_and_reads_back_the_same() -> None:
    content = compose(NOTICE, CONTACT, SETTINGS).as_bytes()
    read = message_from_bytes(content, policy=policy.default)

    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert read["Subject"] == NOTICE.subject
    assert read.get_content().replace("\r\n", "\n") == NOTICE.body


@pytest.mark.parametrize("kind", ["received", "revised"])
def test_who_handed_something_in_is_told_where_the_receipt_is(kind: str) -> None:
    notice: Any = SimpleNamespace(**{**vars(NOTICE), "kind": kind})
    asked = SETTINGS.model_copy(update={"auditor_public_url": "https://audit.luwu.example/"})
    body = compose(notice, CONTACT, asked).get_content().replace("\r\n", "\n")

    assert body.startswith(NOTICE.body)
    proof = body.removeprefix(NOTICE.body)
    assert "https://audit.luwu.example/receipts/e-17/page\n" in proof
    assert "Bukti" in proof
    assert "The proof" in proof


@pytest.mark.parametrize("other", [{"kind": "admitted"}, {"cause": None}])
def test_of_anything_else_there_is_no_receipt(other: dict[str, Any]) -> None:
    asked = SETTINGS.model_copy(update={"auditor_public_url": "https://audit.luwu.example"})
    notice: Any = SimpleNamespace(**{**vars(NOTICE), **other})
    mail = compose(notice, CONTACT, asked)

    assert "/receipts/" not in mail.get_content()


async def test_folder_takes_one_file_per_notice(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "mail"
    async with sending(NotificationSettings(mail_folder=folder)) as send:
        for _ in range(2):
            await send(compose(NOTICE, CONTACT, SETTINGS))

    assert names_in(folder) == ["0b0e.eml"]
    assert (folder / "0b0e.eml").read_bytes() == compose(NOTICE, CONTACT, SETTINGS).as_bytes()


async def test_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")

    async with sending(NotificationSettings(mail_folder=tmp_path / "mail")) as send:
        with pytest.raises(Undelivered, match="the mail folder cannot be written") as failure:
            await send(compose(NOTICE, CONTACT, SETTINGS))

    assert not failure.value.for_good


async def test_folder_keeps_no_half_written_file(tmp_path: Path) -> None:
    (tmp_path / "0b0e.eml").mkdir()

    async with sending(NotificationSettings(mail_folder=tmp_path)) as send:
        with pytest.raises(Undelivered):
            await send(compose(NOTICE, CONTACT, SETTINGS))

    assert names_in(tmp_path) == ["0b0e.eml"]
