"""An answer that is written once and sent to many: whoever has it already is told so."""

import gzip
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

JSON = "application/json"
SMALL_BYTES = 1_000
SECONDS_OLD_MAX = 10
QUICK = 3

UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the client has, by If-None-Match, is what there is"}
}


@dataclass(frozen=True)
class Conditions:
    """What a request says of the answer that it takes."""

    has: frozenset[str]
    takes_gzip: bool
    seconds_old: float


async def conditions_of(
    request: Request, if_none_match: Annotated[str | None, Header(max_length=1_000)] = None
) -> Conditions:
    """The conditions of this request."""
    has = frozenset(each.strip().removeprefix("W/") for each in (if_none_match or "").split(","))
    found = re.search(r"max-age=(\d{1,6})", request.headers.get("cache-control", ""))
    return Conditions(
        has=has - {""},
        takes_gzip="gzip" in request.headers.get("accept-encoding", ""),
        seconds_old=min(int(found[1]), SECONDS_OLD_MAX) if found else 0,
    )


Asked = Annotated[Conditions, Depends(conditions_of)]


@dataclass(frozen=True)
class Unchanged:
    """JSON, plain and packed, and the tag that is the same while it says the same."""

    tag: str
    plain: bytes
    packed: bytes

    @classmethod
    def of(cls, told: BaseModel, apart: AbstractSet[str]) -> "Unchanged":
        """What is sent of `told`; the tag does not see the fields that stand `apart`."""
        plain = told.model_dump_json().encode()
        seen = told.model_dump_json(exclude=set(apart)).encode()
        packed = gzip.compress(plain, QUICK, mtime=0) if len(plain) > SMALL_BYTES else b""
        return cls(f'"{sha256(seen).hexdigest()[:32]}"', plain, packed)

    def answer(self, asked: Conditions) -> Response:
        """The answer: all of it, packed where that is taken, or that nothing is new."""
        headers = {"ETag": f"W/{self.tag}", "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.tag in asked.has or "*" in asked.has:
            return Response(status_code=304, headers=headers)
        if asked.takes_gzip and self.packed:
            headers["Content-Encoding"] = "gzip"
            return Response(self.packed, headers=headers, media_type=JSON)
        return Response(self.plain, headers=headers, media_type=JSON)
