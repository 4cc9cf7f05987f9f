"""What the house refuses in a file: each check takes a text and says where and what to do instead.

A check returns findings, so that the same check can be shown to fail on a bad sample
(test_checks.py) and to pass on the project (test_project.py).
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

FUNCTION_LINES_MAX = 40
SOURCE_LINES_MAX = 250
TEST_LINES_MAX = 400
README_LINES_MAX = 25
README_WORDS = ("Owns", "Hears", "Says", "Refuses", "Runs with")

# Written with one letter in brackets, so that this file does not name what it looks for.
_LEFT_FOR_LATER = re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b")
_REGISTRY = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.|npmj[s]\.|docke[r]\.io|ghc[r]\.io|qua[y]\.io|proxy\.golan[g]\."
    r"|crate[s]\.io|conda\.anacond[a]\.|mcr\.microsof[t]\.|--(?:extra-|default-)?inde[x]-url"
)
_MACHINE_PATH = re.compile(r"(?<![\w./:}*-])/(?:root|home|Users|work)/\w")
_SUPPRESSION = re.compile(r"#\s*(?:type:\s*ignore|noqa|pragma: no)")
_REASONED = re.compile(
    r"#\s*(?:type:\s*ignore\[[\w, -]+\]|noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|pragma: no \w+)"
    r"\s*(?:#|-|:)\s*\w+"
)


def parsed(source: str) -> ast.Module:
    """The syntax tree of a source."""
    try:
        return ast.parse(source)
    except SystemError:
        # CPython 3.11 sometimes miscounts how deep it is, when it is interrupted meanwhile.
        return ast.parse(source)


def long_functions(source: str) -> Iterator[str]:
    """Functions over the budget."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield (
                    f"{node.lineno}: {node.name} has {lines} lines of {FUNCTION_LINES_MAX}:"
                    " give a step of it a name of its own"
                )


def long_file(source: str, lines_max: int = SOURCE_LINES_MAX) -> Iterator[str]:
    """A file over the budget."""
    lines = len(source.splitlines())
    if lines > lines_max:
        yield f"{lines} lines of {lines_max}: make it a package of the same name"


def long_test_file(source: str) -> Iterator[str]:
    """A file of tests over its larger budget."""
    yield from long_file(source, TEST_LINES_MAX)


def left_for_later(text: str) -> Iterator[str]:
    """Notes to do something later."""
    yield from _matches(_LEFT_FOR_LATER, text, "do it now, or open an issue and leave no mark here")


def registry_hosts(text: str) -> Iterator[str]:
    """Hosts that a package or an image would be fetched from."""
    yield from _matches(_REGISTRY, text, "where packages come from is the machine's own setting")


def machine_paths(text: str) -> Iterator[str]:
    """Absolute paths that exist on one machine only."""
    yield from _matches(_MACHINE_PATH, text, "write a path that is relative to the project")


def unexplained_suppressions(source: str) -> Iterator[str]:
    """Checks switched off without saying which one and why."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not _SUPPRESSION.search(token.string):
            continue
        if not _REASONED.search(token.string):
            yield (
                f"{token.start[0]}: {token.string!r} needs its code and its reason,"
                " as in `# noqa: E501  # a table reads better whole`"
            )


def swallowed_errors(source: str) -> Iterator[str]:
    """Handlers of exceptions that do nothing at all."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ExceptHandler) and all(map(_does_nothing, node.body)):
            yield (
                f"{node.lineno}: an error is swallowed: handle it, let it pass on,"
                " or say `with suppress(TheError):` and why"
            )


def binary_floats(source: str) -> Iterator[str]:
    """Binary floating point: literals, conversions, annotations, and functions of `math`."""
    for node in ast.walk(parsed(source)):
        match node:
            case ast.Constant(value=float()):
                yield f"{node.lineno}: {node.value!r} is a binary float: use Decimal or Fraction"
            case ast.Call(func=ast.Name(id="float")):
                yield f"{node.lineno}: float() loses digits: use Decimal or Fraction"
            case ast.Attribute(value=ast.Name(id="math")) | ast.ImportFrom(module="math"):
                yield f"{node.lineno}: math knows only binary floats: use Fraction or whole numbers"
            case (
                ast.AnnAssign(annotation=ast.expr() as said)
                | ast.arg(annotation=ast.expr() as said)
            ):
                yield from _float_in(said)
            case ast.FunctionDef(returns=ast.expr() as said):
                yield from _float_in(said)


def broker_constructions(source: str) -> Iterator[str]:
    """Brokers made by hand."""
    for node in _calls(source, "NatsBroker"):
        yield f"{node.lineno}: kit.broker makes the broker, with the settings that are safe"


def publications(source: str) -> Iterator[str]:
    """Events published past the outbox."""
    for node in _calls(source, "publish"):
        if isinstance(node.func, ast.Attribute):
            yield f"{node.lineno}: return the event from the handler; the outbox publishes it"


def incomplete_readme(text: str) -> Iterator[str]:
    """What a service's README does not say, or says at too great length."""
    lines = len(text.splitlines())
    if lines > README_LINES_MAX:
        yield f"{lines} lines of {README_LINES_MAX}: a README is the service at a glance"
    for word in README_WORDS:
        if word not in text:
            yield f"does not say what the service {word.lower()} (the word {word!r} is missing)"


def _calls(source: str, called: str) -> Iterator[ast.Call]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call):
            said = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if said == called:
                yield node


def _float_in(annotation: ast.expr) -> Iterator[str]:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Name) and node.id == "float":
            yield f"{node.lineno}: a score is never a float: use Decimal or Fraction"


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _matches(pattern: re.Pattern[str], text: str, remedy: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if found := pattern.search(line):
            yield f"{number}: {found.group()!r}: {remedy}"
