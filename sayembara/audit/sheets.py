"""A sheet read quickly: only where it is written as the services write it, else not at all.

What passes here, ranking would take as it is. What does not is no fault: it is only given to
ranking's own handlers. So each look is at least as strict as the contract.
"""

import json
import re
from collections.abc import Collection
from functools import lru_cache

AMENDED = b"amended"
WORDS_KEPT = 4096
OFFICE, SOURCE, REASON = (1, 200), (0, 300), (3, 2000)
"""How long the words of the contract are, in characters."""

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

_TEXT = rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"'
BODY = (
    rb'\{"edition":"%%s","stage":"([^"]++)","proposal":"([^"]++)","juror":"([^"]++)",'
    rb'"marks":\[(\{[^\]]++)\],"version":([1-9][0-9]{0,8}+)(?:,"part":(?:null|"([^"]++)"))?+'
    rb'(?:,"entered":(?:null|\{"by":(%(text)s),"source":(%(text)s)\}))?+'
    rb'(?:,"reason":(%(text)s))?+\}'
) % {b"text": _TEXT}
"""A sheet of an edition as `encode` writes it. Its names are checked where they are first seen."""

MARK = re.compile(rb'"criterion":"([a-z0-9-]++)","value":"([-.0-9]++)"')
BETWEEN = b"},{"

Sheet = tuple[bytes, bytes, bytes, bytes, bytes, bytes | None]
"""The stage, proposal, juror, marks, version and part of a sheet, as they are written."""


class Unusual(Exception):
    """Not written as it usually is."""


class SheetReader:
    """Reads the sheets of one edition; `delayed` are the events that ranking took later."""

    def __init__(self, edition: str, delayed: Collection[str]) -> None:
        self._body = re.compile(BODY % re.escape(edition.encode())).fullmatch
        self._delayed = {each.encode() for each in delayed}

    def read(self, head: bytes, body: bytes) -> tuple[bytes, Sheet]:
        """What was said of the sheet, and the sheet; Unusual where anything is not as usual.

        Whether it was said on its own subject is left to the caller, who knows the subjects.
        """
        known, found = HEAD.fullmatch(head), self._body(body)
        if known is None or found is None:
            raise Unusual
        event, fact = known.groups()
        stage, proposal, juror, marks, version, part, by, source, reason = found.groups()
        if reason is None:
            if fact == AMENDED:
                raise Unusual
        elif not _are_words(reason, *REASON):
            raise Unusual
        if by is not None and not (_are_words(by, *OFFICE) and _are_words(source, *SOURCE)):
            raise Unusual
        if event in self._delayed:
            raise Unusual
        return fact, (stage, proposal, juror, marks, version, part)


def texts_of(marks: bytes) -> list[tuple[str, str]]:
    """Of each mark its criterion and its number as it is written; Unusual where it is neither."""
    if not marks.endswith(b"}"):
        raise Unusual
    found = [MARK.fullmatch(each) for each in marks[1:-1].split(BETWEEN)]
    return [_pair(each) for each in found]


def _pair(mark: re.Match[bytes] | None) -> tuple[str, str]:
    if mark is None or not NUMBER.fullmatch(mark[2].decode()):
        raise Unusual
    return mark[1].decode(), mark[2].decode()


@lru_cache(WORDS_KEPT)
def _are_words(text: bytes, least: int, most: int) -> bool:
    """Whether the contract takes these words as they are written, and so many."""
    try:
        words = json.loads(text)
    except ValueError:
        return False
    # Printable and without space around is stricter than the contract, which strips it.
    return least <= len(words) <= most and words.isprintable() and words == words.strip()
