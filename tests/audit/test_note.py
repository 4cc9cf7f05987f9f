"""Signed notes and checkpoints, with the vectors of the specification and of Go's own notes.

PETER's and ENOCH's keys, text and signatures are those of golang.org/x/mod/sumdb/note, note_test.go
(BSD 3-Clause); SOFA is the example of c2sp.org/tlog-cosignature.
"""

from base64 import b64decode

import pytest

from sayembara.audit.note import (
    COSIGNS,
    Checkpoint,
    NoteError,
    Signer,
    Verifier,
    cosign,
    opened,
    sign,
)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6"
    "KE6RyyBwJnAM=\n"
)
BY_ENOCH = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WW"
    "d1RvMc+QQ=\n"
)
SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""


def test_a_note_is_signed_as_go_signs_it() -> None:
    signer = Signer.of(PETERS)
    assert sign(TEXT, signer) == f"{TEXT}\n{BY_PETER}"
    assert str(signer.verifier) == PETER
    assert signer.private_text() == PETERS


def test_a_signature_of_an_unknown_key_is_passed_over() -> None:
    peter, enoch = Verifier.of(PETER), Verifier.of(ENOCH)
    note = f"{TEXT}\n{BY_PETER}{BY_ENOCH}"
    assert opened(note, [peter]).by == {peter: 0}
    assert opened(note, [peter, enoch]).by == {peter: 0, enoch: 0}
    assert opened(note, [peter]).text == TEXT
    with pytest.raises(NoteError, match=r"no key .* signed by PeterNeumann, EnochRoot"):
        opened(note, [])


def test_a_note_that_was_changed_is_refused() -> None:
    with pytest.raises(NoteError, match="'PeterNeumann' is not over this text"):
        opened(f"{TEXT}\n{BY_PETER}".replace("your", "my"), [Verifier.of(PETER)])


@pytest.mark.parametrize(
    "note",
    [
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}\n{BY_PETER[:-1]}",
        f"\x01{TEXT}\n{BY_PETER}",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad Name')}",
        f"{TEXT}\n{BY_PETER.replace('PeterNeumann', 'Bad+Name')}",
        f"{TEXT}\n{BY_PETER}Unexpected line.\n",
        f"{TEXT}\n{BY_PETER.replace('—', '-')}",
        f"{TEXT}\n— PeterNeumann AAAA\n",
        f"{TEXT}\n— PeterNeumann not/base64\n",
        f"{TEXT}\n{BY_PETER * 101}",
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        opened(note, [Verifier.of(PETER)])


@pytest.mark.parametrize("text", ["no new line", "a\ttab\n"])
def test_what_cannot_be_the_text_of_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign(text, Signer.of(PETERS))


def test_every_key_with_another_letter_is_refused() -> None:
    for at in range(len(PETER)):
        with pytest.raises(NoteError):
            Verifier.of(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])
        with pytest.raises(NoteError):
            Verifier.of(PETER[:at])
    for at in range(len(PETERS)):
        with pytest.raises(NoteError):
            Signer.of(PETERS[:at] + chr(ord(PETERS[at]) + 1) + PETERS[at + 1 :])


def test_a_key_of_an_unknown_kind_or_length_is_refused() -> None:
    for text in (
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ):
        with pytest.raises(NoteError):
            Verifier.of(text)
    with pytest.raises(NoteError, match="no plus"):
        Signer.new("a name")


def test_a_checkpoint_is_read_and_written_as_specified() -> None:
    root = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    assert Checkpoint.of(SOFA) == Checkpoint("example.com/behind-the-sofa", 20852163, root)
    assert Checkpoint.of(SOFA).text() == SOFA
    assert Checkpoint.of(f"{SOFA}more\n").extensions == ("more",)
    assert Checkpoint.of(f"{SOFA}more\n").text() == f"{SOFA}more\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("20852163", "020852163"),
        ("20852163", "-1"),
        ("20852163", ""),
        ("example.com/behind-the-sofa", ""),
        ("CsUYapGG", ""),
        ("q2I=\n", "q2I=\n\n"),
        ("q2I=", "q2J="),
        ("\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", ""),
    ],
)
def test_what_is_no_checkpoint_is_refused(old: str, new: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.of(SOFA.replace(old, new))


def test_a_cosignature_says_when_it_was_made_and_signs_that_too() -> None:
    log, witness = Signer.new("example.com/log"), Signer.new("witness.example/w1", COSIGNS)
    assert Verifier.of(str(witness.verifier)) == witness.verifier
    note = cosign(sign(SOFA, log), witness, 1679315147)
    assert opened(note, [log.verifier, witness.verifier]).by == {
        log.verifier: 0,
        witness.verifier: 1679315147,
    }
    blob = b64decode(note.rstrip("\n").rsplit(" ", 1)[1])
    assert (blob[:4], len(blob)) == (witness.verifier.key_id, 4 + 8 + 64)
    message = f"cosignature/v1\ntime 1679315147\n{SOFA}".encode()
    witness.key.public_key().verify(blob[12:], message)


def test_a_key_that_signs_is_not_the_same_key_that_cosigns() -> None:
    signer = Signer.of(PETERS)
    cosigner = Signer(signer.name, signer.key, COSIGNS)
    assert signer.verifier.key_id != cosigner.verifier.key_id
    with pytest.raises(NoteError, match="no key that is known"):
        opened(cosign(sign(SOFA, signer), cosigner, 5), [Signer.new("other").verifier])
