"""KIPP Luwu Utara 2019, as files: complete, consistent, honest about what is invented."""

import csv
import re
import tomllib
from collections import Counter
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
EDITION = EXAMPLES / "kipp-luwu-utara-2019"
EXPECTED = Path(__file__).with_name("expected_standings.csv")

TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
CSV_FILES = ("agencies", "proposals", "panel", "sheets", "amendments", "awards")
REAL = {
    "p01": "Kesraku",
    "p02": "Penjaga Jumpa Berlian",
    "p03": "Kampung Donor Darah Penyelamat Jiwa",
    "p04": "Guruku Hebat dengan Smart MGMP",
    "p05": "Melawan Lupa",
    "p06": "Pasar Tani Jumpa Lagi",
    "p07": "Gelisha",
    "p08": "Smart BUMDes",
    "p09": "Sipena",
    "p10": "GIS for E Control",
}
CONFLICTS = {
    ("p02", "camat-sukamaju-selatan"),
    ("p05", "camat-sukamaju-selatan"),
    ("p07", "kepala-dinas-kominfo"),
}

Row = dict[str, str]


def rows_in(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader((line for line in lines if not line.startswith("#")), strict=True))


def comments_in(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.startswith("#"))


RULEBOOK = tomllib.loads((EDITION / "rulebook.toml").read_text(encoding="utf-8"))
PLAY = tomllib.loads((EDITION / "play.toml").read_text(encoding="utf-8"))
TABLES = {name: rows_in(EDITION / f"{name}.csv") for name in CSV_FILES}
STAGE = RULEBOOK["stages"][0]
WEIGHTS = {criterion["id"]: Fraction(criterion["weight"]) for criterion in STAGE["criteria"]}
SECTIONS = [section["id"] for section in RULEBOOK["sections"]]


def column(table: str, name: str) -> list[str]:
    return [row[name] for row in TABLES[table]]


def key(row: Row) -> tuple[str, str, str]:
    return row["stage"], row["proposal"], row["juror"]


@pytest.mark.parametrize("table", CSV_FILES)
def test_every_row_has_just_the_columns_of_its_header(table: str) -> None:
    for row in TABLES[table]:
        assert None not in row
        assert None not in row.values()


def test_headers() -> None:
    marks = list(WEIGHTS)
    assert {name: list(rows[0]) for name, rows in TABLES.items()} == {
        "agencies": ["agency", "name", "kind", "email"],
        "proposals": [
            *("proposal", "title", "agency", "unit", "innovator", "started_on", "source"),
            *SECTIONS,
        ],
        "panel": ["stage", "juror", "office", "agency", "email"],
        "sheets": ["stage", "proposal", "juror", *marks],
        "amendments": ["stage", "proposal", "juror", "reason", *marks],
        "awards": ["award", "proposal", "by", "reason"],
    }


def test_counts() -> None:
    assert {name: len(rows) for name, rows in TABLES.items()} == {
        "agencies": 28,
        "proposals": 27,
        "panel": 6,
        "sheets": 159,
        "amendments": 2,
        "awards": 3,
    }


def test_ten_proposals_are_real_and_the_others_say_that_they_are_not_named() -> None:
    for row in TABLES["proposals"]:
        if row["proposal"] in REAL:
            assert row["title"].startswith(REAL[row["proposal"]])
        else:
            assert row["title"] == f"Inovasi tidak disebut dalam sumber ({row['proposal'][1:]})"
    assert column("proposals", "proposal") == [f"p{number:02d}" for number in range(1, 28)]


def test_ids_are_tokens_and_unique() -> None:
    in_rulebook = [
        [RULEBOOK["id"]],
        SECTIONS,
        [stage["id"] for stage in RULEBOOK["stages"]],
        [criterion["id"] for criterion in STAGE["criteria"]],
        [award["id"] for award in RULEBOOK["awards"]],
    ]
    in_tables = [
        column("agencies", "agency"),
        column("proposals", "proposal"),
        column("panel", "juror"),
    ]
    for ids in in_rulebook + in_tables:
        assert len(set(ids)) == len(ids)
        assert all(TOKEN.fullmatch(each) for each in ids)
    assert RULEBOOK["id"] == EDITION.name


def test_titles_differ() -> None:
    titles = column("proposals", "title")
    assert len(set(titles)) == len(titles)


def test_every_reference_resolves() -> None:
    agencies = set(column("agencies", "agency"))
    proposals = set(column("proposals", "proposal"))
    stages = {stage["id"] for stage in RULEBOOK["stages"]}
    seats = {(row["stage"], row["juror"]) for row in TABLES["panel"]}
    decided = {award["id"] for award in RULEBOOK["awards"] if award["by"] == "decision"}

    assert set(column("proposals", "agency")) | set(column("panel", "agency")) <= agencies
    assert set(column("panel", "stage")) <= stages
    for row in TABLES["sheets"] + TABLES["amendments"]:
        assert (row["stage"], row["juror"]) in seats
        assert row["proposal"] in proposals
    assert {key(row) for row in TABLES["amendments"]} <= {key(row) for row in TABLES["sheets"]}
    assert set(column("awards", "award")) <= decided
    assert set(column("awards", "proposal")) <= proposals
    assert {award["stage"] for award in RULEBOOK["awards"] if award["by"] == "rank"} <= stages


def test_three_conflicts_and_no_sheet_for_them() -> None:
    found = {
        (proposal["proposal"], seat["juror"])
        for proposal in TABLES["proposals"]
        for seat in TABLES["panel"]
        if proposal["agency"] == seat["agency"] or proposal["innovator"] == seat["office"]
    }
    assert found == CONFLICTS

    sheets = Counter((row["proposal"], row["juror"]) for row in TABLES["sheets"])
    everyone = {
        (proposal, juror)
        for proposal in column("proposals", "proposal")
        for juror in column("panel", "juror")
    }
    assert sheets == Counter(everyone - CONFLICTS)


def test_weights_add_to_100() -> None:
    assert list(WEIGHTS.values()) == [10, 15, 5, 30, 20, 5, 15]
    assert sum(WEIGHTS.values()) == 100
    assert ["ringkasan", *WEIGHTS] == SECTIONS


@pytest.mark.parametrize("table", ["sheets", "amendments"])
def test_marks_are_on_the_scale(table: str) -> None:
    for row in TABLES[table]:
        for criterion in STAGE["criteria"]:
            mark, scale = int(row[criterion["id"]]), criterion["scale"]
            assert scale["min"] <= mark <= scale["max"]
            assert (mark - scale["min"]) % scale["step"] == 0


def test_amendments_change_something() -> None:
    before = {key(row): [row[criterion] for criterion in WEIGHTS] for row in TABLES["sheets"]}
    for row in TABLES["amendments"]:
        assert [row[criterion] for criterion in WEIGHTS] != before[key(row)]


def test_what_is_invented_says_so_in_both_languages() -> None:
    for table in ("sheets", "amendments"):
        first, second = comments_in(EDITION / f"{table}.csv").splitlines()[:2]
        assert first.startswith("# REKAAN:")
        assert second.startswith("# INVENTED:")
    for reason in column("amendments", "reason"):
        assert "REKAAN:" in reason
        assert "INVENTED:" in reason
    assert "rekaan" in PLAY["note"]["id"]
    assert "invented" in PLAY["note"]["en"]


def test_every_address_is_of_the_reserved_domain() -> None:
    addresses = [
        *column("agencies", "email"),
        *column("panel", "email"),
        PLAY["secretariat"]["email"],
    ]
    assert all(re.fullmatch(r"[a-z0-9-]+@[a-z-]+\.example", address) for address in addresses)


def test_proposals_are_complete_and_old_enough() -> None:
    closing = RULEBOOK["intake"]["closes_at"].date()
    assert RULEBOOK["intake"]["age_months_min"] == 12
    latest_start = date(closing.year - 1, closing.month, closing.day)
    limits = {section["id"]: section.get("words_max") for section in RULEBOOK["sections"]}
    for row in TABLES["proposals"]:
        assert date.fromisoformat(row["started_on"]) <= latest_start
        for section, words_max in limits.items():
            assert row[section].strip()
            assert words_max is None or len(row[section].split()) <= words_max


def test_the_clock_runs_forward_through_the_parts_of_the_play() -> None:
    intake, clock = RULEBOOK["intake"], PLAY["clock"]
    instants: list[datetime] = [
        intake["opens_at"],
        clock["intake"],
        intake["closes_at"],
        clock["closed"],
        clock["scoring"],
        clock["announced"],
    ]
    assert all(instant.tzinfo for instant in instants)
    assert instants == sorted(set(instants))
    assert clock["announced"].date() == date(2019, 10, 7)


def test_as_many_decided_awards_as_the_rulebook_counts() -> None:
    given = Counter(column("awards", "award"))
    counts = {a["id"]: a["count"] for a in RULEBOOK["awards"] if a["by"] == "decision"}
    assert given == Counter(counts)
    assert set(column("awards", "proposal")) == {"p08", "p09", "p10"}


def scores(*tables: str) -> dict[str, Fraction]:
    """The exact mean of the jurors' weighted scores; a later sheet replaces an earlier one."""
    latest = {key(row): row for table in tables for row in TABLES[table]}
    by_proposal: dict[str, list[Fraction]] = {}
    for row in latest.values():
        total = sum((weight * int(row[c]) for c, weight in WEIGHTS.items()), Fraction(0))
        by_proposal.setdefault(row["proposal"], []).append(total / 100)
    return {proposal: sum(each, Fraction(0)) / len(each) for proposal, each in by_proposal.items()}


def ranked(exact: dict[str, Fraction]) -> list[Row]:
    hundredths = {proposal: int(score * 100 + Fraction(1, 2)) for proposal, score in exact.items()}
    order = sorted(hundredths, key=lambda proposal: (-hundredths[proposal], proposal))
    return [
        {
            "rank": str(1 + sum(other > hundredths[proposal] for other in hundredths.values())),
            "proposal": proposal,
            "score": f"{hundredths[proposal] // 100}.{hundredths[proposal] % 100:02d}",
        }
        for proposal in order
    ]


def first_seven(standings: list[Row]) -> set[str]:
    return {row["proposal"] for row in standings if int(row["rank"]) <= 7}


def test_expected_standings_follow_from_the_sheets() -> None:
    assert ranked(scores("sheets", "amendments")) == rows_in(EXPECTED)


def test_the_field_is_worth_playing() -> None:
    final = rows_in(EXPECTED)
    exact = scores("sheets", "amendments")
    tied = [row["proposal"] for row in final if row["rank"] == "12"]

    assert len(first_seven(final)) == 7
    assert tied == ["p14", "p21"]
    assert exact["p14"] != exact["p21"]  # only the rounding makes them equal
    assert first_seven(ranked(scores("sheets"))) ^ first_seven(final) == {"p17", "p26"}
    assert not first_seven(final) & set(column("awards", "proposal"))


def test_readme_shows_the_digest_of_the_edition_as_it_is() -> None:
    digest = Path(__file__).with_name("expected_digest.txt").read_text().strip()
    shown = re.findall(r"sha256:[0-9a-f]{64}", (EXAMPLES.parent / "README.md").read_text())
    assert shown == [digest]
