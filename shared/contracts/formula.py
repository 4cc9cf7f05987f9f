"""Formulas of a rulebook: arithmetic on named values, as in a spreadsheet, but exact.

A value is one number, or one for each juror or criterion, for each part of a proposal or group of
jurors: these are the axes. What a formula gives has the axes of what it is made of, less the one
that it works over: there is one `mean(mark, juror)` for each criterion.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Axis = Literal["group", "juror", "part", "criterion"]
AXES: tuple[Axis, ...] = ("group", "juror", "part", "criterion")
"""In this order they stand wherever several stand together."""

MODES = ("half_up", "half_even", "down", "up")
LENGTH_MAX = 1000
DEPTH_MAX = 50
"""How deep things stand in things; a sum of so many terms is so deep as well."""

_SIGNS = re.compile(r"[^a-zA-Z0-9_\s.,()\[\]<>=!+*/-]|[^\x00-\x7f]")
"""What never stands in a formula: quotation marks, comments, braces, letters beyond a to z."""


class FormulaError(ValueError):
    """What is wrong with a formula, and from which column on (counted from 1)."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(f"column {column}: {text}")
        self.text = text
        self.column = column


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    value: Decimal
    column: int


@dataclass(frozen=True)
class Table:
    """Numbers in brackets: what the first, the second, ... place is worth."""

    values: tuple[Decimal, ...]
    column: int


@dataclass(frozen=True)
class Name:
    """A value by its name; `stage.desk.score` has three parts."""

    path: tuple[str, ...]
    column: int

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True)
class Call:
    """A function, or an operator, of what it is given."""

    function: str
    given: tuple["Node", ...]
    column: int


Node = Number | Table | Name | Call

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.And: "and",
    ast.Or: "or",
}


def parse(text: str) -> Node:
    """The formula in this text; FormulaError when it is none."""
    if len(text) > LENGTH_MAX:
        raise FormulaError(f"a formula has at most {LENGTH_MAX} characters: use steps", LENGTH_MAX)
    if found := _SIGNS.search(text):
        raise FormulaError(f"{found[0]!r} never stands in a formula", found.start() + 1)
    # On one line without leading blanks, as Python wants it; every column stays as it is.
    line = re.sub(r"\s", " ", text)
    reader = _Reader(line.lstrip(" "), len(line) - len(line.lstrip(" ")))
    return reader.read(reader.tree())


def names_in(node: Node) -> Iterator[Name]:
    """Every name in the formula, axes and modes of rounding included."""
    if isinstance(node, Name):
        yield node
    elif isinstance(node, Call):
        for each in node.given:
            yield from names_in(each)


class _Reader:
    def __init__(self, text: str, indent: int) -> None:
        self.text = text
        self.indent = indent
        self.depth = 0

    def tree(self) -> ast.expr:
        try:
            return ast.parse(self.text, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            # Python says 0, or nothing, where the text ends too early.
            column = getattr(error, "offset", None) or len(self.text) + 1
            text = "this cannot be read as a formula"
            raise FormulaError(text, self.indent + column) from error

    def read(self, node: ast.expr) -> Node:
        match node:
            case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return Number(self._number(node), self._column(node))
            case ast.List(elts=items):
                return Table(tuple(self._number(each) for each in items), self._column(node))
            case ast.Name() | ast.Attribute():
                return Name(self._path(node), self._column(node))
            case ast.Call(func=ast.Name(id=function), args=given, keywords=[]):
                return self._call(function, given, node)
        return self._operation(node)

    def _column(self, node: ast.expr) -> int:
        return self.indent + node.col_offset + 1

    def _operation(self, node: ast.expr) -> Node:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return self._call(OPERATORS[type(op)], [left, right], node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._call("negative", [operand], node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self._call("not", [operand], node)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in OPERATORS:
                return self._call(OPERATORS[type(op)], [left, right], node)
            case ast.BoolOp(op=op, values=[*before, last]):
                left = before[0] if len(before) == 1 else ast.BoolOp(op, before)
                ast.copy_location(left, before[0])
                return self._call(OPERATORS[type(op)], [left, last], node)
        raise FormulaError("this is no part of a formula", self._column(node))

    def _call(self, function: str, given: Sequence[ast.expr], node: ast.expr) -> Call:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            text = f"more than {DEPTH_MAX} things stand in each other here: use steps"
            raise FormulaError(text, self._column(node))
        found = Call(function, tuple(self.read(each) for each in given), self._column(node))
        self.depth -= 1
        return found

    def _path(self, node: ast.expr) -> tuple[str, ...]:
        last: list[str] = []
        while isinstance(node, ast.Attribute):
            last.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise FormulaError("a name is words with points between them", self._column(node))
        return (node.id, *last)

    def _number(self, node: ast.expr) -> Decimal:
        # From the text as it stands: what Python has read of it is a binary fraction.
        sign = ""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, node = "-", node.operand
        written = self.text[node.col_offset : node.end_col_offset]
        digits = written.replace(".", "", 1)
        if not (digits.isdigit() and len(digits) <= 20):
            text = "a number is at most 20 digits with at most one point"
            raise FormulaError(text, self._column(node))
        return Decimal(f"{sign}{written}")
