"""A competition of full size, made in memory: for measuring what a whole play costs."""

from dataclasses import replace

from contracts.rulebook import Words

from sayembara.play.folder import Folder
from sayembara.play.generate import fill_by
from sayembara.play.generate.plan import Bench, Entries, Group, Institutions, Plan
from sayembara.play.tables import Place
from tests.support.editions import agency, made, rulebook

EDITION = "kipp-besar"
PANEL = "tim-evaluasi"
AGENCY_SHARE = 10
"""So many proposals an agency enters."""

STAGE = """
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
    stage = STAGE.replace("{quorum}", str(jurors)) + "".join(
        CRITERION.format(number=number) for number in range(1, criteria + 1)
    )
    text = rulebook(EDITION, "KIPP ukuran penuh (rekaan)", "KIPP of full size (generated)", stage)
    return fill_by(_plan(proposals, jurors, seed), _bare(text))


def _bare(text: str) -> Folder:
    bare = made(EDITION, text, (), ())
    return replace(bare, agencies=(agency(Place(bare.path / "agencies.csv", 1), PANEL),))


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
