"""The rulebook file for the person who writes it: what is wrong, unknown, and doubtful."""

from collections.abc import Iterator
from pathlib import Path

from contracts.outcomes import Invalid
from contracts.rulebook import Rulebook
from rich.console import Console
from rich.markup import escape
from submission_service.rules.rulebook_file import read_rulebook
from submission_service.rules.toml_lines import line_of, lines_of

from sayembara.doubts import doubts
from sayembara.play.answers import Question, answered, questions, read_answers
from sayembara.play.tables import read_text
from sayembara.trouble import Trouble


def check(console: Console, file: Path) -> None:
    """Tell every mistake and open question with its line, and what is doubtful.

    Trouble when there is a mistake or a question. With an `answers.toml` beside it that answers
    the questions, the rest of the file is looked at as well.
    """
    content = _content(file)
    asked = _questions(content)
    answers = read_answers(file.with_name("answers.toml")) if asked else ()
    if answers:
        content = answered(file, read_text(file), answers).encode()
    try:
        rulebook = read_rulebook(content)
    except Invalid as error:
        raise _trouble(file, error.text.splitlines(), asked) from error
    _tell_doubts(console, file, rulebook)
    if asked:
        raise _trouble(file, [], asked)
    stages = ", ".join(each.id for each in rulebook.stages)
    console.print(f"{file}: '{rulebook.id}' is in order; stages: {stages}", soft_wrap=True)
    console.print(f"rulebook digest: {rulebook.digest()}", soft_wrap=True, highlight=False)


def _tell_doubts(console: Console, file: Path, rulebook: Rulebook) -> None:
    lines = lines_of(read_text(file))
    for path, doubt in doubts(rulebook):
        told = f"{file}:{line_of(path, lines)}: {doubt}"
        console.print(escape(told), soft_wrap=True, highlight=False, style="yellow")


def read(file: Path) -> Rulebook:
    """The rulebook in that file; Trouble, with every mistake and its line, when it has any."""
    content = _content(file)
    try:
        return read_rulebook(content)
    except Invalid as error:
        raise _trouble(file, error.text.splitlines(), _questions(content)) from error


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Trouble(f"{file}: {error.strerror}") from error


def _questions(content: bytes) -> list[Question]:
    return questions(content.decode("utf-8-sig", errors="replace"))


def _trouble(file: Path, mistakes: list[str], asked: list[Question]) -> Trouble:
    # A question mark is no number: each is found once more as a mistake.
    wrong = [each for each in mistakes if not any(_is_of(each, question) for question in asked)]
    told = [each.replace("line ", f"{file}:", 1) for each in wrong]
    told += [f"{file}:{each.line}: {each.at}: {OPEN}" for each in asked]
    counts = ", ".join(_counts(len(wrong), len(asked)))
    return Trouble("\n".join([counts, *told]))


OPEN = "is not known yet: the organiser must say it"


def _is_of(mistake: str, question: Question) -> bool:
    return f": {question.spelled()}: " in mistake


def _counts(wrong: int, asked: int) -> Iterator[str]:
    if wrong:
        yield f"{wrong} to correct"
    if asked:
        yield f"{asked} not known"
