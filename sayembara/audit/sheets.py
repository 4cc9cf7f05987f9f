"""A sheet read quickly: only where it is written as the services write it, else not at all.

What passes here, ranking would take as it is. What does not is no fault: it is only given to
ranking's own handlers. So each look is at least as strict as the contract.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple, Self

from sayembara.audit.wire import Found, Look

WORDS_KEPT = 4096
OFFICE, SOURCE, REASON = (1, 200), (0, 300), (3, 2000)
"""How long the words of the contract are, in characters."""

TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
MARK = re.compile(rb'"criterion":"([a-z0-9-]++)","value":"([-.0-9]++)"\}')
BETWEEN = b",{"

_LINE = (
    rb"HMSG sayembara\.evaluation\.%s\.sheet\.(?P<proposal>[^. ]++)"
    rb"\.(?:submitted|(?P<amended>amended)) 1 \$JS\.ACK\.\S++"
    rb" (?P<head_size>\d++) (?P<size>\d++)\r\n"
)
_HEAD = (
    rb"(?P<head>NATS/1\.0\r\nNats-Msg-Id: .*+\ncontent-type: application/json\r\n"
    rb"ce-specversion: 1\.0\r\nce-id: (?P<event>[!-~]{1,64}+)\r\nce-source: [!-~].*+\n"
    rb"ce-type: sheet\.(?(amended)amended|submitted)\.v1\r\n"
    rb"(?:ce-(?:time|subject|dataschema|correlationid|causationid): .*+\n)*+"
    rb"(?:(?:Nats-|Sayembara-|trace).*+\n)*+\r\n)"
)
"""The headers of a sheet, each at most once."""

_TEXT = rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"'
_BODY = (
    rb'\{"edition":"%%s","stage":"(?P<stage>[^"]++)","proposal":"(?P=proposal)",'
    rb'"juror":"(?P<juror>[^"]++)","marks":\[\{(?P<marks>[^\]]++)\],'
    rb'"version":(?P<version>[1-9][0-9]{0,8}+)(?:,"part":(?:null|(?P<of_part>")(?P<part>[^"]++)"))?+'
    rb'(?:,"entered":(?:null|\{"by":(?P<office>%(text)s),"source":(?P<source>%(text)s)\}))?+'
    rb'(?(amended),"reason":(?P<reason>%(text)s))\}\r\n'
) % {b"text": _TEXT}
"""A sheet as `encode` writes it. Its names are checked where they are first seen."""

Row = tuple[bytes | None, ...]
"""The fields of one sheet."""

Column = tuple[bytes, ...]
Rare = tuple[bytes | None, ...]
"""Of a field that not every sheet has."""


class Unusual(Exception):
    """Not written as it usually is."""


class Sheets(NamedTuple):
    """Sheets as they are written, a column for each field."""

    stage: Column
    of_part: Rare
    event: Column
    proposal: Column
    juror: Column
    part: Rare
    marks: Column
    version: Column
    reason: Rare
    office: Rare
    source: Rare

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Self:
        """The columns of these."""
        return cls(*zip(*rows, strict=True))

    def check_words(self) -> None:
        """Unusual where the contract may not take some of the words."""
        for reason in {*self.reason} - {None}:
            _need(_are_words(reason, *REASON))
        for office in {*self.office} - {None}:
            _need(_are_words(office, *OFFICE))
        for source in {*self.source} - {None}:
            _need(_are_words(source, *SOURCE))


KIND: Callable[[Row], Row] = itemgetter(0, 1)
"""Of which stage a sheet is, and whether of a part."""


def rows_of(sheets: Sequence[Found]) -> list[Row]:
    """The fields of each of these, in the order of `Sheets`."""
    numbers = [sheets[0].re.groupindex[each] for each in Sheets._fields]
    return [each.group(*numbers) for each in sheets]


def sheet_of(edition: str) -> Look:
    """Knows a sheet of this edition by its looks, where it is written as usual."""
    named = re.escape(edition.encode())
    pattern = re.compile(_LINE % named + _HEAD + _BODY % named)
    match, number = pattern.match, pattern.groupindex
    head, head_size, size = number["head"], number["head_size"], number["size"]

    def look(data: bytes, at: int) -> Found | None:
        found = match(data, at)
        if found is None:
            return None
        start, middle = found.span(head)
        # Headers with an empty line in them would end elsewhere than the server says.
        if int(found[head_size]) != middle - start or int(found[size]) != found.end() - 2 - start:
            return None
        return found

    return look


def marks_in(pieces: Sequence[bytes]) -> list[tuple[str, str]]:
    """Of each mark its criterion and its number as it is written; Unusual where it is neither."""
    return [_pair(MARK.fullmatch(each)) for each in pieces]


def _pair(mark: re.Match[bytes] | None) -> tuple[str, str]:
    if mark is None or not NUMBER.fullmatch(mark[2].decode()):
        raise Unusual
    return mark[1].decode(), mark[2].decode()


def _need(holds: bool) -> None:
    if not holds:
        raise Unusual


@lru_cache(WORDS_KEPT)
def _are_words(text: bytes, least: int, most: int) -> bool:
    """Whether the contract takes these words as they are written, and so many."""
    try:
        words = json.loads(text)
    except ValueError:
        return False
    # Printable and without space around is stricter than the contract, which strips it.
    return least <= len(words) <= most and words.isprintable() and words == words.strip()
