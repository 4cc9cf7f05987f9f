"""The past of a running system: standings at a moment, what changed, what led to what."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from kit.log import Log
from rich.console import Console

from sayembara import event_log
from sayembara.addresses import key_file
from sayembara.audit import asof, checking, looking
from sayembara.audit.checkpoints import signer_of
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint, sign
from sayembara.audit.reading import Logged, read
from sayembara.audit.tree import Tree
from sayembara.embedded.running import Embedded
from sayembara.trouble import Trouble
from tests.audit.played import LUWU_UTARA as EDITION
from tests.audit.played import log_of
from tests.system.command import sayembara
from tests.system.embedded import DIGEST

STAGE = "presentasi"


@pytest.fixture
def system(luwu_utara: Embedded) -> Embedded:
    return luwu_utara


@pytest.fixture(scope="module")
def log(luwu_utara: Embedded) -> list[Logged]:
    return asyncio.run(log_of(luwu_utara))


def asked(system: Embedded, question: Callable[[Log], Awaitable[Any]]) -> Any:
    async def asking() -> Any:
        async with event_log.connected(system.system.log_place()) as log:
            return await question(log)

    return asyncio.run(asking())


def shown(system: Embedded, question: Callable[[Console, Log], Awaitable[Any]]) -> str:
    page = StringIO()
    asked(system, lambda log: question(Console(file=page, width=200), log))
    return page.getvalue()


def at(log: list[Logged], type_: str, about: str | None = None) -> int:
    found = (each for each in log if each.event_type == type_)
    return next(each.position for each in found if about in (None, each.headers["ce-subject"]))


def test_the_whole_log_is_read_in_order(log: list[Logged]) -> None:
    assert [each.position for each in log] == list(range(1, len(log) + 1))


def test_a_part_of_the_log_is_read(system: Embedded, log: list[Logged]) -> None:
    async def part(log: Log) -> list[int]:
        subjects = ("sayembara.evaluation.>",)
        batches = [batch async for batch in read(log, subjects, first=100, last=200)]
        return [each.position for batch in batches for each in batch]

    meant = [each.position for each in log if ".evaluation." in each.subject]
    assert asked(system, part) == [each for each in meant if 100 <= each <= 200]


def test_nothing_is_read_where_nothing_is(system: Embedded) -> None:
    async def none(log: Log) -> list[Any]:
        return [batch async for batch in read(log, ("sayembara.nobody.>",))]

    assert asked(system, none) == []


def test_at_the_end_the_standings_are_the_published_ones(system: Embedded) -> None:
    found = asked(system, lambda log: asof.standings_at(log, EDITION, None, None))

    assert found.final
    assert found.digest == DIGEST


def test_before_an_amendment_the_old_mark_counts(system: Embedded, log: list[Logged]) -> None:
    amended = at(log, "sheet.amended.v1", "p19")

    def score(position: int) -> Any:
        moment = str(position)
        found = asked(system, lambda log: asof.standings_at(log, EDITION, STAGE, moment))
        assert not found.final
        return next(each.score for each in found.rows if each.proposal == "p19")

    assert (score(amended - 1), score(amended)) == ("76.68", "76.08")


def test_a_time_stands_for_what_was_said_by_then(system: Embedded, log: list[Logged]) -> None:
    admitted = [each.position for each in log if each.event_type == "proposal.admitted.v1"]
    moment = "2019-09-30T00:00:00+08:00"

    assert asked(system, lambda log: asof.position_at(log, EDITION, moment)) >= admitted[-1]
    early = asked(system, lambda log: asof.position_at(log, EDITION, "2019-09-20T00:00:00+08:00"))
    assert early < admitted[0]


@pytest.mark.parametrize(
    ("moment", "says"),
    [
        ("0", "it goes from 1 to"),
        ("99999", "has no position 99999"),
        ("yesterday", "neither a position nor a time"),
        ("2019-10-02T16:00:00", "names no time zone"),
        ("2019-10-02", r"as in 2019-10-02T00:00:00\+08:00"),
        ("2001-01-01T00:00:00Z", "nothing was said"),
        ("1", "had no standings at position 1: no proposal was admitted"),
    ],
)
def test_a_moment_that_is_none_is_told(system: Embedded, moment: str, says: str) -> None:
    with pytest.raises(Trouble, match=says):
        asked(system, lambda log: asof.standings_at(log, EDITION, None, moment))


@pytest.mark.parametrize(
    ("edition", "stage", "says"),
    [
        ("nope-2019", None, "the log opens no edition 'nope-2019' up to position"),
        (EDITION, "x", "has no stage 'x'"),
    ],
)
def test_what_is_not_known_is_told(
    system: Embedded, edition: str, stage: str | None, says: str
) -> None:
    with pytest.raises(Trouble, match=says):
        asked(system, lambda log: asof.standings_at(log, edition, stage, "50"))


def test_a_replay_shows_the_published_digest(system: Embedded, log: list[Logged]) -> None:
    page = shown(
        system,
        lambda page, log: looking.replay(page, log, EDITION, None, until_match=True),
    )

    assert f"{DIGEST} = published at {at(log, 'stage.ranked.v1')}" in page
    assert "published and replayed are the same to the end" in page


def test_a_running_log_is_in_order(system: Embedded) -> None:
    page = StringIO()
    report = asked(system, lambda log: checking.verify(Console(file=page), log, None))
    checking.show_report(Console(file=page, width=200), report)

    assert report.is_in_order
    assert "nothing was found: the log is in order" in page.getvalue()


def test_a_difference_names_the_event_the_office_and_the_reason(
    system: Embedded, log: list[Logged]
) -> None:
    amended = at(log, "sheet.amended.v1", "p19")
    moments = (str(amended - 1), str(amended))

    page = shown(system, lambda page, log: looking.diff(page, log, EDITION, STAGE, moments))

    assert re.search(r"^p19: from \d+ to 14, score from 76.68 to 76.08$", page, re.MULTILINE)
    assert (
        f"    at {amended}: amended sheet of Kepala Dinas Kominfo (kepala-dinas-kominfo),"
        " lowered adaptabilitas from 86 to 68: REKAAN" in page
    )
    assert ", by what happened to others" in page


def test_moments_in_the_wrong_order_are_told(system: Embedded) -> None:
    with pytest.raises(Trouble, match="which is not before"):
        shown(system, lambda page, log: looking.diff(page, log, EDITION, STAGE, ("20", "10")))


def test_a_trace_leads_from_the_seat_to_the_recusal(system: Embedded, log: list[Logged]) -> None:
    recused = at(log, "juror.recused.v1")

    page = shown(system, lambda page, log: looking.show_trace(page, log, str(recused)))
    by_id = shown(
        system, lambda page, out: looking.show_trace(page, out, log[recused - 1].event_id)
    )

    words = ("juror.seated.v1", "conflict.declared.v1", "juror.recused.v1")
    places = [page.index(each) for each in words]
    assert places == sorted(places)
    assert page == by_id


@pytest.mark.parametrize("named", ["99999", "no-such-event"])
def test_an_event_that_is_not_there_is_told(system: Embedded, named: str) -> None:
    with pytest.raises(Trouble, match=f"the log has no (position|event) {named}"):
        shown(system, lambda page, log: looking.show_trace(page, log, named))


def test_the_life_of_a_proposal_is_told_in_order(system: Embedded) -> None:
    page = shown(system, lambda page, log: looking.show_life(page, log, EDITION, "p19"))

    words = ("proposal.submitted.v1", "proposal.admitted.v1", "sheet.amended.v1", "eliminated")
    places = [page.index(each) for each in words]
    assert places == sorted(places)
    assert re.search(r"stands at \d+, score 76.08, of 6 sheets", page)
    with pytest.raises(Trouble, match="says nothing of a proposal 'p99'"):
        shown(system, lambda page, log: looking.show_life(page, log, EDITION, "p99"))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("audit", "replay", EDITION), "= published at"),
        (("audit", "verify", EDITION), "the log is in order"),
        (("standings", EDITION, "--at", "2019-10-01T00:00:00Z"), "provisional, at "),
    ],
)
def test_the_commands_answer(system: Embedded, command: tuple[str, ...], says: str) -> None:
    ended = sayembara(system, *command)

    assert says in ended.stdout, ended.stderr
    assert ended.returncode == 0


def test_the_command_compares_a_checkpoint_that_somebody_else_kept(
    system: Embedded, log: list[Logged], tmp_path: Path
) -> None:
    # With another key all that the auditor shows would be forged.
    signer, tree = signer_of(key_file(system.system.folder)), Tree(map(leaf_hash, log))
    kept = tmp_path / "kept"
    kept.write_text(sign(Checkpoint("log", 100, tree.root(100)).text(), signer), "utf-8")
    other = tmp_path / "other"
    other.write_text(sign(Checkpoint("log", 100, tree.root(99)).text(), signer), "utf-8")
    given = ("--key", str(signer.verifier), "--checkpoint", str(kept))

    ended = sayembara(system, "audit", "verify", *given)
    compared = re.search(r"checkpoints compared: (\d+), over up to", ended.stdout)
    assert compared, ended.stdout + ended.stderr
    assert int(compared[1]) > 1, "the one that was given, and those of the auditor"
    assert f"stages of '{EDITION}' compared with what ranking shows: 1" in ended.stdout
    assert ended.returncode == 0

    ended = sayembara(system, "audit", "verify", *given, "--checkpoint", str(other))
    assert f"position 100: the log is not what the checkpoint in {other} says" in ended.stdout
    assert ended.returncode == 1
