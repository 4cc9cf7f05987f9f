"""The addresses of notification: contacts, notices, the inbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from kit.http import make_app

from tests.notification import facts
from tests.notification.at_work import AtWork, at_work
from tests.support.access import KEYS, bearer

CONTACT = {"role": "applicant", "name": "Dinas Kesehatan", "email": "dinkes@luwu.example"}
AT_DINKES = f"/editions/{facts.EDITION}/contacts/dinkes"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[AtWork]:
    store = f"sqlite:///{tmp_path / 'notification.db'}"
    async with at_work(store, mail_folder=tmp_path / "mail", token_keys=KEYS) as one:
        await one.hear(facts.OPENED, facts.SUBMITTED, facts.seated("j1"))
        yield one


@pytest.fixture
async def ask(here: AtWork) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(here.running))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://here", headers=bearer("secretariat")
    ) as client:
        yield client


async def test_notices_are_listed_newest_first(here: AtWork, ask: httpx.AsyncClient) -> None:
    receipt, seat = [row.notice for row in await here.notices()]
    await ask.put(AT_DINKES, json=CONTACT)
    listed = (await ask.get("/notices")).json()

    assert listed == [
        {
            "notice": seat,
            "edition": facts.EDITION,
            "party": "j1",
            "role": "juror",
            "kind": "seated",
            "email": None,
            "erased": False,
            "subject": "Penetapan juri / Seat on the panel: Desk (en)",
            "state": "queued",
            "tries": 0,
            "reason": "no address for j1",
        },
        {
            "notice": receipt,
            "edition": facts.EDITION,
            "party": "dinkes",
            "role": "applicant",
            "kind": "received",
            "email": "dinkes@luwu.example",
            "erased": False,
            "subject": f"Proposal diterima / Proposal received: {facts.TITLE}",
            "state": "queued",
            "tries": 0,
            "reason": None,
        },
    ]


@pytest.mark.parametrize(
    ("query", "parties"),
    [
        ("?party=j1", ["j1"]),
        ("?state=delivered", ["dinkes"]),
        ("?state=queued&party=dinkes", []),
        (f"?edition={facts.EDITION}", ["j1", "dinkes"]),
        ("?edition=iga-2019", []),
        ("?limit=1", ["j1"]),
    ],
)
async def test_notices_are_filtered(
    here: AtWork, ask: httpx.AsyncClient, query: str, parties: list[str]
) -> None:
    await ask.put(AT_DINKES, json=CONTACT)
    await here.deliver()

    assert [each["party"] for each in (await ask.get(f"/notices{query}")).json()] == parties


async def test_notice_is_shown_with_its_text(here: AtWork, ask: httpx.AsyncClient) -> None:
    notice = (await here.notices())[0]

    shown = (await ask.get(f"/notices/{notice.notice}")).json()

    assert (shown["kind"], shown["text"]) == ("received", notice.body)


@pytest.mark.parametrize("address", ["/notices/n1", "/mails/n1"])
async def test_notice_that_is_not_here_is_not_found(ask: httpx.AsyncClient, address: str) -> None:
    answer = await ask.get(address)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_notice")


async def test_contact_put_twice_is_the_same(ask: httpx.AsyncClient) -> None:
    answers = [await ask.put(AT_DINKES, json=CONTACT) for _ in range(2)]

    assert [(each.status_code, each.json()["events"]) for each in answers] == [(200, [])] * 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"email": "dinkes"}, "'dinkes' is not an e-mail address such as name@domain.id"),
        ({"role": "panitia"}, "body.role: Input should be"),
        ({"name": ""}, "body.name: "),
        ({"phone": "0471"}, "body.phone: Extra inputs are not permitted"),
    ],
)
async def test_contact_that_is_wrong_is_refused_with_the_reason(
    ask: httpx.AsyncClient, wrong: dict[str, str], told: str
) -> None:
    answer = await ask.put(AT_DINKES, json=CONTACT | wrong)

    assert answer.status_code == 422
    assert told in answer.json()["detail"]


async def test_inbox_lists_subjects_and_escapes_what_people_typed(ask: httpx.AsyncClient) -> None:
    page = await ask.get("/")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.count('<td class="subject">') == 2
    assert page.text.index("Penetapan juri") < page.text.index("Proposal diterima")
    assert "Getar Dilan: d&#39;Posyandu &amp; &lt;Lansia&gt;" in page.text


async def test_inbox_of_one_party_lists_only_its_notices(ask: httpx.AsyncClient) -> None:
    page = (await ask.get("/", params={"party": "j1"})).text

    assert page.count('<td class="subject">') == 1
    assert "Seat on the panel" in page


async def test_inbox_of_nobody_says_so(ask: httpx.AsyncClient) -> None:
    assert "Belum ada surat." in (await ask.get("/", params={"party": "nobody"})).text


async def test_mail_is_shown_whole(here: AtWork, ask: httpx.AsyncClient) -> None:
    await ask.put(AT_DINKES, json=CONTACT)
    await here.deliver()
    notice = (await here.notices())[0]

    page = (await ask.get(f"/mails/{notice.notice}")).text

    assert "Dinas Kesehatan &lt;dinkes@luwu.example&gt;" in page
    assert 'class="state delivered"' in page
    assert "Keep this message as your receipt." in page


@pytest.mark.parametrize("address", ["/", "/mails/{notice}"])
async def test_page_fetches_nothing_from_elsewhere(
    here: AtWork, ask: httpx.AsyncClient, address: str
) -> None:
    page = await ask.get(address.format(notice=(await here.notices())[0].notice))

    assert "http" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
