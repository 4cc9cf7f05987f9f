"""What a function did, in the words of a calculation, in both languages."""

import pytest
from contracts.formula import MODES, Call, parse
from contracts.functions import FUNCTIONS
from ranking_service.api import languages
from ranking_service.api.languages import LANGUAGES, indonesian
from ranking_service.engine.explain import TELLING, spell
from ranking_service.engine.words import words_for


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("round(a, 2)", "rounded to 2 decimals; a half goes up"),
        ("round(a, 1, up)", "rounded to 1 decimal; any rest goes up"),
        ("round(a, 0, half_even)", "rounded to a whole number; a half goes to the even one"),
        ("mean(mark.a, juror)", "the mean of the jurors"),
        ("sum(part.mark, part)", "the sum of the parts"),
        ("trim(a, juror, 1, 2)", "without the 1 smallest and the 2 greatest of the jurors"),
        ("best(a, part, 3)", "only the 3 greatest of the parts"),
        ("nth(a, group, 2)", "number 2 of the groups, the greatest first"),
        (
            "clamp(a, m - 3, m + 3)",
            "moved to m - 3 where it is below, and to m + 3 where it is above",
        ),
        ("default(a, 0)", "0 stands in where it is absent"),
        ("points(a, [12, 10])", "what the place is worth: 12, 10 from the first on, then nothing"),
        ("weighted(mark)", "the mean over the criteria, each by its weight"),
    ],
)
def test_a_calculation_says_what_was_done(formula: str, words: str) -> None:
    call = parse(formula)

    assert isinstance(call, Call)
    assert words_for(call, spell) == words


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("round(a, 2)", "dibulatkan ke 2 desimal; setengah dibulatkan ke atas"),
        (
            "round(a, 0, half_even)",
            "dibulatkan ke bilangan bulat; setengah dibulatkan ke yang genap",
        ),
        ("mean(mark.a, juror)", "rata-rata dari semua juri"),
        ("trim(a, juror, 1, 2)", "tanpa 1 yang terkecil dan 2 yang terbesar dari semua juri"),
        ("best(a, part, 3)", "hanya 3 yang terbesar dari semua bagian"),
        ("nth(a, group, 2)", "nomor 2 dari semua kelompok juri, mulai dari yang terbesar"),
        ("clamp(a, m - 3, m + 3)", "menjadi m - 3 bila di bawahnya, dan m + 3 bila di atasnya"),
        ("default(a, 0)", "0 menggantikan yang kosong"),
        (
            "points(a, [12, 10])",
            "nilai dari peringkatnya: 12, 10 mulai dari yang pertama, selanjutnya nol",
        ),
        ("weighted(mark)", "rata-rata kriteria, masing-masing menurut bobotnya"),
        ("a * b", "hitungan; kosong bila satu sisi kosong, atau dibagi nol"),
        ("mark.a", ""),
    ],
)
def test_a_calculation_says_it_in_indonesian(formula: str, words: str) -> None:
    assert indonesian(formula) == words


def test_indonesian_has_words_for_all_that_english_has() -> None:
    named = {*languages.OVER, *languages.GIVEN, *languages.PLAIN, "round", "points"}
    assert named == set(FUNCTIONS)
    assert set(languages.MODES) == set(MODES)
    assert set(LANGUAGES["id"].did) == set(TELLING.values())
