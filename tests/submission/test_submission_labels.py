"""Labels: what kind a proposal is of, from the draft to what is said of it."""

import pytest
from contracts.submission import ProposalAdmitted, ProposalRevised, ProposalSubmitted
from kit.testing import Given
from submission_service.handlers.admission import grounds_of
from submission_service.rules.proposals import Content
from submission_service.store import views

from tests.submission.facts import (
    AFTER,
    EDITION,
    LABELLED,
    admitting,
    amending,
    closing,
    content,
    draft,
    opened,
    submission,
)
from tests.submission.test_submission_api import NewStore, refusal, said
from tests.submission.test_submission_api import submission as submission_service
from tests.support.nats import NatsServer

UMUM = {"kelompok": "umum"}
BOTH = {"kelompok": "umum", "wilayah": "utara"}


def refused_with(so_far: Given, labels: dict[str, str]) -> str:
    so_far.when(draft(labels=labels)).then_refused("unknown_label")
    return getattr(so_far.refusal, "text", "")


@pytest.mark.parametrize(
    ("labels", "text"),
    [
        ({"jenis": "umum"}, "the rulebook has no label jenis: it has kelompok, wilayah"),
        (
            {"kelompok": "utara"},
            "the label kelompok has no value utara: it has umum, khusus",
        ),
        (
            {"jenis": "umum", "wilayah": "umum"},
            "the rulebook has no label jenis: it has kelompok, wilayah;"
            " the label wilayah has no value umum: it has utara",
        ),
    ],
)
def test_a_label_that_the_rulebook_does_not_have_is_not_saved(
    labels: dict[str, str], text: str
) -> None:
    assert refused_with(opened(LABELLED), labels) == text


def test_a_rulebook_without_labels_takes_none() -> None:
    assert refused_with(opened(), UMUM) == "the rulebook has no label kelompok: it has none"


def test_a_draft_waits_for_the_labels_that_are_asked() -> None:
    so_far = opened(LABELLED).done(draft(labels={"wilayah": "utara"}))

    so_far.when(submission()).then_refused("entry_incomplete")
    assert "labels.kelompok" in getattr(so_far.refusal, "text", "")
    so_far.done(draft(labels=UMUM)).when(submission())
    (event,) = so_far.said
    assert isinstance(event, ProposalSubmitted)
    assert event.labels == UMUM


def test_labels_are_said_with_every_revision_and_with_the_admission() -> None:
    so_far = opened(LABELLED).done(draft(labels=UMUM), submission(), draft(labels=BOTH))

    (revised,) = so_far.when(submission()).said
    (admitted,) = so_far.at(AFTER).done(closing).when(admitting()).said
    assert isinstance(revised, ProposalRevised)
    assert isinstance(admitted, ProposalAdmitted)
    assert [revised.labels, admitted.labels] == [BOTH, BOTH]
    assert revised.content_digest == content(labels=BOTH).digest()


def test_labels_are_shown() -> None:
    so_far = opened(LABELLED).done(draft("p01", labels=UMUM), draft("p02", labels=BOTH))
    so_far.done(submission("p02"), draft("p02", labels=UMUM))

    listed = views.all_proposals(so_far.store(), EDITION)
    assert [each.labels for each in listed] == [UMUM, BOTH]
    whole = views.one_proposal(so_far.store(), EDITION, "p02")
    assert whole.draft is not None
    assert whole.submitted is not None
    assert [whole.draft.labels, whole.submitted.labels] == [UMUM, BOTH]


def test_what_is_not_labelled_is_said_and_digested_as_before_there_were_labels() -> None:
    (event,) = opened().done(draft()).when(submission()).said

    assert b"labels" not in event.model_dump_json(exclude_unset=True).encode()
    old = content().model_dump_json(exclude={"labels"})
    assert Content.model_validate_json(old).digest() == content().digest()
    assert content(labels=UMUM).digest() != content().digest()


def test_whoever_was_handed_in_before_a_label_was_asked_is_told_so() -> None:
    so_far = opened().done(draft(), submission(), amending(LABELLED)).at(AFTER).done(closing)

    (ground,) = grounds_of(so_far.store(), EDITION, "p01")
    assert ground.code == "incomplete"
    assert ground.text == "Tanpa keterangan: Kelompok / Not labelled: Group"


async def test_labels_come_in_and_are_shown_over_http(
    nats_server: NatsServer, new_store: NewStore
) -> None:
    toml, edition = {"content-type": "application/toml"}, f"/editions/{EDITION}"
    proposal, by = f"{edition}/proposals/p01", {"by": "Panitia"}
    async with submission_service(nats_server, new_store) as client:
        await client.put("/clock", json={"now": "2019-09-02T09:00:00+08:00"})
        await said(client, "PUT", edition, content=LABELLED, headers=toml)
        agency = {"name": "Dinas Pendidikan", "kind": "dinas"}
        await said(client, "PUT", f"{edition}/agencies/dinas-pendidikan", json=agency)
        await said(client, "POST", f"{edition}/opening")
        wrong = content(labels={"kelompok": "lain"}).model_dump(mode="json")
        assert await refusal(client, "PUT", proposal, json=wrong) == [409, "unknown_label"]
        await said(client, "PUT", proposal, json=content().model_dump(mode="json"))
        assert await refusal(client, "POST", f"{proposal}/submission") == [409, "entry_incomplete"]
        await said(client, "PUT", proposal, json=content(labels=BOTH).model_dump(mode="json"))
        await said(client, "POST", f"{proposal}/submission")
        await client.put("/clock", json={"now": "2019-09-23T08:00:00+08:00"})
        await said(client, "POST", f"{edition}/intake-closing", json=by)
        await said(client, "POST", f"{proposal}/admission", json=by)
        listed = (await client.get(f"{edition}/proposals")).json()
        whole = (await client.get(proposal)).json()

    assert [(each["state"], each["labels"]) for each in listed] == [("admitted", BOTH)]
    assert whole["submitted"]["labels"] == BOTH
