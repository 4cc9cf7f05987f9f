"""The one file's own reading of the rules comes to what the services publish, rule by rule."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from contracts.cut import Cut
from contracts.envelope import encode
from contracts.evaluation import JurorSeated, SheetSubmitted
from contracts.event import Event
from contracts.ranking import ProposalAwarded, StageRanked
from contracts.rulebook import RankAward, Rulebook
from contracts.stage import Criterion, Panel, Scale, Stage
from contracts.submission import RulebookAmended
from kit.heard import Heard

from sayembara.audit import verify_bundle
from sayembara.audit.bundle import receipt
from sayembara.audit.checkpoints import Kept
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import COSIGNS, Checkpoint, Signer, cosign, sign
from sayembara.audit.tree import Tree
from tests.audit.ranking_log import NOW, RankingLog
from tests.audit.told import LOG, Told, told
from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    MINUTE,
    admitted,
    amended,
    closed,
    disqualified,
    marks,
    opened,
    recused,
    rulebook,
    sheet,
    stage,
    withdrawn,
    words,
)

WITNESS = Signer.new("ministry", COSIGNS)
MARKS: Mapping[str, tuple[str, ...]] = {
    "a": ("90", "61", "70", "33"),
    "b": ("80", "80", "70", "95"),
    "c": ("80", "80", "70", "95"),
    "d": ("15", "100", "0", "64"),
}
"""For each proposal the marks of jurors 1 to 4."""


def at_the_desk() -> list[Event]:
    return [
        sheet(proposal, f"juror-{number}", mark).model_copy(
            update={"marks": marks(benefit=mark, novelty=str(100 - int(mark)))}
        )
        for proposal, given in MARKS.items()
        for number, mark in enumerate(given, 1)
    ]


def played(book: Rulebook, *events: Event) -> RankingLog:
    """An edition of four proposals whose desk is closed after these events."""
    log = RankingLog()
    log.others_say(opened(book), *map(admitted, MARKS), *events)
    log.ranking_takes()
    log.others_say(closed(DESK))
    log.ranking_takes()
    return log


def worked_out(said: str, stage: str = DESK) -> bool:
    return "WRONG" not in said and f"stage '{stage}': worked out again from the sheets" in said


RULES: dict[str, Stage] = {
    "the usual mean": stage(DESK, cut=2),
    "a sum of weighted marks": stage(
        DESK, cut=2, steps={"score": "round(mean(sum(mark * weight, criterion), juror), 1)"}
    ),
    "without the best and the worst": stage(
        DESK, cut=2, steps={"score": "round(mean(trim(weighted(mark), juror, 1, 1), juror), 2)"}
    ),
    "a median": stage(DESK, cut=2, steps={"score": "round(median(mark.benefit, juror), 0)"}),
    "steps one after the other": stage(
        DESK,
        cut=2,
        steps={
            "idea": "mean(mark.novelty, juror)",
            "use": "max(mark.benefit, juror) - min(mark.benefit, juror)",
            "score": "round((0.3 * idea + 0.7 * use) / -greatest(jurors, 1), 3, half_even)",
        },
        first="smallest",
    ),
    "ties that a step breaks": stage(
        DESK,
        cut=Cut(top=1),
        steps={"use": "max(mark.benefit, juror)", "score": "round(least(use, 80), 0)"},
        tie_breaks=("use",),
    ),
    "equal ones as close as allowed": stage(
        DESK, cut=Cut(top=3, least=Decimal(40)), ties="dense", tolerance=Decimal(10)
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_read_as_the_services_read_it(name: str, tmp_path: Path) -> None:
    log = played(rulebook(RULES[name], stage(FIELD)), *at_the_desk())

    assert worked_out(told(log, tmp_path / "bundle"))


def test_an_earlier_stage_is_carried_over(tmp_path: Path) -> None:
    field = stage(
        FIELD,
        steps={
            "visit": "mean(weighted(mark), juror)",
            "score": f"round(0.3 * visit + 0.7 * stage.{DESK}.score, 2)",
        },
    )
    log = played(rulebook(stage(DESK, cut=3), field), *at_the_desk())
    log.others_say(*(sheet(each, "juror-1", "55", stage=FIELD) for each in "abc"), closed(FIELD))
    log.ranking_takes()

    assert worked_out(told(log, tmp_path / "bundle"), FIELD)


def test_two_panels_side_by_side_are_read_each_by_itself(tmp_path: Path) -> None:
    formula = "round((mean(panel.experts.mark.benefit, juror) + 2 * mean(mark.all, juror)) / 3, 2)"
    criteria = [
        Criterion(id="benefit", name=words("Benefit"), panel="experts", scale=Scale()),
        Criterion(id="all", name=words("All")),
    ]
    panels = (Panel(id="experts", name=words("Experts")), Panel(id="public", name=words("Public")))
    desk = stage(DESK, cut=2, steps={"score": formula}, panels=panels)
    desk = desk.model_copy(update={"criteria": tuple(criteria)})
    seats = [
        JurorSeated(
            edition=EDITION, stage=DESK, juror=f"juror-{n}", office="o", agency="x", panel=panel
        )
        for n, panel in enumerate(("experts", "experts", "public", "public"), 1)
    ]
    sheets = [side_by_side(each) for each in at_the_desk()]

    said = told(played(rulebook(desk, stage(FIELD)), *seats, *sheets), tmp_path / "bundle")

    assert worked_out(said), said


def side_by_side(event: Event) -> Event:
    assert isinstance(event, SheetSubmitted)
    mark = str(event.marks[0].value)
    given = {"benefit": mark} if event.juror in ("juror-1", "juror-2") else {}
    return event.model_copy(update={"marks": marks(**given, all=mark)})


def test_amended_sheets_recusals_withdrawals_and_disqualifications_count(tmp_path: Path) -> None:
    said = told(
        played(
            rulebook(stage(DESK, cut=2), stage(FIELD)),
            *at_the_desk(),
            amended("a", "juror-2", "12"),
            recused("b", "juror-1"),
            withdrawn("c"),
            disqualified("d"),
        ),
        tmp_path / "bundle",
    )

    assert worked_out(said)
    assert "of all 2 are right" in said, "two proposals are left"


def test_an_amended_rulebook_is_the_one_in_force(tmp_path: Path) -> None:
    first = rulebook(stage(DESK, cut=2), stage(FIELD))
    then = rulebook(
        stage(DESK, cut=3, steps={"score": "round(max(mark.benefit, juror), 1)"}), stage(FIELD)
    )
    change = RulebookAmended(
        edition=EDITION,
        rulebook=then,
        rulebook_digest=then.digest(),
        before=first.digest(),
        decision=MINUTE,
    )

    said = told(played(first, *at_the_desk(), change), tmp_path / "bundle")

    assert worked_out(said)
    assert f"the rulebook is {then.digest()}" in said


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("rulebook", "another one", "is in truth sha256:"),
        ("before", "sha256:" + "0" * 64, "it amends the rulebook sha256:000"),
    ],
)
def test_a_rulebook_that_was_changed_or_amends_another_one_is_wrong(
    tmp_path: Path, field: str, value: str, says: str
) -> None:
    first, then = (rulebook(stage(DESK, cut=cut), stage(FIELD)) for cut in (2, 3))
    digests = {"rulebook_digest": then.digest(), "before": first.digest()}
    change = RulebookAmended(edition=EDITION, rulebook=then, decision=MINUTE, **digests)
    log = played(first, *at_the_desk(), change)
    assert "WRONG" not in told(log, tmp_path / "bundle")
    at = next(n for n, each in enumerate(log.messages) if each.event_type == RulebookAmended.type)
    forged = change.model_copy(update={field: first if field == "rulebook" else value})
    log.messages[at] = replace(log.messages[at], body=encode(forged))

    assert says in told(log, tmp_path / "bundle")


def test_a_mark_that_was_said_otherwise_does_not_come_to_the_published_score(
    tmp_path: Path,
) -> None:
    log = played(rulebook(RULES["a median"], stage(FIELD)), *at_the_desk())
    at = next(n for n, each in enumerate(log.messages) if each.event_type == SheetSubmitted.type)
    log.messages[at] = other(log.messages[at], lambda event: sheet("a", event.juror, "0"))

    said = told(log, tmp_path / "bundle")

    assert f"WRONG stage '{DESK}', 'a': published [" in said


def other(message: Heard, change: Callable[[SheetSubmitted], Event]) -> Heard:
    assert isinstance(message.event, SheetSubmitted)
    return replace(message, body=encode(change(message.event)))


@pytest.mark.parametrize(
    "formula",
    [
        "round(default(mean(mark.benefit, juror), 0), 2)",
        "round(rank(mean(mark.benefit, juror)), 2)",
        "round(seated + mean(mark.benefit, juror), 0)",
    ],
)
def test_what_it_does_not_read_it_says(formula: str, tmp_path: Path) -> None:
    desk = stage(DESK, cut=2, steps={"score": formula})

    said = told(played(rulebook(desk, stage(FIELD)), *at_the_desk()), tmp_path / "bundle")

    assert "WRONG" not in said
    assert f"note stage '{DESK}': not worked out again, for this is not read here: " in said


def test_a_sheet_that_another_service_says_is_named(tmp_path: Path) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    at = next(n for n, each in enumerate(log.messages) if each.event_type == SheetSubmitted.type)
    message = log.messages[at]
    headers = {**message.headers, "ce-source": "/sayembara/submission"}
    subject = message.subject.replace("evaluation", "submission")
    log.messages[at] = replace(message, headers=headers, subject=subject)

    text = f"WRONG position {at + 1} (sheet.submitted.v1) is said by submission, which may not"
    assert text in told(log, tmp_path / "bundle")


def test_a_witness_that_signed_is_named_with_its_time(tmp_path: Path) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    tree = Tree(map(leaf_hash, log.messages))
    note = sign(Checkpoint(LOG.name, tree.size, tree.root()).text(), LOG)
    seen = cosign(note, WITNESS, int(NOW.timestamp()))
    key = str(WITNESS.verifier)

    said = told(log, tmp_path / "bundle", witnesses=(key,), note=seen)
    known = f"the witness ministry has seen the log up to {tree.size} messages"
    assert f"{known}, at 2020-03-01 00:00:00 UTC" in said

    forged = seen.replace(seen[-8:-4], "AAAA")
    for wrong in (forged, note):
        said = told(log, tmp_path / "bundle", witnesses=(key,), note=wrong)
        assert "WRONG the witness ministry: the" in said


def test_what_a_witness_signed_before_the_export_counts_up_to_there(tmp_path: Path) -> None:
    """An export has the log signed anew: no witness has seen that yet."""
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    tree = Tree(map(leaf_hash, log.messages))
    told(log, tmp_path / "bundle")
    before = sign(Checkpoint(LOG.name, 5, tree.root(5)).text(), LOG)
    kept = [cosign(before, WITNESS, int(NOW.timestamp()))]
    report = Told()
    keys = str(LOG.verifier), str(WITNESS.verifier)
    verify_bundle.verify(tmp_path / "bundle", keys[0], kept, [keys[1]], report)
    assert report.wrong == 0
    assert "WRONG" not in " ".join(report.lines)
    assert "the witness ministry has seen the log up to 5 messages" in report.lines[0]
    assert "the log begins with the 5 messages of the checkpoint that you kept" in report.lines


def test_a_key_is_taken_for_what_it_is_for_only(tmp_path: Path) -> None:
    """The log's own key is no witness: its operator has it."""
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    said = told(log, tmp_path / "bundle", witnesses=(str(LOG.verifier),))
    assert f"WRONG the witness log: {LOG.verifier} is no key of a witness" in said


def test_it_says_which_edition_it_read(tmp_path: Path) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    assert f"{len(log.messages)} of them are of the edition '{EDITION}'" in told(
        log, tmp_path / "b"
    )


def test_results_of_a_stage_that_was_never_ranked_are_named(tmp_path: Path) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    without(log, StageRanked.type)
    said = told(log, tmp_path / "bundle")
    for kind in ("advanced", "eliminated"):
        text = f"WRONG stage '{DESK}': proposal.{kind} was said, and the stage was never ranked"
        assert text in said


def test_an_award_that_no_rulebook_has_is_named(tmp_path: Path) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    log.others_say(award("best-friend"))
    said = told(log, tmp_path / "bundle")
    assert "WRONG the award 'best-friend' went to a, and no rulebook has it" in said


def test_an_award_of_a_stage_that_was_never_ranked_is_named(tmp_path: Path) -> None:
    rule = RankAward(id="top", by="rank", name=words("Top"), stage=DESK, top=1)
    book = rulebook(stage(DESK, cut=2), stage(FIELD)).model_copy(update={"awards": (rule,)})
    log = played(book, *at_the_desk())
    assert "WRONG" not in told(log, tmp_path / "bundle")
    without(log, StageRanked.type)
    assert "and the stage 'desk' was never ranked" in told(log, tmp_path / "bundle")


def test_an_award_by_rank_to_another_one_is_wrong(tmp_path: Path) -> None:
    rule = RankAward(id="top", by="rank", name=words("Top"), stage=DESK, top=1)
    book = rulebook(stage(DESK, cut=2), stage(FIELD)).model_copy(update={"awards": (rule,)})
    log = played(book, *at_the_desk())
    at = next(n for n, each in enumerate(log.messages) if each.event_type == ProposalAwarded.type)
    log.messages[at] = replace(log.messages[at], body=encode(award("top")))
    said = told(log, tmp_path / "bundle")
    assert "WRONG the award 'top' went to a, c; by rank to b, c" in said


def award(name: str) -> ProposalAwarded:
    return ProposalAwarded(
        edition=EDITION,
        proposal="a",
        title="A",
        agency="dinas-a",
        award=name,
        award_name=words("Best"),
        basis="rank",
        rank=1,
    )


def without(log: RankingLog, kind: str) -> None:
    kept = [each for each in log.messages if each.event_type != kind]
    log.messages[:] = [replace(each, position=at) for at, each in enumerate(kept, 1)]


def test_nothing_in_the_file_moves_the_cursor_or_adds_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    verify_bundle.Report().bad("p1\x1b[2K\rok  all is right\nnothing is wrong\u202e")
    assert capsys.readouterr().out == "WRONG  p1?[2K?ok  all is right?nothing is wrong?\n"


def test_a_checkpoint_that_was_kept_is_compared_with_a_receipt_over_as_much(
    tmp_path: Path,
) -> None:
    log = played(rulebook(stage(DESK, cut=2), stage(FIELD)), *at_the_desk())
    tree = Tree(map(leaf_hash, log.messages))
    text = Checkpoint(LOG.name, tree.size, tree.root()).text()
    kept = Kept(Checkpoint.of(text), sign(text, LOG), NOW)
    other = Checkpoint(LOG.name, tree.size, b"x" * 32).text()
    less = Checkpoint(LOG.name, 1, tree.root(1)).text()
    file = tmp_path / "receipt"
    file.write_text(receipt(log.messages[0], tree, kept, LOG.verifier), "utf-8")
    report = Told()
    notes = [sign(each, LOG) for each in (text, other, less)]
    verify_bundle.verify(file, str(LOG.verifier), notes, [], report)
    said = f"it is the checkpoint of {tree.size} messages that you kept"
    assert report.lines[1:4] == [
        said,
        f"WRONG not so: {said}",
        f"note a receipt has no proof from the 1 messages that you kept to {tree.size}",
    ]
