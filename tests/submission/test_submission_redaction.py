"""The text of a proposal is erased: nobody reads it again, and what is on the log stays."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from contracts.event import Event
from contracts.submission import ProposalRedacted
from kit.testing import Given
from sqlalchemy import select
from submission_service.app import SERVICE
from submission_service.handlers import redaction
from submission_service.handlers.admission import grounds_of
from submission_service.rules.proposals import Content
from submission_service.store import tables, views
from submission_service.store.views import Redaction

from tests.submission.facts import (
    AFTER,
    EDITION,
    OFFICE,
    SECTIONS,
    TITLE,
    WITHIN,
    admitting,
    closed,
    closing,
    content,
    draft,
    opened,
    rejecting,
    submission,
    submitted,
    withdrawal,
)
from tests.submission.test_submission_api import EDITION as AT
from tests.submission.test_submission_api import drafted, open_example, rows_in, said
from tests.support.nats import NatsServer
from tests.support.system import connected, http, started

WHY = "menyebut nama seorang pasien; surat 800/1234"
REDACTED = ProposalRedacted(edition=EDITION, proposal="p01", by=OFFICE, reason=WHY)
MARK = "pasienbertanda"


def redacting(store: Any) -> Iterable[Event]:
    return redaction.redact(store, EDITION, "p01", OFFICE, WHY)


def seen(so_far: Given) -> views.ProposalWhole:
    return views.one_proposal(so_far.store(), EDITION, "p01")


def kept(so_far: Given) -> list[str]:
    """Everything that the store has of what was written."""
    columns = (tables.drafts.c.content, tables.revisions.c.content)
    return [text for each in columns for text in so_far.connection.scalars(select(each))]


def test_text_is_erased_in_every_revision_and_in_the_draft() -> None:
    so_far = submitted("p01").done(draft(unit="Sekolah"), submission(), draft(unit="Lain"))
    assert len(kept(so_far)) == 3
    so_far.when(redacting).then(REDACTED).when(redacting).then()

    words = [*SECTIONS.values(), "Sekolah", "Lain"]
    assert [word for word in words for text in kept(so_far) if word in text] == []
    view = seen(so_far)
    assert (view.draft, view.submitted) == (None, None)
    assert view.redacted == Redaction(by=OFFICE, redacted_at=WITHIN)


def test_what_the_log_tells_of_it_stays() -> None:
    so_far = submitted("p01")
    before = so_far.store().find_entry(EDITION, "p01")

    assert so_far.done(redacting).store().find_entry(EDITION, "p01") == before
    assert seen(so_far).title == f"{TITLE} p01"


def test_draft_that_nobody_else_has_seen_leaves_its_agency_and_nothing_more() -> None:
    so_far = opened().done(draft()).when(redacting).then(REDACTED)

    assert kept(so_far) == [Content(agency="dinas-pendidikan").model_dump_json()]
    assert [seen(so_far).title, seen(so_far).state] == ["", "draft"]


def test_other_proposals_keep_their_text() -> None:
    so_far = submitted("p01", "p02").done(redacting)
    other = views.one_proposal(so_far.store(), EDITION, "p02")

    assert other.submitted == content(title=f"{TITLE} p02")
    assert other.redacted is None


def test_nothing_is_written_again_under_that_id() -> None:
    so_far = submitted("p01").done(redacting)

    so_far.when(draft(unit="Lain")).then_refused("redacted")
    so_far.when(submission()).then_refused("redacted")
    so_far.done(withdrawal())


def test_what_was_not_admitted_yet_is_found_incomplete() -> None:
    so_far = submitted("p01").done(redacting).at(AFTER).done(closing)

    assert [each.code for each in grounds_of(so_far.store(), EDITION, "p01")] == ["incomplete"]
    so_far.when(admitting()).then_refused("grounds_found")
    so_far.done(rejecting())


def test_what_was_admitted_stays_so() -> None:
    so_far = closed("p01").done(admitting(), redacting)

    assert seen(so_far).state == "admitted"


@pytest.mark.parametrize("so_far", [opened(), submitted("p02")])
def test_proposal_that_is_not_there_is_not_found(so_far: Given) -> None:
    so_far.when(redacting).then_refused("no_proposal")


def test_store_that_was_put_back_from_before_erases_it_when_it_hears() -> None:
    before = submitted("p01")
    before.heard(REDACTED)

    assert [text for text in kept(before) if SECTIONS["kebaruan"] in text] == []
    assert seen(before).redacted is not None


async def test_operator_erases_it_and_no_file_of_the_store_has_it(
    nats_server: NatsServer, new_store: Callable[[str], str]
) -> None:
    store, row = new_store("submission"), drafted(rows_in("proposals.csv")[0])
    row["sections"] = dict.fromkeys(row["sections"], f"{MARK} " * 200)
    address, order = f"{AT}/proposals/p01", {"by": OFFICE, "reason": WHY}
    async with (
        connected(nats_server),
        started(SERVICE, nats_server, store, clock="rehearsal") as one,
        http(one) as ask,
    ):
        await open_example(ask)
        await said(ask, "PUT", address, json=row)
        await said(ask, "POST", f"{address}/submission")
        assert MARK in (await ask.get(address)).text
        redact = ("POST", f"{address}/redaction")
        assert await said(ask, *redact, json=order) == ["proposal.redacted.v1"]
        assert await said(ask, *redact, json=order) == []
        shown = await ask.get(address)
        missing = await ask.post(f"{AT}/proposals/p99/redaction", json=order)

    assert MARK not in shown.text
    told = shown.json()["redacted"]
    assert (told["by"], told["redacted_at"][:10]) == (OFFICE, "2019-09-02")
    assert (missing.status_code, missing.json()["code"]) == (404, "no_proposal")
    if store.startswith("sqlite:///"):
        file = Path(store.removeprefix("sqlite:///"))
        files = [each.read_bytes() for each in file.parent.glob(f"{file.name}*")]
        assert [MARK.encode() in each for each in files] == [False] * len(files)
