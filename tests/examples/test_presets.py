"""The presets, as folders: in order, honest about their numbers, and of the published counts."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from contracts.rulebook import Rulebook

from sayembara.play.checks import load
from sayembara.play.files import Proposal
from sayembara.play.folder import Folder
from sayembara.play.generate.plan import Plan

EXAMPLES = Path(__file__).parents[2] / "examples"
PRESETS = (
    "kipp-nasional-2019",
    "kipp-nasional-2020",
    "kipp-nasional-2021",
    "kipp-nasional-2022",
    "kipp-umum-2023",
    "kipp-sulsel-2019",
    "iga-2019",
    "iid-2023",
)
KEY = re.compile(
    r"\b(?:[MGONRWKP]\d{1,3}[a-e]?|SL22|SOB|FAQ|MMC21|MC22|LU[13]|SS2\d[a-e]|I[12]\d[a-z]|Ingawi)\b"
)
MARK = re.compile(r"(?:^|[\s;.:(])(?:V|S|D|M|\?)(?=[\s;:,.)]|$)")
ADDRESS = re.compile(rf"^({KEY.pattern}): \S", re.MULTILINE)

every_preset = pytest.mark.parametrize("name", PRESETS)


@cache
def folder_of(name: str) -> Folder:
    return load(EXAMPLES / name)


@cache
def text_of(name: str, file: str) -> str:
    return (EXAMPLES / name / file).read_text(encoding="utf-8")


@cache
def plan_of(name: str) -> Plan:
    return Plan.model_validate(tomllib.loads(text_of(name, "generate.toml")))


def sources_in(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from [each] if key == "source" else sources_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from sources_in(each)


@every_preset
def test_folder_is_in_order_and_filled(name: str) -> None:
    folder = folder_of(name)
    assert folder.proposals
    assert folder.sheets
    assert folder.edition == name


@every_preset
def test_same_seed_fills_it_the_same_way(name: str) -> None:
    assert load(EXAMPLES / name) == folder_of(name)


@every_preset
def test_every_source_carries_its_mark(name: str) -> None:
    for file in ("rulebook.toml", "generate.toml"):
        for source in sources_in(tomllib.loads(text_of(name, file))):
            assert MARK.search(source), source


@every_preset
def test_addresses_of_all_sources_are_listed_once(name: str) -> None:
    listed = ADDRESS.findall(tomllib.loads(text_of(name, "rulebook.toml"))["source"])
    assert len(set(listed)) == len(listed)

    files = [each.read_text(encoding="utf-8") for each in (EXAMPLES / name).iterdir()]
    used = {key for text in files for key in KEY.findall(ADDRESS.sub("", text))}
    assert used == set(listed)


@every_preset
def test_what_is_not_known_is_asked_and_answered_as_an_assumption(name: str) -> None:
    assert text_of(name, "rulebook.toml").count('= "?"') == len(folder_of(name).answers)
    for each in folder_of(name).answers:
        assert each.why.id.startswith("Andaian")
        assert each.why.en.startswith("An assumption")


@every_preset
def test_what_is_generated_says_so(name: str) -> None:
    folder, plan = folder_of(name), plan_of(name)
    known = {each for group in plan.groups for each in group.known}
    assert "rekaan" in folder.play.note.id
    assert "generated" in folder.play.note.en
    assert "peragaan" in folder.rulebook.name.id
    for each in folder.proposals:
        if each.proposal in known:
            assert each.source.startswith(("S", "V"))
        else:
            assert "rekaan" in each.title
            assert each.source == "rekaan / generated"
    reasons = {each.reason for each in folder.decisions} | {each.reason for each in folder.awards}
    assert all("rekaan" in each for each in reasons)
    assert all("rekaan" in each.text for each in folder.rejections)
    assert all(re.fullmatch(r"[^@]+@[a-z0-9-]+\.example", each.email) for each in folder.panel)
    assert all(re.fullmatch(r"[^@]+@[a-z0-9-]+\.example", each.email) for each in folder.agencies)


def steps_of(folder: Folder) -> dict[str, list[Proposal]]:
    """Who came how far, as the rows say it: handed in, admitted, judged in a stage, decided."""
    proposals = {each.proposal: each for each in folder.proposals}
    rejected = {each.proposal for each in folder.rejections}
    steps = {
        "handed-in": list(proposals.values()),
        "admitted": [each for each in proposals.values() if each.proposal not in rejected],
    }
    *before, last = (stage.id for stage in folder.rulebook.stages)
    for stage, following in zip(before, (*before[1:], last), strict=True):
        judged = {each.proposal for each in folder.sheets if each.stage == following}
        steps[stage] = [proposals[each] for each in sorted(judged)]
    steps[last] = [
        proposals[each.proposal]
        for each in folder.decisions
        if each.stage == last and each.advanced and each.proposal
    ]
    return steps


@pytest.mark.parametrize(
    "name", [each for each in PRESETS if each not in ("kipp-umum-2023", "iid-2023")]
)
def test_published_counts_come_out(name: str) -> None:
    steps = steps_of(folder_of(name))
    for told in plan_of(name).published:
        there = steps[told.at]
        if name == "kipp-sulsel-2019" and told.at == "lapangan":
            continue  # by rank alone: the play shows it
        assert len(there) == told.total
        if told.by is None:
            continue
        values = [told.together.get(each.labels[told.by], each.labels[told.by]) for each in there]
        assert Counter(values) == Counter(told.counts)


@pytest.mark.parametrize(
    ("name", "at", "counts", "total"),
    [
        ("kipp-nasional-2019", "admitted", [232, 68, 161, 597, 271], 1329),
        ("kipp-nasional-2019", "usulan", [19, 5, 12, 41, 21, 1], 99),
        ("kipp-nasional-2019", "lapangan", [9, 4, 5, 17, 9, 1], 45),
        ("kipp-nasional-2020", "admitted", [2126, 33, 91], 2250),
        ("kipp-nasional-2020", "usulan", [99, 15], 114),
        ("kipp-nasional-2020", "lapangan", [45, 5], 50),
        ("kipp-nasional-2022", "handed-in", [2299, 155], 2454),
        ("kipp-nasional-2022", "admitted", [1776, 141], 1917),
        ("kipp-nasional-2022", "usulan", [99, 15], 114),
        ("kipp-sulsel-2019", "admitted", [8, 79], 87),
        ("iga-2019", "handed-in", [27, 175, 58], 260),
        ("iga-2019", "indeks", [5, 10, 10, 10, 3, 2], 40),
    ],
)
def test_the_presets_hold_the_published_counts(
    name: str, at: str, counts: list[int], total: int
) -> None:
    told = next(each for each in plan_of(name).published if each.at == at)
    assert sorted(told.counts.values()) == sorted(counts)
    assert told.total == total == sum(counts)


def test_the_45_of_2019_are_from_as_many_institutions_as_published() -> None:
    there = steps_of(folder_of("kipp-nasional-2019"))["lapangan"]
    kinds = {each.agency: each.labels["jenis"] for each in there}
    assert Counter(kinds.values()) == {
        "kementerian": 8,
        "lembaga": 4,
        "provinsi": 5,
        "kabupaten": 16,
        "kota": 9,
        "bumn": 1,
    }


def test_no_institution_of_2021_hands_in_more_than_it_may() -> None:
    folder = folder_of("kipp-nasional-2021")
    for group, most in (("umum", 10), ("replikasi", 5)):
        of_agency = Counter(
            each.agency for each in folder.proposals if each.labels["kelompok"] == group
        )
        assert max(of_agency.values()) <= most


def test_form_of_2023_weighs_100() -> None:
    criteria = folder_of("kipp-umum-2023").rulebook.stage("usulan").criteria
    assert [each.weight for each in criteria] == [10, 15, 5, 30, 20, 5, 15]
    assert sum(each.weight for each in criteria) == 100


def test_index_of_2023_has_the_published_shares() -> None:
    criteria = folder_of("iid-2023").rulebook.stage("indeks").criteria
    most = {each.id: each.weight * each.scale.max for each in criteria}
    whole = sum(most.values())
    of_innovation = sum(most[each.id] for each in criteria if each.per == "part")
    of_region = sum(most[f"i{number:02}"] for number in range(1, 16))

    assert of_innovation == 111
    assert round(100 * of_region / whole, 1) == round(
        100 - 100 * (of_innovation + most["i36"]) / whole, 1
    )
    assert str(round(100 * of_region / whole, 1)) == "25.2"


def test_bands_of_2023() -> None:
    bands = folder_of("iid-2023").rulebook.stage("indeks").bands
    assert [str(each.least) for each in bands] == ["60.01", "35", "0.01", "0"]


def test_real_entries_are_those_of_the_press() -> None:
    real = {
        name: [each for group in plan_of(name).groups for each in group.known] for name in PRESETS
    }
    assert {name: len(each) for name, each in real.items() if each} == {
        "kipp-nasional-2019": 2,
        "kipp-nasional-2022": 8,
        "kipp-sulsel-2019": 10,
        "iga-2019": 2,
    }
    for name, each in real.items():
        there = {row.proposal: row for row in folder_of(name).proposals}
        assert all(there[known].place.path.name == "proposals.csv" for known in each)


def test_real_finalists_reach_the_interview() -> None:
    for name in ("kipp-nasional-2019", "kipp-nasional-2022"):
        known = {each for group in plan_of(name).groups for each in group.known}
        assert known <= {each.proposal for each in steps_of(folder_of(name))["usulan"]}


@every_preset
def test_rulebooks_are_valid_as_published(name: str) -> None:
    rulebook = folder_of(name).rulebook
    assert Rulebook.model_validate(rulebook.published()).digest() == rulebook.digest()
