"""A small edition that has one of everything that a folder can say."""

from pathlib import Path

from tests.support.editions import rulebook

RULEBOOK = rulebook(
    "lomba",
    "Lomba",
    "Competition",
    """\
[[labels]]
id = "kelompok"
name = { id = "Kelompok", en = "Group" }
values = [
  { id = "umum", name = { id = "Umum", en = "General" } },
  { id = "replikasi", name = { id = "Replikasi", en = "Replication" } },
]

[[labels]]
id = "wilayah"
name = { id = "Wilayah", en = "Region" }
optional = true
values = [{ id = "timur", name = { id = "Timur", en = "East" } }]

[[stages]]
id = "meja"
name = { id = "Meja", en = "Desk" }
parts = ["satu", "dua"]
cut = { top = 2, limits = [{ id = "rep", where = { kelompok = "replikasi" }, at_most = 1 }] }
decision = "panel"
steps = [
  { id = "part_mark", formula = "mean(mark.mutu, juror)" },
  { id = "look", formula = "default(mean(mark.tampil, juror), 0)" },
  { id = "liked", formula = "mean(panel.publik.mark.suka, juror)" },
  { id = "score", formula = "round(sum(part_mark, part) + look + liked, 1)" },
]

[[stages.panels]]
id = "juri"
name = { id = "Juri", en = "Jury" }

[[stages.panels]]
id = "publik"
name = { id = "Publik", en = "Public" }

[[stages.criteria]]
id = "mutu"
name = { id = "Mutu", en = "Quality" }
weight = "?"
panel = "juri"
per = "part"
scale = { min = 1, max = "?" }

[[stages.criteria]]
id = "tampil"
name = { id = "Tampilan", en = "Look" }
panel = "juri"
optional = true

[[stages.criteria]]
id = "suka"
name = { id = "Suka", en = "Liking" }
panel = "publik"

[[stages]]
id = "final"
name = { id = "Final", en = "Final" }
steps = [{ id = "score", formula = "round(10 - mean(mark.urutan, juror), 0)" }]
bands = [
  { id = "baik", name = { id = "Baik", en = "Good" }, least = 9 },
  { id = "cukup", name = { id = "Cukup", en = "Fair" } },
]
source = "?"

[[stages.criteria]]
id = "urutan"
name = { id = "Urutan", en = "Order" }
unique = true
scale = { min = 1, max = 9 }

[[awards]]
by = "band"
id = "baik"
name = { id = "Baik", en = "Good" }
stage = "final"
band = "baik"
""",
)

PLAY = """
note = { id = "Rekaan", en = "Invented" }
[secretariat]
office = "Sekretariat"
email = "sekretariat@lomba.example"
[clock]
intake = 2019-09-02T09:00:00+08:00
closed = 2019-09-23T08:00:00+08:00
scoring = 2019-10-02T09:00:00+08:00
announced = 2019-10-07T10:00:00+08:00
"""

ANSWERS = """
[[answers]]
at = "stages.meja.criteria.mutu.weight"
value = 1.50
why = { id = "Andaian", en = "Assumed" }
[[answers]]
at = "stages.meja.criteria.mutu.scale.max"
value = 10
why = { id = "Lazim", en = "Common" }
"""

TABLES = {
    "agencies": """
agency,name,kind,email
dinas-a,Dinas A,dinas,a@lomba.example
kementerian-b,Kementerian B,kementerian,b@lomba.example
bappeda,Bappeda,badan,c@lomba.example
""",
    "proposals": """
proposal,title,agency,unit,innovator,started_on,source,program,kelompok,wilayah
p1,Satu,dinas-a,,,2018-01-01,,Isi,umum,timur
p2,Dua,dinas-a,,,2018-01-01,,Isi,replikasi,
p3,Tiga,kementerian-b,,,2018-01-01,,Isi,replikasi,
p4,Empat,kementerian-b,,,2018-01-01,,Isi,umum,
""",
    "rejections": """
proposal,code,text
p4,incomplete,Lampiran tidak ada
p4,other,Bukan pelayanan publik
""",
    "panel": """
stage,juror,office,agency,email,panel
meja,juri-1,Juri 1,bappeda,d@lomba.example,juri
meja,juri-2,Juri 2,bappeda,e@lomba.example,juri
meja,publik-1,Publik 1,bappeda,f@lomba.example,publik
final,juri-1,Juri 1,bappeda,d@lomba.example,
""",
    "recusals": """
stage,proposal,juror,reason
meja,p3,juri-2,Pernah membimbing
""",
    "sheets": """
stage,proposal,juror,part,mutu,tampil,suka,urutan
meja,p1,juri-1,satu,8,,,
meja,p1,juri-1,dua,7,,,
meja,p1,juri-1,,,5,,
meja,p1,juri-2,satu,9,,,
meja,p2,juri-1,satu,6,,,
meja,p2,juri-2,satu,6,,,
meja,p3,juri-1,satu,6,,,
meja,p1,publik-1,,,,40,
meja,p2,publik-1,,,,60,
meja,p3,publik-1,,,,40,
final,p1,juri-1,,,,,2
final,p3,juri-1,,,,,1
""",
    "amendments": """
stage,proposal,juror,part,reason,mutu,tampil,suka,urutan
meja,p3,juri-1,satu,Salah tulis,7,,,
""",
    "decisions": """
stage,by,minute,reason,proposal,rank,advanced
meja,Panel,BA-1,Keterwakilan,p1,,yes
meja,Panel,BA-1,Keterwakilan,p3,,yes
meja,Panel,BA-1,Keterwakilan,p2,,no
""",
}


def write_edition(parent: Path, edition: str = "lomba") -> Path:
    """The folder, written below `parent`."""
    folder = parent / edition
    folder.mkdir()
    text = RULEBOOK.replace('id = "lomba"', f'id = "{edition}"')
    texts = {"rulebook.toml": text, "play.toml": PLAY, "answers.toml": ANSWERS}
    texts |= {f"{name}.csv": text for name, text in TABLES.items()}
    for name, text in texts.items():
        (folder / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return folder
