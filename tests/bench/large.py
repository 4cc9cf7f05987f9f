"""A competition of full size, made in memory: for measuring what a whole play costs."""

from datetime import UTC, datetime
from pathlib import Path

from contracts.rulebook import Words
from submission_service.rules.rulebook_file import read_rulebook

from sayembara.play.files import Agency, Moments, Play, Secretariat
from sayembara.play.folder import Folder
from sayembara.play.generate import fill_by
from sayembara.play.generate.plan import Bench, Entries, Group, Institutions, Plan
from sayembara.play.tables import Place

EDITION = "kipp-besar"
PANEL = "tim-evaluasi"
AGENCY_SHARE = 10
"""So many proposals an agency enters."""

HEAD = """
id = "kipp-besar"
name = { id = "KIPP ukuran penuh (rekaan)", en = "KIPP of full size (generated)" }
tier = "nasional"
organiser = "Sekretariat rekaan"

[intake]
opens_at = 2022-03-16T08:00:00+07:00
closes_at = 2022-04-16T12:00:00+07:00

[[sections]]
id = "ringkasan"
name = { id = "Ringkasan", en = "Summary" }

[[stages]]
id = "usulan"
name = { id = "Penilaian proposal", en = "Proposal scoring" }
quorum = {quorum}
cut = 99
"""

CRITERION = """
[[stages.criteria]]
id = "unsur-{number}"
name = {{ id = "Unsur {number}", en = "Element {number}" }}
weight = {number}
"""


def kipp(proposals: int = 3500, jurors: int = 6, criteria: int = 8, seed: int = 2022) -> Folder:
    """A generated edition: so many proposals, each marked by so many jurors on each criterion."""
    text = HEAD.replace("{quorum}", str(jurors)) + "".join(
        CRITERION.format(number=number) for number in range(1, criteria + 1)
    )
    return fill_by(_plan(proposals, jurors, seed), _bare(text))


def _bare(text: str) -> Folder:
    path = Path(EDITION)
    return Folder(
        path=path,
        rulebook_text=text,
        rulebook=read_rulebook(text.encode(), EDITION),
        play=_play(),
        agencies=(
            Agency(
                place=Place(path / "agencies.csv", 1),
                agency=PANEL,
                name="Tim Evaluasi rekaan",
                kind="lembaga",
                email="tim-evaluasi@rekaan.example",
            ),
        ),
        proposals=(),
        panel=(),
        sheets=(),
        amendments=(),
        awards=(),
    )


def _play() -> Play:
    return Play(
        note=Words(id="Edisi rekaan berukuran penuh.", en="A generated edition of full size."),
        secretariat=Secretariat(office="Sekretariat rekaan", email="sekretariat@rekaan.example"),
        clock=Moments(
            intake=datetime(2022, 4, 1, 2, tzinfo=UTC),
            closed=datetime(2022, 4, 18, 1, tzinfo=UTC),
            scoring=datetime(2022, 5, 10, 1, tzinfo=UTC),
            announced=datetime(2022, 9, 1, 3, tzinfo=UTC),
        ),
    )


def _plan(proposals: int, jurors: int, seed: int) -> Plan:
    agencies = max(1, proposals // AGENCY_SHARE)
    return Plan(
        seed=seed,
        note=Words(id="Semuanya rekaan.", en="All of it is generated."),
        entries=Entries(prefix="r", title="Inovasi rekaan {number}", text="Isi rekaan."),
        institutions=(Institutions(kind="kabupaten", name="Kabupaten rekaan", count=agencies),),
        groups=(Group(id="umum", handed_in=proposals, admitted=proposals),),
        benches=(
            Bench(
                stage="usulan",
                juror="te",
                office="Anggota Tim Evaluasi rekaan",
                agency=PANEL,
                seats=2 * jurors,
                each=jurors,
            ),
        ),
    )
