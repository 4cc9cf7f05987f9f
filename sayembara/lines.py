"""What a file or an answer of JSON holds: a line of it, bytes as text."""

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from typing import Any


def line_of(facts: Any) -> str:
    """The facts as one line of JSON, with its end."""
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"


def body_as_text(body: bytes) -> Mapping[str, str]:
    """The body of a message: as it is where it is text, else in Base64 under another name."""
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body64": b64encode(body).decode()}


def in_base64(hashes: Iterable[bytes]) -> list[str]:
    """Each hash in Base64."""
    return [b64encode(each).decode() for each in hashes]
