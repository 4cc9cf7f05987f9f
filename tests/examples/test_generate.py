"""The generator of editions: what it adds to a folder, and when it refuses."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayembara.play.checks import check, load
from sayembara.play.generate.entries import shared_out
from sayembara.trouble import Trouble
from tests.bench.large import kipp

EXAMPLES = Path(__file__).parents[2] / "examples"


def copied(name: str, to: Path, *changes: tuple[str, str]) -> Path:
    """The preset in a folder of its own, with some text of its plan changed."""
    folder = to / name
    shutil.copytree(EXAMPLES / name, folder)
    plan = folder / "generate.toml"
    text = plan.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    plan.write_text(text, encoding="utf-8")
    return folder


def test_another_seed_fills_it_another_way(tmp_path: Path) -> None:
    other = load(copied("kipp-umum-2023", tmp_path, ("seed = 2023", "seed = 1")))
    assert other.sheets != load(EXAMPLES / "kipp-umum-2023").sheets


def test_published_count_that_does_not_come_out_is_refused(tmp_path: Path) -> None:
    path = copied(
        "kipp-sulsel-2019",
        tmp_path,
        ('at = "presentasi"\ntotal = 40', 'at = "presentasi"\ntotal = 41'),
    )
    with pytest.raises(Trouble, match=r"presentasi, total: 41 published .* 40 generated"):
        load(path)


def test_published_counts_must_add_up(tmp_path: Path) -> None:
    path = copied(
        "kipp-sulsel-2019",
        tmp_path,
        ("provinsi = 8, kabupaten-kota = 79", "provinsi = 9, kabupaten-kota = 79"),
    )
    with pytest.raises(Trouble, match="add up to 88, not to the total of 87"):
        load(path)


def test_group_smaller_than_what_it_admits_is_refused(tmp_path: Path) -> None:
    path = copied("kipp-umum-2023", tmp_path, ("admitted = 40", "admitted = 49"))
    with pytest.raises(Trouble, match="group 'umum' has 48, and admits 49"):
        load(path)


def test_kind_without_institutions_is_refused(tmp_path: Path) -> None:
    path = copied(
        "kipp-sulsel-2019", tmp_path, ('kinds = ["perangkat-daerah"]', 'kinds = ["bumd"]')
    )
    with pytest.raises(Trouble, match="no institution of kind bumd"):
        load(path)


def test_limits_without_counts_of_who_goes_on_are_refused(tmp_path: Path) -> None:
    path = copied("iga-2019", tmp_path)
    plan = path / "generate.toml"
    parts = plan.read_text(encoding="utf-8").split("[[goes_on]]")
    plan.write_text(parts[0] + parts[-1].partition("\n\n")[2], encoding="utf-8")
    with pytest.raises(Trouble, match="say in goes_on how many"):
        load(path)


def test_more_than_there_are_cannot_go_on(tmp_path: Path) -> None:
    path = copied("kipp-nasional-2020", tmp_path, ("count = 15", "count = 150"))
    with pytest.raises(Trouble, match="91 of 150 go on from 'usulan'"):
        load(path)


def test_rejected_as_too_young_are_too_young_and_the_others_are_not() -> None:
    folder = load(EXAMPLES / "kipp-nasional-2019")
    closing, least = folder.rulebook.intake.closes_at.date(), folder.rulebook.intake.age_months_min
    started = {each.proposal: each.started_on for each in folder.proposals}
    codes = {each.proposal: each.code for each in folder.rejections}

    def months(proposal: str) -> float:
        return (closing - started[proposal]).days / 30.44

    for proposal in started:
        assert (months(proposal) < least) == (codes.get(proposal) == "too_young")
    assert set(Counter(codes.values())) == {"too_young", "incomplete", "other"}


def test_equal_scores_before_the_cut_are_parted_by_a_minute() -> None:
    folder = load(EXAMPLES / "kipp-sulsel-2019")
    rows = [each for each in folder.decisions if each.stage == "proposal"]
    ranks = [each.rank for each in rows]
    assert rows
    assert len(set(ranks)) == len(ranks)
    assert all(each.advanced is None for each in rows)


def test_some_regions_have_no_innovation_and_are_marked_0() -> None:
    folder = load(EXAMPLES / "iid-2023")
    parts = Counter(each.proposal for each in folder.sheets if each.part)
    without = [each for each in folder.sheets if not parts[each.proposal]]
    assert sum(parts.values()) == 600
    assert len({each.proposal for each in without}) >= 2
    assert {mark for each in without for mark in each.marks.values()} == {0}


def test_index_in_its_full_size() -> None:
    full = load(EXAMPLES / "iid-2023", full=True)
    parts = Counter(each.proposal for each in full.sheets if each.part)
    assert len(full.proposals) == 531
    assert sum(parts.values()) == 36_742
    assert max(parts.values()) <= 341


def test_competition_of_any_size_is_made_in_memory() -> None:
    folder = kipp(proposals=30, jurors=3, criteria=4)
    check(folder)
    assert len(folder.proposals) == 30
    assert len(folder.sheets) == 90
    assert all(len(each.marks) == 4 for each in folder.sheets)
    assert {each.proposal for each in folder.sheets} == {each.proposal for each in folder.proposals}
    assert folder == kipp(proposals=30, jurors=3, criteria=4)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_shares_add_up_and_follow_the_weights(total: int, weights: list[int]) -> None:
    parts = shared_out(total, weights)
    if sum(weights):
        assert sum(parts) == total
        assert all(
            abs(part * sum(weights) - total * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )
