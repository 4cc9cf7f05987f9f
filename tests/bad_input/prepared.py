"""Each service at work with something in it, so that an address leads further than "not here"."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from contracts.event import Event
from evaluation_service.app import SERVICE as EVALUATION
from kit.service import Service
from kit.settings import Settings
from notification_service.app import SERVICE as NOTIFICATION
from notification_service.settings import NotificationSettings
from ranking_service.app import SERVICE as RANKING
from submission_service.app import SERVICE as SUBMISSION

from tests.evaluation import facts as evaluation
from tests.notification import facts as notification
from tests.ranking import facts as ranking
from tests.shared.toy import publish, sheet
from tests.submission import facts as submission
from tests.support.nats import NatsServer
from tests.support.system import Started, connected, http, started
from tests.support.waiting import until

TOML_TYPE = {"content-type": "application/toml"}
WITHIN_THE_INTAKE = {"now": submission.WITHIN.isoformat()}
DRAFT = {
    "title": "Kebun Sekolah",
    "agency": "dinkes",
    "unit": "Puskesmas",
    "innovator": "Tim Kebun",
    "started_on": "2018-01-02",
    "sections": submission.SECTIONS,
}

WEBHOOK = {
    "webhook": "w1",
    "url": "https://127.0.0.1:1/hook",
    "events": ["edition.opened.v1"],
    "owner": "pemilik",
    "since": "start",
    "by": "Sekretariat",
    "reason": "surat 800/1234",
}
"""Nobody listens there: what is sent fails at once."""
CONTACT = {"role": "applicant", "name": "Dinas Kesehatan", "email": "dinkes@luwu.example"}
CONSUMER = {
    "consumer": "kemendagri",
    "nkey": "UCR5L5OCAGC6K6CV3AAEQ25XW3KHSRAIWJHJ2OOBUT474LQAPN4RMJUB",
    "events": ["proposal.awarded.v1"],
    "by": "Operator",
    "reason": "surat 045/1182",
}


@dataclass(frozen=True)
class Prepared:
    """What a service has heard and was asked, and the ids that lead to it."""

    service: Service
    ids: Mapping[str, str]
    heard: Sequence[Event] = ()
    asked: Sequence[tuple[str, str, object]] = ()
    kind: type[Settings] = Settings


SUBMITTED = "/editions/" + submission.EDITION
SEAT = {"office": evaluation.BAPPEDA.office, "agency": evaluation.BAPPEDA.agency}
STAGE = f"/editions/{evaluation.EDITION}/stages/{evaluation.FIRST}"

PREPARED = {
    "submission": Prepared(
        SUBMISSION,
        {"edition": submission.EDITION, "proposal": "p01", "agency": "dinkes"},
        asked=(
            ("PUT", "/clock", WITHIN_THE_INTAKE),
            ("PUT", SUBMITTED, submission.TOML),
            ("PUT", f"{SUBMITTED}/agencies/dinkes", {"name": "Dinas Kesehatan", "kind": "dinas"}),
            ("POST", f"{SUBMITTED}/opening", None),
            ("PUT", f"{SUBMITTED}/proposals/p01", DRAFT),
            ("POST", f"{SUBMITTED}/proposals/p01/submission", None),
        ),
    ),
    "evaluation": Prepared(
        EVALUATION,
        {
            "edition": evaluation.EDITION,
            "stage": evaluation.FIRST,
            "proposal": "p1",
            "part": "bagian-1",
            "juror": evaluation.BAPPEDA.juror,
        },
        heard=(evaluation.opened(), evaluation.admitted("p1"), evaluation.admitted("p2")),
        asked=(("PUT", f"{STAGE}/jurors/{evaluation.BAPPEDA.juror}", SEAT),),
    ),
    "ranking": Prepared(
        RANKING,
        {"edition": ranking.EDITION, "stage": ranking.DESK, "proposal": "a"},
        heard=(ranking.opened(), ranking.admitted("a"), *ranking.scored({"a": "90"})),
    ),
    "notification": Prepared(
        NOTIFICATION,
        {
            "edition": notification.EDITION,
            "party": "dinkes",
            "consumer": "kemendagri",
            "webhook": "w1",
            "number": "1",
        },
        heard=(notification.OPENED, notification.SUBMITTED),
        asked=(
            ("PUT", f"/editions/{notification.EDITION}/contacts/dinkes", CONTACT),
            ("POST", "/consumers", CONSUMER),
            ("POST", "/webhooks", WEBHOOK),
        ),
        kind=NotificationSettings,
    ),
}


@asynccontextmanager
async def prepared(
    name: str, server: NatsServer, folder: Path
) -> AsyncIterator[tuple[Started, httpx.AsyncClient]]:
    """The service at work in a rehearsal; one message is parked."""
    one = PREPARED[name]
    store = f"sqlite:///{folder / name}.db"
    mail: dict[str, Any] = {
        "mail_folder": folder / "mail",
        "contact_keys": folder / "contact-keys",
        "webhook_networks": ["127.0.0.0/8"],
    }
    async with (
        connected(server) as client,
        started(one.service, server, store, kind=one.kind, clock="rehearsal", **mail) as running,
        http(running) as ask,
    ):
        await publish(client, *one.heard)
        heard = next(each.event for each in one.service.reactions if not each.is_own(name))
        subject = heard.filter().replace("*", "x9")
        await publish(client, sheet("p1"), subject=subject, body=b"{broken")
        await _is_taken(ask)
        for method, address, body in one.asked:
            await _ask(ask, method, address, body)
        yield running, ask


async def _is_taken(ask: httpx.AsyncClient) -> None:
    async def taken() -> bool:
        state = (await ask.get("/status")).json()
        return bool(state["lag"] == 0 and state["parked"] == 1)

    await until(taken, "what was told is taken")


async def _ask(ask: httpx.AsyncClient, method: str, address: str, body: object) -> None:
    if isinstance(body, str):
        answer = await ask.request(method, address, content=body, headers=TOML_TYPE)
    else:
        answer = await ask.request(method, address, json=body)
    assert answer.status_code == 200, answer.text


async def found(ask: httpx.AsyncClient) -> dict[str, str]:
    """Ids that the service made itself."""
    ids = {"position": str((await ask.get("/parked")).json()[0]["position"])}
    notices = await ask.get("/notices")
    return ids | ({"notice": notices.json()[0]["notice"]} if notices.status_code == 200 else {})
