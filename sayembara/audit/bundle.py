"""A bundle: everything that somebody needs who checks an edition and trusts nobody.

JSON lines. The first says what it is, with the signed checkpoint. Then comes one line for each
message of the log, in order: of the edition with its body and its proof; of another edition with
the hash of the body alone. So nothing of the edition can be left out, and nothing of another one
is told beyond its headers. docs/audit.md says each field.
"""

from dataclasses import dataclass
from typing import Any

from sayembara.audit.checkpoints import Kept
from sayembara.audit.leaf import Stored, leaf_facts, signed_headers
from sayembara.audit.note import Verifier
from sayembara.audit.tree import Hashes, Tree
from sayembara.lines import body_as_text, in_base64, line_of

FORMAT = "sayembara-bundle-1"
RECEIPT = "sayembara-receipt-1"


@dataclass(frozen=True)
class Bundle:
    """A bundle of one edition, at a checkpoint of the log; `older` is one signed before it."""

    edition: str
    tree: Tree
    signed: Kept
    key: Verifier
    older: Kept | None = None

    def first_line(self) -> str:
        """What the bundle is, and what its messages are checked against."""
        facts = {"format": FORMAT, "edition": self.edition, **_signed(self.key, self.signed)}
        if self.older is not None:
            size = self.older.checkpoint.size
            proof = self.tree.consistency(size, self.signed.checkpoint.size)
            facts["older"] = {"checkpoint": self.older.note, "proof": in_base64(proof)}
        return line_of(facts)

    def line(self, message: Stored) -> str:
        """One message of the log."""
        if edition_of(message.subject) != self.edition:
            return line_of(leaf_facts(message))
        return line_of(_whole(message, self.tree, self.signed))


def receipt(message: Stored, tree: Tree, signed: Kept, key: Verifier) -> str:
    """One message with the proof that it is on the log, for whoever it is about."""
    return line_of(
        {"format": RECEIPT, **_signed(key, signed), "message": _whole(message, tree, signed)}
    )


def bare_receipt(message: Stored, tree: Hashes, signed: Kept, key: Verifier) -> dict[str, Any]:
    """The same without the body: its SHA-256 is enough for the proof, and its holder has it."""
    proof = tree.inclusion(message.position - 1, signed.checkpoint.size)
    shown = {**leaf_facts(message), "proof": in_base64(proof)}
    return {"format": RECEIPT, **_signed(key, signed), "message": shown}


def edition_of(subject: str) -> str:
    """The edition that a subject names: its third word."""
    return [*subject.split("."), "", "", ""][2]


def _signed(key: Verifier, signed: Kept) -> dict[str, Any]:
    return {"key": str(key), "checkpoint": signed.note}


def _whole(message: Stored, tree: Tree, signed: Kept) -> dict[str, Any]:
    proof = tree.inclusion(message.position - 1, signed.checkpoint.size)
    return {
        "position": message.position,
        "subject": message.subject,
        "headers": signed_headers(message.headers),
        **body_as_text(message.body),
        "proof": in_base64(proof),
    }
