"""A sheet read quickly: only where it is written as the services write it, else not at all.

What passes here, ranking would take as it is. What does not is no fault: it is only given to
ranking's own handlers. So each look is at least as strict as the contract.
"""

import re
from collections.abc import Collection
from typing import Annotated

from contracts.ids import EditionId
from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder

AMENDED = b"amended"
TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
HEAD = re.compile(
    rb"NATS/1\.0\r\nNats-Msg-Id: .*+\ncontent-type: application/json\r\n"
    rb"ce-specversion: 1\.0\r\nce-id: ([!-~]{1,64}+)\r\nce-source: [!-~].*+\n"
    rb"ce-type: sheet\.(submitted|amended)\.v1\r\n"
    rb"(?:ce-(?:time|subject|dataschema|correlationid|causationid): .*+\n)*+"
    rb"(?:(?:Nats-|Sayembara-|trace).*+\n)*+\r\n"
)
"""The headers of a sheet, each at most once: its id, and whether it is amended."""


class Unusual(Exception):
    """Not written as it usually is."""


class Mark(Struct, gc=False, forbid_unknown_fields=True):
    """One number, as it is written."""

    criterion: str
    value: str


class Entered(Struct, gc=False, forbid_unknown_fields=True):
    """Who put the sheet in, and from where."""

    by: Annotated[str, Meta(min_length=1, max_length=200)]
    source: Annotated[str, Meta(max_length=300)]


class Sheet(Struct, gc=False, forbid_unknown_fields=True):
    """A version of a sheet, as it is written."""

    edition: str
    stage: str
    proposal: str
    juror: str
    marks: list[Mark]
    version: Annotated[int, Meta(ge=1)]
    part: Annotated[str, Meta(min_length=1)] | None = None
    entered: Entered | None = None
    reason: Annotated[str, Meta(min_length=3, max_length=2000)] = ""


_decode = Decoder(Sheet).decode
_head = HEAD.fullmatch


class SheetReader:
    """Reads the sheets of one edition; `delayed` are the events that ranking took later."""

    def __init__(self, edition: EditionId, delayed: Collection[str]) -> None:
        self._edition = edition
        self._delayed = {each.encode() for each in delayed}

    def read(self, head: bytes, body: bytes) -> tuple[bytes, Sheet]:
        """What was said of the sheet, and the sheet; Unusual where anything is not as usual.

        Whether it was said on its own subject is left to the caller, who knows the subjects.
        """
        known = _head(head)
        if known is None:
            raise Unusual
        try:
            sheet = _decode(body)
        except (MsgspecError, UnicodeDecodeError) as error:
            raise Unusual from error
        fact = known[2]
        if sheet.edition != self._edition or (self._delayed and known[1] in self._delayed):
            raise Unusual
        if fact == AMENDED or sheet.reason or sheet.entered:
            _check_words(sheet, fact)
        return fact, sheet


def _check_words(sheet: Sheet, fact: bytes) -> None:
    reason = sheet.reason
    if (fact == AMENDED and not reason) or _may_be_changed(reason):
        raise Unusual
    if sheet.entered and any(map(_may_be_changed, (sheet.entered.by, sheet.entered.source))):
        raise Unusual


def _may_be_changed(text: str) -> bool:
    # Printable and without space around is stricter than the contract, which strips it.
    return not text.isprintable() or text != text.strip()
