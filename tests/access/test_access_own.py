"""What is one's own: an agency's proposals, a juror's sheets, an edition's notices."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from evaluation_service.app import SERVICE as EVALUATION
from kit.http import make_app
from submission_service.app import SERVICE as SUBMISSION

from tests.evaluation import facts as evaluation
from tests.evaluation.facts import BAPPEDA, CAMAT
from tests.notification import facts as notification
from tests.notification.at_work import at_work
from tests.shared.toy import publish
from tests.submission import facts as submission
from tests.support.access import KEYS, SIGNER, bearer
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started
from tests.support.waiting import until

EDITION = f"/editions/{submission.EDITION}"
STAGE = f"/editions/{evaluation.EDITION}/stages/{evaluation.FIRST}"
OURS, THEIRS = bearer("applicant", "dinkes"), bearer("applicant", "disdik")
JUROR = bearer("juror", BAPPEDA.juror)
OTHER_JUROR = bearer("juror", CAMAT.juror)
SHEET = f"{STAGE}/proposals/p1/sheets/{BAPPEDA.juror}"
MARKS = {"marks": {"kebaruan": "70", "dampak": "3.5"}}
DRAFT = {
    "title": submission.TITLE,
    "agency": "dinkes",
    "unit": "Puskesmas",
    "innovator": "Tim Kebun",
    "started_on": "2018-01-02",
    "sections": submission.SECTIONS,
}


@pytest.fixture
async def entered(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Submission, with the proposal p1 that dinkes has handed in."""
    store = f"sqlite:///{tmp_path / 'submission.db'}"
    async with (
        connected(nats_server),
        started(SUBMISSION, nats_server, store, clock="rehearsal") as one,
        http(one) as ask,
    ):
        await ask.put("/clock", json={"now": submission.WITHIN.isoformat()})
        toml = {"content-type": "application/toml"}
        await ask.put(EDITION, content=submission.TOML, headers=toml)
        await ask.put(f"{EDITION}/agencies/dinkes", json={"name": "Dinkes", "kind": "dinas"})
        await ask.post(f"{EDITION}/opening")
        await ask.put(f"{EDITION}/proposals/p1", json=DRAFT, headers=OURS)
        answer = await ask.post(f"{EDITION}/proposals/p1/submission", headers=OURS)
        assert answer.status_code == 200, answer.text
        yield ask


@pytest.fixture
async def judged(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Evaluation, with two jurors; one has handed in a sheet of p1."""
    store = f"sqlite:///{tmp_path / 'evaluation.db'}"
    async with (
        connected(nats_server) as client,
        started(EVALUATION, nats_server, store) as one,
        http(one) as ask,
    ):
        await publish(client, evaluation.opened(), evaluation.admitted("p1"))

        async def arrived() -> bool:
            return bool((await ask.get("/status")).json()["lag"] == 0)

        await until(arrived, "the proposal has arrived")
        for seat in (BAPPEDA, CAMAT):
            order = {"office": seat.office, "agency": seat.agency}
            await ask.put(f"{STAGE}/jurors/{seat.juror}", json=order)
        answer = await ask.put(SHEET, json=MARKS, headers=JUROR)
        assert answer.status_code == 200, answer.text
        yield ask


async def test_applicant_acts_for_no_other_agency(entered: httpx.AsyncClient) -> None:
    address = f"{EDITION}/proposals/p1"
    stolen = DRAFT | {"agency": "disdik"}
    answers = [
        await entered.put(address, json=stolen, headers=THEIRS),
        await entered.put(address, json=DRAFT, headers=THEIRS),
        await entered.put(f"{EDITION}/proposals/p2", json=DRAFT, headers=THEIRS),
        await entered.put(f"{EDITION}/proposals/p2", json={"title": "Ubi"}, headers=THEIRS),
        await entered.post(f"{address}/submission", headers=THEIRS),
        await entered.post(f"{address}/withdrawal", json={"reason": "iri"}, headers=THEIRS),
        await entered.get(address, headers=THEIRS),
        await entered.get(f"{address}/grounds", headers=THEIRS),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "forbidden")] * 8
    assert (await entered.get(f"{EDITION}/proposals", headers=THEIRS)).json() == []
    (kept,) = (await entered.get(f"{EDITION}/proposals", headers=OURS)).json()
    assert (kept["agency"], kept["state"]) == ("dinkes", "submitted")
    assert (await entered.get(address, headers=OURS)).json()["submitted"]["title"] == DRAFT["title"]


async def test_juror_reads_a_proposal_once_it_is_admitted_and_no_draft(
    entered: httpx.AsyncClient,
) -> None:
    address, by = f"{EDITION}/proposals/p1", {"by": "Bagian Organisasi"}
    juror = bearer("juror", "j1")
    assert (await entered.get(address, headers=juror)).status_code == 403
    await entered.put("/clock", json={"now": submission.AFTER.isoformat()})
    await entered.post(f"{EDITION}/intake-closing", json=by)
    await entered.post(f"{address}/admission", json=by)

    seen = (await entered.get(address, headers=juror)).json()

    assert (seen["state"], seen["draft"]) == ("admitted", None)
    assert seen["submitted"]["sections"] == submission.SECTIONS


async def test_editions_that_the_token_is_not_for_are_not_listed(
    entered: httpx.AsyncClient,
) -> None:
    for edition, expected in ((submission.EDITION, [submission.EDITION]), ("another", [])):
        listed = await entered.get("/editions", headers=bearer("secretariat", "s1", edition))
        assert [each["edition"] for each in listed.json()] == expected


async def test_juror_acts_for_no_other_juror(judged: httpx.AsyncClient) -> None:
    declared = {"juror": BAPPEDA.juror, "reason": "kerabat saya"}
    answers = [
        await judged.put(SHEET, json=MARKS, headers=OTHER_JUROR),
        await judged.post(f"{STAGE}/proposals/p1/conflicts", json=declared, headers=OTHER_JUROR),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "forbidden")] * 2
    assert (await judged.get(STAGE)).json()["recusals"] == 0


async def test_sheet_of_another_juror_is_seen_after_the_closing_only(
    judged: httpx.AsyncClient,
) -> None:
    assert (await judged.get(SHEET, headers=OTHER_JUROR)).status_code == 403
    assert (await judged.get(SHEET, headers=JUROR)).status_code == 200
    assert (await judged.get(SHEET, headers=bearer("applicant", "bappeda"))).status_code == 403

    closed = await judged.post(f"{STAGE}/closing", json={"by": "Sekretariat"})

    assert closed.status_code == 200, closed.text
    assert (await judged.get(SHEET, headers=OTHER_JUROR)).json()[0]["version"] == 1


async def test_juror_sees_the_own_assignments_only(judged: httpx.AsyncClient) -> None:
    def jurors(answer: httpx.Response) -> list[str]:
        return [each["juror"] for each in answer.json()]

    assert jurors(await judged.get(f"{STAGE}/assignments", headers=JUROR)) == [BAPPEDA.juror]
    assert len(jurors(await judged.get(f"{STAGE}/assignments"))) == 2


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Notification, and the id of the one notice that it has queued."""
    store, mail = f"sqlite:///{tmp_path / 'notification.db'}", tmp_path / "mail"
    async with at_work(store, mail_folder=mail, token_keys=KEYS) as here:
        await here.hear(notification.OPENED, notification.SUBMITTED)
        (notice,) = await here.notices()
        transport = httpx.ASGITransport(make_app(here.running))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            yield client, notice.notice


Told = tuple[httpx.AsyncClient, str]


async def test_secretariat_of_another_edition_sees_no_notice(told: Told) -> None:
    ask, notice = told
    own = bearer("secretariat", "s1", notification.EDITION)
    other = bearer("secretariat", "s1", "another")

    async def seen(headers: dict[str, str]) -> list[Any]:
        filtered = f"/notices?edition={notification.EDITION}"
        addresses = (filtered, f"/notices/{notice}", f"/mails/{notice}")
        listed = (await ask.get("/notices", headers=headers)).json()
        rows = (await ask.get("/", headers=headers)).text.count('<td class="subject">')
        codes = [(await ask.get(each, headers=headers)).status_code for each in addresses]
        return [len(listed), rows, *codes]

    assert await seen(own) == [1, 1, 200, 200, 200]
    assert await seen(other) == [0, 0, 403, 403, 403]


async def test_page_takes_the_token_from_the_address_once_and_keeps_it(told: Told) -> None:
    ask, notice = told
    token = SIGNER.token("operator", "o1")

    entered = await ask.get("/", params={"party": "dinkes", "token": token})

    assert (entered.status_code, entered.headers["location"]) == (303, "/?party=dinkes")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"sayembara_token={token}; HttpOnly; Max-Age=86")
    assert cookie.endswith("; Path=/; SameSite=strict")
    assert (await ask.get(entered.headers["location"])).status_code == 200
    assert (await ask.get(f"/mails/{notice}")).status_code == 200
    assert (await ask.get(f"/notices/{notice}")).status_code == 401


async def test_cookie_is_for_https_only_where_the_page_is(told: Told) -> None:
    ask, _ = told
    entered = await ask.get("https://here/", params={"token": SIGNER.token("operator", "o1")})

    assert entered.headers["set-cookie"].endswith("; Secure")


async def test_page_keeps_no_token_that_is_no_good(told: Told) -> None:
    ask, _ = told
    answer = await ask.get("/", params={"token": SIGNER.token("operator", "o1") + "x"})

    assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
