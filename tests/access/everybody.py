"""Everybody who may ask, and every address of every service, as docs/access.md has them."""

import base64
import json
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, get_args

import httpx
from evaluation_service.app import SERVICE as EVALUATION
from joserfc import jwt
from joserfc.jwk import OKPKey
from kit.http import make_app
from kit.operations import operations
from kit.running import Running
from kit.service import Service
from kit.tokens import Role
from notification_service.app import SERVICE as NOTIFICATION
from ranking_service.app import SERVICE as RANKING
from starlette.routing import Route
from submission_service.app import SERVICE as SUBMISSION

from sayembara.auditor.app import SERVICE as AUDITOR
from sayembara.documents.sources import SETTINGS
from sayembara.tokens import Signer
from tests.support.access import KEYS, SIGNER

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
SERVICES: tuple[Service, ...] = (SUBMISSION, EVALUATION, RANKING, NOTIFICATION, AUDITOR)
ROLES: tuple[Role, ...] = get_args(Role)
COLUMNS = ("no token", *ROLES)
EVERY_SERVICE = "Every service"
IDS = {"edition": "e1", "stage": "s1", "proposal": "p1", "juror": "j1", "agency": "a1"}
MORE_IDS = {
    "part": "run-1",
    "party": "a1",
    "notice": "n1",
    "position": "1",
    "size": "1",
    "event": "e-1",
    "consumer": "c1",
    "page": "index.html",
    "file": "rulebook.json",
    "webhook": "w1",
    "number": "1",
}
OWN = {"applicant": "a1", "juror": "j1", "secretariat": "s1", "operator": "o1"}
"""Each role as whoever the ids and the bodies are about."""
BODIES: Mapping[str, object] = {
    "PUT /editions/{edition}/proposals/{proposal}": {"agency": "a1"},
    "POST /editions/{edition}/stages/{stage}/proposals/{proposal}/conflicts": {
        "juror": "j1",
        "reason": "kerabat saya",
    },
    "PUT /editions/{edition}/stages/{stage}/proposals/{proposal}/sheets/{juror}": {"marks": {}},
    "PUT /editions/{edition}/stages/{stage}/proposals/{proposal}/parts/{part}/sheets/{juror}": {
        "marks": {}
    },
    "POST /editions/{edition}/sheets": {
        "by": "Sekretariat",
        "source": "nilai.csv",
        "sheets": [{"stage": "s1", "proposal": "p1", "juror": "j1", "marks": {}}],
    },
}


class Row(NamedTuple):
    """One row of the table: whether each column may use the address."""

    service: str
    address: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return f"{self.service} {self.address}"


def table() -> Iterator[Row]:
    """The rows of docs/access.md; those of every service come once per service."""
    heading = ""
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        if found := re.fullmatch(r"\| `(\w+ /\S*)` \| (.*) \|", line):
            cells = dict(zip(COLUMNS, found[2].split(" | "), strict=True))
            named = [each.name for each in SERVICES]
            for service in named if heading == EVERY_SERVICE else [heading.lower()]:
                yield Row(service, found[1], cells)


def addresses() -> Iterator[tuple[str, str]]:
    """Every address that a service answers at, from its routes."""
    for service in SERVICES:
        app = make_app(_running(service, Path("nowhere")), operations)
        for route in app.routes:
            assert isinstance(route, Route)
            for method in sorted((route.methods or set()) - {"HEAD"}):
                yield service.name, f"{method} {route.path}"


def _running(service: Service, folder: Path, **settings: Any) -> Running:
    store = f"sqlite:///{folder / service.name}.db"
    return Running(service, SETTINGS[service.name](database_url=store, **settings))


@asynccontextmanager
async def asking(
    service: str, folder: Path, keys: Path | None = KEYS
) -> AsyncIterator[httpx.AsyncClient]:
    """A service that recognises people and does nothing: whoever is let in is answered 503."""
    (found,) = (each for each in SERVICES if each.name == service)
    running = _running(found, folder, token_keys=keys)
    transport = httpx.ASGITransport(make_app(running, operations))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            yield client
    finally:
        running.database.close()


async def knock(client: httpx.AsyncClient, address: str, token: str | None) -> httpx.Response:
    """Ask at the address, with ids and a body in it."""
    method, path = address.split(" ")
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    body = BODIES.get(address, {})
    there = path.format(**IDS, **MORE_IDS)
    return await client.request(method, there, headers=headers, json=body)


def good(role: Role) -> str:
    """The token of that role, as whoever the address is about."""
    return SIGNER.token(role, OWN[role], "e1" if role in ("applicant", "juror") else "*")


def claims(**changed: object) -> dict[str, Any]:
    """The claims of a good token of the operator, some of them changed."""
    said = {"sub": "o1", "role": "operator", "edition": "*", "aud": "sayembara"}
    merged = {**said, "exp": int(time.time()) + 3600, **changed}
    return {name: value for name, value in merged.items() if value is not None}


def signed(key: OKPKey = SIGNER._key, alg: str = "Ed25519", **changed: object) -> str:
    """A token over these claims, signed with any key and any header."""
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(header, claims(**changed), key, algorithms=[alg])


def unsigned() -> str:
    """A token that says it needs no signature."""
    parts = (json.dumps(each).encode() for each in ({"alg": "none"}, claims()))
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, ""])


def of_a_stranger(kid: str | None = None) -> str:
    """A token signed with somebody else's key, under its own name or under ours."""
    key = Signer.new()._key
    header = {"alg": "Ed25519", "kid": kid or key.kid}
    return jwt.encode(header, claims(), key, algorithms=["Ed25519"])


def tampered() -> str:
    """A juror's token whose role was changed afterwards."""
    head, _, signature = SIGNER.token("juror", "j1").split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


NO_GOOD: dict[str, str] = {
    "expired": signed(exp=int(time.time()) - 1),
    "never expires": signed(exp=None),
    "of a stranger": of_a_stranger(),
    "of a stranger under our name": of_a_stranger(SIGNER._key.kid),
    "for another audience": signed(aud="another"),
    "for no audience": signed(aud=None),
    "unsigned": unsigned(),
    "tampered": tampered(),
    "of no role": signed(role=None),
    "of an unknown role": signed(role="admin"),
    "of no edition": signed(edition=None),
    "of nobody": signed(sub=None),
    "not even a token": "x",
    "very long": "x" * 10_000,
}
