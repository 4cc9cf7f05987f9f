"""What people write for the log: what has the form of personal data is told from what has not."""

import pytest
from contracts.event import Minute
from contracts.written import Office, impersonal, personal
from pydantic import TypeAdapter, ValidationError

EMAIL = "an e-mail address"
TELEPHONE = "a telephone number"
NUMBER = "a personal number (NIK or NIP)"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hubungi kadis.dinkes+kipp@luwu.go.id segera", EMAIL),
        ("A@B.example", EMAIL),
        ("0812-3456-7890", TELEPHONE),
        ("WA 08123456789", TELEPHONE),
        ("telp 0812 3456 789.", TELEPHONE),
        ("+62 812 3456 7890", TELEPHONE),
        ("62812-3456-7890", TELEPHONE),
        ("+62 (471) 321 4567", TELEPHONE),
        ("(0471) 21234", TELEPHONE),
        ("(0471) 321-456", TELEPHONE),
        ("NIK 7322012503900001", NUMBER),
        ("NIP 197001011990031001", NUMBER),
        ("NIP 19700101 199003 1 001", NUMBER),
    ],
)
def test_personal_data_is_found_by_its_form(text: str, kind: str) -> None:
    assert personal(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "Camat Sukamaju Selatan",
        "Surat 800/0812/BKPSDM/2019, 08-10-2019 08.30",
        "Berita acara nomor 005/1234/2019 tanggal 2019-10-02T16:00:00+08:00",
        "dari 70 menjadi 78,5; mean 0.8571428571; SKOR 08.15",
        "sha256:25d64c822f542134542562e4c2cb7921307f050265d9926fca0e5e67f3c84f6f",
        "rapat @ 09.00, akun @dinkes, 1.329.000.000 rupiah",
        "Getar Dilan (Gerakan Terpadu) 2019",
        "550 mailbox unknown",
        "",
    ],
)
def test_what_has_no_such_form_is_let_through(text: str) -> None:
    assert personal(text) is None
    assert impersonal(text) == text


def test_a_text_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Office).validate_python("Camat, 0812-3456-7890")

    said = refused.value.errors()[0]["msg"]
    assert "a telephone number stands here" in said
    assert "write the office" in said
    assert "0812" not in said


def test_a_model_is_refused_with_the_field() -> None:
    minute = Minute(by="Panitia", minute="BA-1", reason="menurut a@b.example")

    with pytest.raises(ValueError, match="reason: an e-mail address stands here"):
        impersonal(minute)


def test_what_is_no_text_is_let_through() -> None:
    assert impersonal(None) is None
    assert impersonal(Minute(by="Panitia", minute="BA-1", reason="sesuai hasil")).by == "Panitia"
