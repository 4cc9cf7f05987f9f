"""The verdict of a drill: it passes what is right, and every promise that is broken it tells."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.edition import expect, make_edition
from tests.chaos.evidence import Found, OnLog
from tests.chaos.verdict import wrong

FOLDER = make_edition(1, 12)
EXPECTED = expect(FOLDER)
RULEBOOK = f"sha256:{'0' * 64}"


def events() -> list[OnLog]:
    said: list[tuple[str, dict[str, Any]]] = [("edition.opened.v1", {"rulebook_digest": RULEBOOK})]
    for proposal, juror, version in sorted(EXPECTED.versions):
        body = {"proposal": proposal, "juror": juror, "version": version}
        said.append(("sheet.submitted.v1" if version == 1 else "sheet.amended.v1", body))
    said += [("notice.delivered.v1", {"notice": f"n{each}"}) for each in range(EXPECTED.notices)]
    return [OnLog(at, f"e{at}", type_, body) for at, (type_, body) in enumerate(said, 1)]


def right() -> Found:
    log = events()
    amended = {(each.proposal, each.juror) for each in FOLDER.amendments}
    return Found(
        log=log,
        last_position=len(log),
        public=[(1, "e1")],
        outboxes={"evaluation": {each.id: each.position for each in log}},
        parked={"evaluation": 0},
        kept_sheets=[
            (each.proposal, each.juror, 1 + ((each.proposal, each.juror) in amended))
            for each in FOLDER.sheets
        ],
        counted=dict(EXPECTED.counted),
        delivered=EXPECTED.notices,
        mails=[{"id": f"<n{n}@sayembara>", "said": f"w{n}"} for n in range(EXPECTED.notices)],
        digest=EXPECTED.digest(FOLDER.edition, RULEBOOK),
        rulebook=RULEBOOK,
        findings=[],
    )


def verdict(found: Found, acknowledged: frozenset[str] = frozenset({"e1", "e2"})) -> str:
    return "\n".join(wrong(FOLDER.edition, EXPECTED, found, acknowledged))


def test_what_is_right_passes_and_a_copy_of_a_mail_is_no_second_mail() -> None:
    found = right()
    assert verdict(found) == ""
    assert verdict(replace(found, mails=[*found.mails, found.mails[0]])) == ""


def test_an_acknowledged_event_that_is_not_on_the_log_is_told() -> None:
    said = verdict(right(), frozenset({"e1", "lost"}))
    assert said == "1 events were acknowledged and are not on the log: lost"


BROKEN: dict[str, tuple[Callable[[Found], Found], str]] = {
    "another digest": (lambda f: replace(f, digest="sha256:1"), "the standings' digest is"),
    "parked": (lambda f: replace(f, parked={"ranking": 2}), "ranking has parked 2 messages"),
    "a sheet lost": (
        lambda f: replace(f, kept_sheets=f.kept_sheets[1:]),
        "sheets that ranking keeps: 1 are missing",
    ),
    "a sheet counted twice": (
        lambda f: replace(f, counted=f.counted | {"p0001": 12}),
        "sheets counted: 1 should not be there: ('p0001', 12)",
    ),
    "a sheet said twice": (
        lambda f: replace(f, log=[*f.log, replace(f.log[1], position=len(f.log) + 1, id="x")]),
        "sheets are on the log more than once",
    ),
    "an event twice": (
        lambda f: replace(f, log=[*f.log, replace(f.log[0], position=len(f.log) + 1)]),
        "events are on the log more than once: e1",
    ),
    "a hole": (lambda f: replace(f, log=f.log[:3] + f.log[4:]), "the log has a hole"),
    "shown twice": (
        lambda f: replace(f, public=[*f.public, *f.public]),
        "the public stream shows 2 events of 1, and another one at number 2",
    ),
    "not shown": (
        lambda f: replace(f, public=[]),
        "the public stream shows 0 events of 1, and another one at number 1",
    ),
    "not published": (
        lambda f: replace(f, outboxes={**f.outboxes, "ranking": {"e9999": None}}),
        "ranking did not publish 1 events: e9999",
    ),
    "a wrong place": (
        lambda f: replace(f, outboxes={"evaluation": f.outboxes["evaluation"] | {"e1": 2}}),
        "places in the outboxes: 1 should not be there: ('e1', 2)",
    ),
    "a mail missing": (lambda f: replace(f, mails=f.mails[1:]), "different mails went out"),
    "a second mail": (
        lambda f: replace(f, mails=[*f.mails, {"id": "<n0@sayembara>", "said": "other"}]),
        "a mail went out twice under different Message-IDs, or with different words",
    ),
    "a finding": (
        lambda f: replace(f, findings=["at position 7: the log has no message at position 6"]),
        "audit verify: at position 7: the log has no message at position 6",
    ),
    "a notice not held": (lambda f: replace(f, delivered=1), "1 notices are held as delivered"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_told(name: str) -> None:
    spoil, told = BROKEN[name]
    assert told in verdict(spoil(right()))


def test_the_same_seed_makes_the_same_edition_with_recusals_and_amendments() -> None:
    first, again, other = make_edition(5, 510), make_edition(5, 510), make_edition(6, 510)
    assert first == again
    assert first.sheets != other.sheets
    assert len(first.sheets) >= 3000
    assert len(first.amendments) == 40
    assert len(first.sheets) < 6 * 510
