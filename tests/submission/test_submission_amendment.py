"""An amended rulebook: what it may change once an edition is open, and what it may not."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from contracts.ranking import ProposalAdvanced, ResultsAnnounced, StageRanked
from contracts.rulebook import Rulebook
from contracts.submission import RulebookAmended
from kit.testing import Given, given
from submission_service.app import SERVICE
from submission_service.rules.amendment import Standing, check_amendment
from submission_service.rules.changes import changes
from submission_service.rules.rulebook_file import read_rulebook
from submission_service.store import views

from tests.submission.facts import (
    AFTER,
    EDITION,
    LABELLED,
    MINUTE,
    RULEBOOK,
    TOML,
    WITHIN,
    amending,
    closed,
    code_of,
    opened,
    rulebook,
    submitted,
)

DIGEST = "sha256:" + "a" * 64
RANKED = StageRanked(
    edition=EDITION, stage="presentasi", position=1, digest=DIGEST, proposals=1, advanced=1
)
ANNOUNCED = ResultsAnnounced(edition=EDITION, awards=1, by="Panitia")
STAGE = 'name = { id = "Presentasi", en = "Presentation" }\n'
SECOND = """
[[stages]]
id = "final"
name = { id = "Final", en = "Final" }
[[stages.criteria]]
id = "dampak"
name = { id = "Dampak", en = "Impact" }
[[stages.panels]]
id = "juri"
name = { id = "Juri", en = "Jury" }
quorum = 3
[[stages.bands]]
id = "sangat"
name = { id = "Sangat inovatif", en = "Very innovative" }
least = 60
"""
GROUPED = "round(mean(mean(weighted(mark), juror), group), 2)"
TWO = LABELLED.replace("[[awards]]", f"{SECOND}\n[[awards]]", 1)


def changed(*pairs: tuple[str, str], text: str = TOML) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def told(text: str, base: str = TOML) -> list[str]:
    """What changes from `base`, one line for each key."""
    before, after = (read_rulebook(each.encode()) for each in (base, text))
    return [str(each) for each in changes(before, after)]


def refusal(
    text: str, *, base: str = TOML, state: Any = "open", now: Any = WITHIN, ranked: Any = ()
) -> list[str]:
    """Why the amendment is refused, a line for each mistake; nothing when it is not."""
    before, after = (read_rulebook(each.encode()) for each in (base, text))
    standing = Standing(state, announced=False, ranked=ranked, now=now)
    found: list[str] = []

    def check() -> None:
        try:
            check_amendment(before, after, standing)
        except Exception as error:
            found.extend(getattr(error, "text", "").split("\n"))
            raise

    assert code_of(check) == ("amendment_refused" if found else "-")
    return found


QUORUM = changed((STAGE, f"{STAGE}quorum = 5\ncut = 7\n"))


def test_every_changed_key_is_told_with_what_it_was_and_what_it_is() -> None:
    assert told(QUORUM) == [
        "stages.presentasi.quorum: 1 → 5",
        'stages.presentasi.cut: nothing → {"top": 7}',
    ]
    assert told(changed(("weight = 12.10", "weight = 20"))) == [
        "stages.presentasi.criteria.kebaruan.weight: 12.1 → 20"
    ]
    assert told(TOML) == []


def test_what_comes_what_goes_and_what_changes_its_order_is_told() -> None:
    head, first, second = TOML.split("[[awards]]")
    alone = f"{head}[[awards]]{first}"
    swapped = f"{head}[[awards]]{second}\n[[awards]]{first}"
    award = '{"by": "decision", "id": "partisipatif", "name": {"id": "Partisipatif", "en": '
    award += '"Participatory"}, "count": 3}'

    assert told(swapped) == ['awards: ["top-1", "partisipatif"] → ["partisipatif", "top-1"]']
    assert told(alone) == [f"awards.partisipatif: {award} → nothing"]
    assert told(TOML, base=alone) == [f"awards.partisipatif: nothing → {award}"]


def test_the_conditions_of_a_limit_are_told_whole() -> None:
    limit = '{ id = "x", where = { kelompok = "umum" }, at_most = 1 }'
    cut = f"[stages.cut]\ntop = 2\nlimits = [{limit}]\n"
    limited = changed(("[[stages.panels]]", f"{cut}[[stages.panels]]"), text=TWO)
    other = limited.replace('where = { kelompok = "umum" }', 'where = { wilayah = "utara" }')

    assert told(other, base=limited) == [
        'stages.final.cut.limits.x.where: {"kelompok": "umum"} → {"wilayah": "utara"}'
    ]


def test_a_long_value_is_told_in_part() -> None:
    (line,) = told(changed(('organiser = "Bagian Organisasi"', f'organiser = "{"x" * 200}"')))

    assert line == f"organiser: Bagian Organisasi → {'x' * 120}…"


ALLOWED = {
    "weights": ("weight = 12.10", "weight = 20"),
    "words of a criterion": ('en = "Impact"', 'en = "Effect"'),
    "quorum and cut": (STAGE, f"{STAGE}quorum = 5\ncut = 7\n"),
    "a decision": (STAGE, f'{STAGE}decision = "ties"\n'),
    "quorum of a panel": ("quorum = 3", "quorum = 2"),
    "bands": ("least = 60", "least = 61"),
    "an award of a stage that is not ranked": ("top = 1", "top = 2"),
    "a later end of the intake": ("closes_at = 2019-09-20", "closes_at = 2019-10-20"),
    "an earlier end that is to come": ("closes_at = 2019-09-20", "closes_at = 2019-09-10"),
    "a lower age": ("age_months_min = 12", "age_months_min = 6"),
    "a section more": (
        "[[stages]]",
        '[[sections]]\nid = "dampak"\nname = { id = "Dampak", en = "Impact" }\n[[stages]]',
    ),
    "words of a section": ('en = "Summary"', 'en = "Abstract"'),
    "a value more of a label": (
        "values = [\n",
        'values = [\n  { id = "replikasi", name = { id = "R", en = "R" } },\n',
    ),
    "the organiser": ('organiser = "Bagian Organisasi"', 'organiser = "Inspektorat"'),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_what_nobody_acted_on_yet_may_change(change: tuple[str, str]) -> None:
    assert refusal(changed(change, text=TWO), base=TWO) == []


SHEETS = "sheets are handed in under it, so what is marked in a stage stays: put it back"
REFUSED = {
    "the id": (
        ('id = "kipp-uji-2019"', 'id = "lain"'),
        "id: kipp-uji-2019 → lain: the edition keeps its id: put it back",
    ),
    "a section less": (
        ('id = "kebaruan"', 'id = "baru"'),
        "sections can only be added, or named otherwise: proposals were written for them",
    ),
    "the limit of a section": (
        ("words_max = 3", "words_max = 2"),
        "sections.ringkasan.words_max: 3 → 2: sections can only be added",
    ),
    "a label asked of all": (
        ("optional = true\n", ""),
        "labels.wilayah.optional: true → false: labels can only be added",
    ),
    "a stage otherwise": (
        ('id = "final"', 'id = "akhir"'),
        "the stages stay as many as the edition opened with: put it back",
    ),
    "a scale": (
        ("scale = { max = 10 }", "scale = { max = 20 }"),
        f"stages.presentasi.criteria.dampak.scale.max: 10 → 20: {SHEETS}",
    ),
    "an optional criterion": (
        ("scale = { max = 10 }", "optional = true\nscale = { max = 10 }"),
        f"stages.presentasi.criteria.dampak.optional: false → true: {SHEETS}",
    ),
    "another criterion": (('id = "dampak"', 'id = "hasil"'), SHEETS),
    "another panel": (('id = "juri"', 'id = "publik"'), SHEETS),
    "parts": (
        (STAGE, f'{STAGE}parts = ["a"]\n'),
        f'stages.presentasi.parts: [] → ["a"]: {SHEETS}',
    ),
    "groups": (
        (STAGE, f'{STAGE}groups = true\nsteps = [{{ id = "score", formula = "{GROUPED}" }}]\n'),
        f"stages.presentasi.groups: false → true: {SHEETS}",
    ),
    "an intake that is over": (
        ("closes_at = 2019-09-20", "closes_at = 2019-09-01"),
        "intake.closes_at: 2019-09-01T23:59:00+08:00 is past, and it is 2019-09-02T04:00:00+00:00:"
        " name a later moment",
    ),
    "an intake that had not begun": (
        ("opens_at = 2019-08-01", "opens_at = 2019-09-10"),
        "intake.opens_at: the intake has begun, and it is 2019-09-02T04:00:00+00:00: put it back",
    ),
    "a greater age": (
        ("age_months_min = 12", "age_months_min = 24"),
        "intake.age_months_min: proposals were handed in under a lower one, and would fall out:"
        " put it back",
    ),
}


@pytest.mark.parametrize(("change", "text"), REFUSED.values(), ids=REFUSED)
def test_what_somebody_acted_on_stays(change: tuple[str, str], text: str) -> None:
    found = refusal(changed(change, text=TWO), base=TWO)

    assert any(text in each for each in found), found


def test_stages_stay_in_their_order() -> None:
    head, rest = TWO.split("[[stages]]", 1)
    first, rest = rest.split("[[stages]]", 1)
    second, awards = rest.split("[[awards]]", 1)
    swapped = f"{head}[[stages]]{second}[[stages]]{first}[[awards]]{awards}"

    (found,) = refusal(swapped, base=TWO)

    assert "the stages stay in their order: put it back" in found


def test_every_mistake_is_told() -> None:
    text = changed(("scale = { max = 10 }", ""), ("age_months_min = 12", "age_months_min = 24"))

    assert len(refusal(text)) == 2


def test_before_the_intake_begins_its_rules_are_free() -> None:
    text = changed(
        ("opens_at = 2019-08-01", "opens_at = 2019-09-10"),
        ("age_months_min = 12", "age_months_min = 24"),
    )

    assert refusal(text, now=RULEBOOK.intake.opens_at - timedelta(days=1)) == []


def test_a_closed_intake_and_what_was_asked_in_it_stay() -> None:
    text = changed(
        ("closes_at = 2019-09-20", "closes_at = 2019-10-20"), ('en = "Summary"', 'en = "Abstract"')
    )

    assert refusal(text, state="closed", now=AFTER) == [
        "sections.ringkasan.name.en: Summary → Abstract: the intake is closed, and what was handed"
        " in stands under these sections: put it back",
        "intake: the intake is closed, so its rules stay: put it back",
    ]


def test_nothing_is_asked_anew_once_the_last_moment_has_passed() -> None:
    assert len(refusal(LABELLED, now=AFTER)) == 2
    extended = changed(("closes_at = 2019-09-20", "closes_at = 2019-10-20"), text=LABELLED)
    assert refusal(extended, now=AFTER) == []


def test_a_ranked_stage_stays_but_for_its_words() -> None:
    text = changed(("weight = 12.10", "weight = 20"), ('en = "Impact"', 'en = "Effect"'))

    assert refusal(text, ranked=("presentasi",)) == [
        "stages.presentasi.criteria.kebaruan.weight: 12.1 → 20: the stage 'presentasi' is ranked:"
        " only names and sources in it can change: put it back"
    ]
    assert refusal(changed(('en = "Impact"', 'en = "Effect"')), ranked=("presentasi",)) == []


@pytest.mark.parametrize(
    "change", [("top = 1", "top = 2"), ('stage = "presentasi"', 'stage = "final"')]
)
def test_the_awards_of_a_ranked_stage_stay(change: tuple[str, str]) -> None:
    for ranked in ("presentasi", "final") if "final" in change[1] else ("presentasi",):
        (found,) = refusal(changed(change, text=TWO), base=TWO, ranked=(ranked,))
        assert f"the stage '{ranked}' is ranked, and its awards follow from that" in found


def test_other_awards_may_still_change_then() -> None:
    text = changed(("count = 3", "count = 4"), ('en = "Top 1"', 'en = "Top One"'))

    assert refusal(text, ranked=("presentasi",)) == []


def test_an_amendment_is_said_with_its_decision_and_counts_from_there() -> None:
    book: Rulebook = read_rulebook(QUORUM.encode())
    amended = RulebookAmended(
        edition=EDITION,
        rulebook=book,
        rulebook_digest=book.digest(),
        before=RULEBOOK.digest(),
        decision=MINUTE,
    )
    so_far = opened().when(amending(QUORUM)).then(amended).when(amending(QUORUM)).then()

    view = views.one_edition(so_far.store(), EDITION)
    assert [view.rulebook_digest, view.state] == [book.digest(), "open"]
    assert [(each.before, each.digest, each.decision) for each in view.amendments] == [
        (RULEBOOK.digest(), book.digest(), MINUTE)
    ]
    assert views.its_rulebook(so_far.store(), EDITION).rulebook == book


def test_a_rulebook_can_be_amended_again_and_back() -> None:
    so_far = opened().done(amending(QUORUM), amending(TOML), amending(QUORUM))

    view = views.one_edition(so_far.store(), EDITION)
    assert [each.digest == RULEBOOK.digest() for each in view.amendments] == [False, True, False]


def test_only_an_open_edition_is_amended() -> None:
    so_far = given(SERVICE).when(amending(QUORUM)).then_refused("no_edition")

    so_far.done(rulebook()).when(amending(TOML)).then_refused("edition_not_open")


def test_a_wrong_rulebook_is_told_with_its_mistakes() -> None:
    opened().when(amending("id = 7")).then_refused("rulebook_wrong")


def ranked() -> Given:
    advanced = ProposalAdvanced(
        edition=EDITION,
        stage="presentasi",
        proposal="p01",
        title="Kebun",
        agency="dinas-pendidikan",
        rank=1,
        score=Decimal(80),
    )
    return closed("p01").heard(advanced, RANKED, RANKED)


def test_a_stage_is_fixed_when_its_ranking_is_heard() -> None:
    ranked().when(amending(QUORUM)).then_refused("amendment_refused")
    submitted("p01").when(amending(QUORUM))


def test_nothing_changes_after_the_announcement() -> None:
    so_far = ranked().heard(ANNOUNCED, ANNOUNCED)

    so_far.when(amending(changed(("count = 3", "count = 4")))).then_refused("results_announced")
