"""Access to the running system: who sees what of an edition that was played, and no secrets."""

import json

import httpx

from sayembara import operate
from sayembara.addresses import AUDITOR, SERVICES
from sayembara.embedded.running import Embedded
from sayembara.play.api import Services
from sayembara.play.checks import load
from sayembara.tokens import Signer, inbox, private_key
from tests.access.everybody import table
from tests.audit.editions import read_log
from tests.system.embedded import EXAMPLE

FOLDER = load(EXAMPLE)
AGENCY = FOLDER.proposals[0].agency
SEAT = FOLDER.panel[0]
IDS = {
    "edition": FOLDER.edition,
    "stage": SEAT.stage,
    "proposal": FOLDER.proposals[0].proposal,
    "juror": SEAT.juror,
    "agency": AGENCY,
    "page": "stage.ranked.v1.html",
    "file": "stage.ranked.v1.json",
}
QUESTIONS = {
    "/editions/{edition}/stages/{stage}/changes": "?follow=false",
    "/proofs/consistency": "?from=0&to={size}",
    "/proofs/inclusion": "?position=1&size={size}",
}


def asked(path: str) -> str:
    """The path with the questions that it cannot do without."""
    return path + QUESTIONS.get(path, "")


def read(system: Embedded, column: str, token: str | None) -> list[httpx.Response]:
    """The answers at every address that may be read in that column of the table."""
    addresses = system.system.ports.addresses().services
    headers = {"authorization": f"Bearer {token}"} if token else {}
    signed = httpx.get(f"{addresses[AUDITOR]}/checkpoints", trust_env=False).json()[0]["size"]
    ids = {**IDS, "size": signed, "event": read_log(system.system.log_place())[0].event_id}
    paths = [
        addresses[row.service] + asked(row.address.removeprefix("GET ")).format(**ids)
        for row in table()
        if row.address.startswith("GET /") and row.cells[column] != "no"
    ]
    return [
        httpx.get(path, headers=headers, trust_env=False, follow_redirects=True) for path in paths
    ]


def test_applicant_sees_no_juror(luwu_utara: Embedded) -> None:
    signer = Signer.of_folder(luwu_utara.system.folder)
    answers = read(luwu_utara, "applicant", signer.token("applicant", AGENCY, FOLDER.edition))
    answers += read(luwu_utara, "no token", None)

    assert {each.status_code for each in answers} == {200}
    whole = "\n".join(each.text for each in answers)
    assert FOLDER.proposals[0].title in whole
    assert [seat for seat in FOLDER.panel if f'"{seat.juror}"' in whole] == []
    assert [
        seat for seat in FOLDER.panel if seat.office in whole and seat.office not in OFFICES
    ] == []


OFFICES = (FOLDER.play.secretariat.office, *(row.by for row in FOLDER.awards))
"""The offices that decide in the open; they are named beside what they decided."""


def test_neither_keys_nor_tokens_are_in_any_log(luwu_utara: Embedded) -> None:
    system = luwu_utara.system
    address = inbox(system.ports.addresses(), Signer.of_folder(system.folder).token)
    page = httpx.get(address, follow_redirects=True, trust_env=False)
    assert (page.status_code, page.url.query) == (200, b"")
    refused = httpx.get(address + "x", trust_env=False)
    assert refused.status_code == 401

    secret = json.loads(private_key(system.folder).read_text())["d"]
    logs = [path.read_text(errors="replace") for path in (system.folder / "log").iterdir()]
    assert len(logs) == len(SERVICES) + 1
    assert [log for log in logs if secret in log or "eyJ" in log or "token=" in log] == []


async def test_command_without_a_token_is_told_what_is_missing(luwu_utara: Embedded) -> None:
    async with Services(luwu_utara.system.ports.addresses()) as services:
        answer = await operate._status(services, "ranking")

    assert answer["because"] == [
        "GET /status of ranking: token missing: this address needs a bearer token;"
        " `sayembara token` prints one"
    ]
