"""An edition, small enough to read at once, and what happens in it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.event import Event, Minute
from contracts.outcomes import Refused
from contracts.rulebook import Rulebook
from contracts.submission import Ground
from kit.testing import Given, given
from submission_service.app import SERVICE
from submission_service.handlers import admission, editions, proposals
from submission_service.rules.proposals import Content
from submission_service.rules.rulebook_file import read_rulebook

EDITION = "kipp-uji-2019"
OFFICE = "Bagian Organisasi"
TITLE = "Kebun Sekolah"
MINUTE = Minute(by="Panitia", minute="BA-07/2019", reason="Kuorum tidak tercapai")

TOML = """\
id = "kipp-uji-2019"
name = { id = "KIPP Uji 2019", en = "Trial KIPP 2019" }
tier = "kabupaten"
organiser = "Bagian Organisasi"
source = \"\"\"
two lines,
id = "not a key"
\"\"\"

[intake]
opens_at = 2019-08-01T08:00:00+08:00
closes_at = 2019-09-20T23:59:00+08:00
age_months_min = 12

[[sections]]
id = "ringkasan"
name = { id = "Ringkasan", en = "Summary" }
words_max = 3

[[sections]]
id = "kebaruan"
name.id = "Kebaruan"
name.en = "Novelty"

[[stages]]
id = "presentasi"
name = { id = "Presentasi", en = "Presentation" }

[[stages.criteria]]
id = "kebaruan"
name = { id = "Kebaruan", en = "Novelty" }
weight = 12.10

[[stages.criteria]]
id = "dampak"
name = { id = "Dampak", en = "Impact" }
weight = "15"
scale = { max = 10 }

[[awards]]
id = "top-1"
name = { id = "Top 1", en = "Top 1" }
by = "rank"
stage = "presentasi"
top = 1

[[awards]]
id = "partisipatif"
name = { id = "Partisipatif", en = "Participatory" }
by = "decision"
count = 3
"""

LABELLED = TOML.replace(
    "[[stages]]",
    """\
[[labels]]
id = "kelompok"
name = { id = "Kelompok", en = "Group" }
values = [
  { id = "umum", name = { id = "Umum", en = "General" } },
  { id = "khusus", name = { id = "Khusus", en = "Special" } },
]

[[labels]]
id = "wilayah"
name = { id = "Wilayah", en = "Region" }
values = [{ id = "utara", name = { id = "Utara", en = "North" } }]
optional = true

[[stages]]""",
)

RULEBOOK: Rulebook = read_rulebook(TOML.encode(), EDITION)
OPENS, CLOSES = RULEBOOK.intake.opens_at, RULEBOOK.intake.closes_at
WITHIN = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)
AFTER = CLOSES + timedelta(seconds=1)
SECTIONS = {"ringkasan": "Kebun di sekolah", "kebaruan": "Belum ada yang serupa di sini."}

Command = Callable[[Any], Iterable[Event] | None]


def content(**changed: Any) -> Content:
    values: dict[str, Any] = {
        "title": TITLE,
        "agency": "dinas-pendidikan",
        "innovator": "Camat Sukamaju",
        "started_on": "2018-06-01",
        "sections": SECTIONS,
    }
    return Content.model_validate(values | changed)


def code_of(decide: Callable[[], object]) -> str:
    """The code with which the decision is refused; `-` when it is not."""
    try:
        decide()
    except Refused as refusal:
        return refusal.code
    return "-"


def rulebook(text: str = TOML, edition: str = EDITION) -> Command:
    return lambda store: editions.put_rulebook(store, edition, text.encode())


def opening(store: Any) -> Iterable[Event]:
    return editions.open_edition(store, EDITION)


def agency(store: Any) -> Iterable[Event]:
    return editions.put_agency(store, EDITION, "dinas-pendidikan", "Dinas Pendidikan", "dinas")


def amending(text: str) -> Command:
    return lambda store: editions.amend(store, EDITION, text, MINUTE)


def closing(store: Any) -> Iterable[Event]:
    return editions.close_intake(store, EDITION, OFFICE)


def draft(proposal: str = "p01", **changed: Any) -> Command:
    return lambda store: proposals.save_draft(store, EDITION, proposal, content(**changed))


def submission(proposal: str = "p01") -> Command:
    return lambda store: proposals.hand_in(store, EDITION, proposal)


def withdrawal(proposal: str = "p01") -> Command:
    return lambda store: proposals.withdraw(store, EDITION, proposal, "Salah kirim")


def admitting(proposal: str = "p01") -> Command:
    return lambda store: admission.admit(store, EDITION, proposal, OFFICE)


def rejecting(proposal: str = "p01", *grounds: Ground) -> Command:
    return lambda store: admission.reject(store, EDITION, proposal, OFFICE, grounds)


def disqualifying(proposal: str = "p01") -> Command:
    return lambda store: admission.disqualify(store, EDITION, proposal, OFFICE, "Data palsu")


def opened(text: str = TOML) -> Given:
    """An open edition with one agency, within its intake."""
    return given(SERVICE, now=WITHIN).done(rulebook(text), agency, opening)


def submitted(*ids: str, **changed: Any) -> Given:
    """An open edition in which these were handed in, each with a title of its own."""
    so_far = opened()
    for each in ids:
        so_far.done(draft(each, **{"title": f"{TITLE} {each}"} | changed), submission(each))
    return so_far


def closed(*ids: str, **changed: Any) -> Given:
    """The same, after the intake."""
    return submitted(*ids, **changed).at(AFTER).done(closing)
