"""Every address that everybody or an applicant may use, and what is compared of its answers."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal, NamedTuple

import httpx
from kit.access import Everybody, May, Route
from kit.http import make_app
from kit.operations import operations
from kit.running import Running
from starlette.routing import Route as Starlette

from sayembara.documents.sources import SERVICES, SETTINGS
from tests.access.everybody import BODIES
from tests.leaks.worlds import AGENCY, EDITION, PROPOSALS, STAGES
from tests.support.access import bearer

Compared = Literal["answer", "names", "kind"]
"""The whole answer but for positions and moments; the names of metrics; or only what kind it is:
of what is about the log as a whole, which has other ids and hashes each time."""

ASKED: dict[str, Compared] = {
    "* GET /openapi.json": "answer",
    "* GET /livez": "answer",
    "* GET /readyz": "answer",
    "* GET /metrics": "names",
    "submission GET /editions": "answer",
    "submission GET /editions/{edition}": "answer",
    "submission GET /editions/{edition}/rulebook": "answer",
    "submission GET /editions/{edition}/proposals": "answer",
    "submission GET /editions/{edition}/proposals/{proposal}": "answer",
    "submission GET /editions/{edition}/proposals/{proposal}/grounds": "answer",
    "submission PUT /editions/{edition}/proposals/{proposal}": "answer",
    "submission POST /editions/{edition}/proposals/{proposal}/submission": "answer",
    "submission POST /editions/{edition}/proposals/{proposal}/withdrawal": "answer",
    "ranking GET /": "answer",
    "ranking GET /editions": "answer",
    "ranking GET /editions/{edition}/stages/{stage}": "answer",
    "ranking GET /editions/{edition}/stages/{stage}/standings": "answer",
    "ranking GET /editions/{edition}/stages/{stage}/proposals/{proposal}/calculation": "answer",
    "ranking GET /editions/{edition}/results": "answer",
    "ranking GET /editions/{edition}/stages/{stage}/changes": "answer",
    "auditor GET /contracts": "answer",
    "auditor GET /contracts/{page}": "answer",
    "auditor GET /asyncapi.json": "answer",
    "auditor GET /schemas/{file}": "answer",
    "auditor GET /schemas/public/{file}": "answer",
    "auditor GET /schemas/history/{file}": "answer",
    "auditor GET /checkpoint": "kind",
    "auditor GET /checkpoints": "kind",
    "auditor GET /checkpoints/{size}": "kind",
    "auditor POST /checkpoints/{size}/cosignatures": "kind",
    "auditor GET /key": "kind",
    "auditor GET /proofs/consistency": "kind",
    "auditor GET /proofs/inclusion": "kind",
    "auditor GET /receipts": "answer",
    "auditor GET /receipts/{event}": "answer",
    "auditor GET /receipts/{event}/page": "kind",
}
"""How each address is compared. One that is not here fails the test: think of what it tells."""

QUERIES = {
    "/editions/{edition}/stages/{stage}/changes": {"follow": "false"},
    "/proofs/consistency": {"from": "1", "to": "2"},
    "/proofs/inclusion": {"position": "1", "size": "2"},
}
SAID = {
    **BODIES,
    "PUT /editions/{edition}/proposals/{proposal}": {"agency": "dinas-1"},
    "POST /editions/{edition}/proposals/{proposal}/withdrawal": {"reason": "berubah rencana"},
    "POST /checkpoints/{size}/cosignatures": {"lines": "x"},
}
MOMENTARY = {"position", "amended_at", "correlation", "id"}
FROZEN = "standings.frozen.v1"
VALUE = re.compile(r" [-+.\deE]+(Inf|NaN)?$")


class Question(NamedTuple):
    """One request of somebody: everybody, or an agency."""

    service: str
    address: str
    path: str
    who: str

    @property
    def compared(self) -> Compared:
        """What is compared of the answer."""
        return ASKED.get(f"{self.service} {self.address}") or ASKED[f"* {self.address}"]


def addresses() -> Iterator[tuple[str, str, bool]]:
    """Every address that is open to everybody or to applicants, and whether to everybody."""
    for service in SERVICES:
        settings = SETTINGS[service.name](database_url="sqlite://")
        for route in make_app(Running(service, settings), operations).routes:
            assert isinstance(route, Starlette)
            # What FastAPI adds itself, the document, is for everybody.
            who = route.who if isinstance(route, Route) else Everybody()
            roles = who.roles if isinstance(who, May) else ()
            if isinstance(who, Everybody) or "applicant" in roles:
                for method in sorted((route.methods or set()) - {"HEAD"}):
                    yield service.name, f"{method} {route.path}", not roles


def unclassified() -> list[str]:
    """What is open, and not in the table."""
    return [
        f"{service} {address}"
        for service, address, _ in addresses()
        if f"{service} {address}" not in ASKED and f"* {address}" not in ASKED
    ]


def questions(events: list[str]) -> list[Question]:
    """Every question there is, with every id that the edition has; events are asked by these."""
    ids = {
        "edition": [EDITION],
        "stage": list(STAGES),
        "proposal": list(PROPOSALS),
        "size": ["1"],
        "page": ["index.html"],
        "file": ["place.revealed.v1.json"],
        "event": events,
    }
    found = []
    for service, address, public in addresses():
        names = re.findall(r"{(\w+)}", address)
        for given in product(*(ids[name] for name in names)):
            path = address.split(" ")[1].format(**dict(zip(names, given, strict=True)))
            asking = ["everybody", *([] if public else AGENCY.values())]
            found += [Question(service, address, path, who) for who in asking]
    return found


async def answers(urls: dict[str, str], events: list[str], *, writing: bool) -> dict[str, str]:
    """What everybody and each applicant is answered, in a form that can be compared.

    `writing` also asks for what would change something, were it not refused.
    """
    found = {}
    # A service ends a connection that has waited some seconds, just when it is to be used again.
    fresh = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=20, limits=fresh) as client:
        for each in questions(events):
            method, route = each.address.split(" ")
            if method != "GET" and not writing:
                continue
            headers = {} if each.who == "everybody" else bearer("applicant", each.who, EDITION)
            answer = await client.request(
                method,
                urls[each.service] + each.path,
                params=QUERIES.get(route),
                headers=headers,
                json=SAID.get(each.address) if method != "GET" else None,
            )
            told = _told(answer, each.compared)
            for number, event in enumerate(events):
                told = told.replace(event, f"event {number}")
            path = each.path if "{event}" not in route else route
            which = str(events.index(each.path.split("/")[2])) if "{event}" in route else ""
            found[f"{each.who}: {method} {each.service}{path} {which}"] = told
    return found


def _told(answer: httpx.Response, compared: Compared) -> str:
    kind = f"{answer.status_code} {answer.headers.get('content-type')}"
    if compared == "kind":
        return kind
    if compared == "names":
        lines = {VALUE.sub("", line) for line in answer.text.splitlines() if "_created" not in line}
        return "\n".join([kind, *sorted(lines)])
    if not answer.text:
        return kind
    if "ndjson" in kind:
        return "\n".join([kind, *map(json.dumps, _since_the_freeze(answer.text))])
    if "json" not in kind:
        return f"{kind} {answer.text}"
    return f"{kind} {json.dumps(_lasting(answer.json()), sort_keys=True)}"


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(each) for name, each in value.items() if name not in MOMENTARY}
    return [_lasting(each) for each in value] if isinstance(value, list) else value


def _since_the_freeze(lines: str) -> list[Any]:
    # What came before may have been told in other batches.
    found = [_lasting(json.loads(each)) for each in lines.splitlines() if each]
    kinds = [each["event"] for each in found]
    return found[kinds.index(FROZEN) :] if FROZEN in kinds else found
