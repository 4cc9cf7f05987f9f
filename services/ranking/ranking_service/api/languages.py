"""The languages of a calculation: English as the engine says it, Indonesian in words of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.formula import Call, Node, Number, Table, parse
from contracts.functions import axes_named

from ranking_service.engine.explain import Explained, spell

Language = Literal["id", "en"]

AXES = {
    "group": "kelompok juri",
    "juror": "juri",
    "part": "bagian",
    "criterion": "kriteria",
}
OVER = {
    "sum": "jumlah dari semua {}",
    "mean": "rata-rata dari semua {}",
    "median": "nilai tengah dari semua {}",
    "max": "yang terbesar dari semua {}",
    "min": "yang terkecil dari semua {}",
    "count": "banyaknya {} yang nilainya ada dan bukan 0",
}
PLAIN = {
    **dict.fromkeys(
        ("+", "-", "*", "/", "**"), "hitungan; kosong bila satu sisi kosong, atau dibagi nol"
    ),
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "and", "or"), "1 bila benar, 0 bila tidak"),
    "not": "1 untuk 0, dan 0 untuk semua yang lain",
    "negative": "dengan tanda sebaliknya",
    "abs": "tanpa tandanya",
    "least": "yang lebih kecil dari keduanya",
    "greatest": "yang lebih besar dari keduanya",
    "when": "yang kedua bila yang pertama bukan 0, selain itu yang ketiga",
    "weighted": "rata-rata kriteria, masing-masing menurut bobotnya",
    "rank": "peringkatnya di antara semua proposal: 1 untuk yang terbesar",
    "rank_up": "peringkatnya di antara semua proposal: 1 untuk yang terkecil",
    "top": "yang terbesar dari semua proposal",
}
GIVEN = {
    "trim": "tanpa {2} yang terkecil dan {3} yang terbesar dari semua {axis}",
    "best": "hanya {2} yang terbesar dari semua {axis}",
    "nth": "nomor {2} dari semua {axis}, mulai dari yang terbesar",
    "clamp": "menjadi {1} bila di bawahnya, dan {2} bila di atasnya",
    "default": "{1} menggantikan yang kosong",
}
MODES = {
    "half_up": "setengah dibulatkan ke atas",
    "half_even": "setengah dibulatkan ke yang genap",
    "down": "sisanya dipotong",
    "up": "sisa berapa pun dibulatkan ke atas",
}


@dataclass(frozen=True)
class Wording:
    """What a language says of a formula, and of the numbers that it left out, moved or filled in.

    `juror` and `group` are how an applicant reads of one, with its number; `whole` is a result
    that is of no juror, part or criterion.
    """

    does: Callable[[Explained], str]
    did: Mapping[str, str]
    juror: str
    group: str
    changed: str
    whole: str


def indonesian(text: str) -> str:
    """What the outermost function of this formula does; nothing where there is none."""
    call = parse(text)
    if not isinstance(call, Call):
        return ""
    if call.function in OVER:
        return OVER[call.function].format(_axis(call))
    if call.function in GIVEN:
        axis = _axis(call) if axes_named(call) else ""
        return GIVEN[call.function].format(*map(spell, call.given), axis=axis)
    if call.function == "round":
        return _rounded(call.given)
    return _points(call.given) if call.function == "points" else PLAIN[call.function]


def _axis(call: Call) -> str:
    return AXES[str(axes_named(call)[0])]


def _rounded(given: Sequence[Node]) -> str:
    _, places, *mode = given
    assert isinstance(places, Number)
    to = f"{places.value} desimal" if places.value else "bilangan bulat"
    return f"dibulatkan ke {to}; {MODES[str(mode[0]) if mode else 'half_up']}"


def _points(given: Sequence[Node]) -> str:
    assert isinstance(given[1], Table)
    worth = ", ".join(map(str, given[1].values))
    return f"nilai dari peringkatnya: {worth} mulai dari yang pertama, selanjutnya nol"


LANGUAGES: Mapping[Language, Wording] = {
    "en": Wording(
        does=lambda explained: explained.words,
        did={},
        juror="juror {}",
        group="group {}",
        changed="{} to {}",
        whole="it",
    ),
    "id": Wording(
        does=lambda explained: indonesian(explained.text),
        did={"left out": "tidak dihitung", "moved": "diubah", "filled in": "diisi"},
        juror="juri {}",
        group="kelompok {}",
        changed="{} menjadi {}",
        whole="nilainya",
    ),
}
