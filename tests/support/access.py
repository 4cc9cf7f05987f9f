"""A signing key of the tests' own, and a client that asks each address as somebody who may."""

import atexit
import json
import re
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from kit.tokens import EVERY_EDITION, Role

from sayembara.tokens import Signer, Tokens

FOLDER = TemporaryDirectory(prefix="sayembara-test-keys-")
atexit.register(FOLDER.cleanup)
SIGNER = Signer.new()
KEYS = Path(FOLDER.name) / "public-keys.json"
"""What a service of the tests is told as SAYEMBARA_TOKEN_KEYS."""
KEYS.write_text(SIGNER.public_keys(), "utf-8")

APPLICANT = re.compile(r"(/editions/[^/]+/proposals/[^/]+)(/submission|/withdrawal)?")
PROPOSAL = r"/editions/[^/]+/stages/[^/]+/proposals/[^/]+"
SHEET = re.compile(PROPOSAL + r"(?:/parts/[^/]+)?/sheets/([^/]+)")
OPERATOR = re.compile(
    r"/(status|parked.*|rebuild|clock|consumers.*|webhooks.*"
    r"|editions/[^/]+/contacts/[^/]+/forgetting|editions/[^/]+/proposals/[^/]+/redaction)"
)


def bearer(role: Role, subject: str = "s1", edition: str = EVERY_EDITION) -> dict[str, str]:
    """The header that shows who asks."""
    return {"authorization": f"Bearer {SIGNER.token(role, subject, edition)}"}


class Fitting(httpx.Auth):
    """Shows for each request the token of whoever would send it, unless it shows one itself."""

    requires_request_body = True

    def __init__(self, tokens: Tokens = SIGNER.token) -> None:
        self.tokens = tokens
        self._agency_of: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        shown = self.header(request.method, request.url.path, request.content)
        request.headers.setdefault("authorization", shown)
        yield request

    def header(self, method: str, path: str, content: bytes) -> str:
        """The header of whoever would send this."""
        role, subject = self._whoever_asks(method, path, content)
        return f"Bearer {self.tokens(role, subject)}"

    def _whoever_asks(self, method: str, path: str, content: bytes) -> tuple[Role, str]:
        if OPERATOR.fullmatch(path):
            return "operator", "s1"
        if method == "GET":
            return "secretariat", "s1"
        if found := SHEET.fullmatch(path):
            return "juror", found[1]
        if path.endswith("/conflicts"):
            return "juror", _named(content, "juror")
        if found := APPLICANT.fullmatch(path):
            known = self._agency_of.get(found[1], "nobody")
            self._agency_of[found[1]] = agency = _named(content, "agency", known)
            return "applicant", agency
        return "secretariat", "s1"


def _named(content: bytes, field: str, otherwise: str = "nobody") -> str:
    try:
        return str(json.loads(content)[field])
    except (ValueError, KeyError, TypeError, RecursionError):
        return otherwise
