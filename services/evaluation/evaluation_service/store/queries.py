"""The parts that evaluation's queries are made of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Label, Row, Table, and_, bindparam, select

from evaluation_service.rules.facts import Entrant, Seat
from evaluation_service.store.tables import (
    closings,
    entries,
    jurors,
    proposals,
    recusals,
    sheets,
)


def where(table: Table, **key: object) -> ColumnElement[bool]:
    """The rows of the table with these values."""
    return and_(*(table.c[name] == value for name, value in key.items()))


def same(left: Table, right: Table, *names: str) -> ColumnElement[bool]:
    """The pairs of rows that agree in these columns."""
    return and_(*(left.c[name] == right.c[name] for name in names))


def has(name: str, table: Table, key: Mapping[str, object]) -> Label[bool]:
    """As `name`, whether the table has the row that the key names, as far as it has its columns."""
    own = {each: value for each, value in key.items() if each in table.primary_key.columns}
    return select(table.c.edition).where(where(table, **own)).exists().label(name)


# Asked for every sheet: made once, because making a query costs as much as asking it.
_ASSIGNMENT: dict[str, object] = {
    name: bindparam(name) for name in ("edition", "stage", "proposal", "juror")
}

DUTY = select(
    has("entered", entries, _ASSIGNMENT),
    has("seated", jurors, _ASSIGNMENT),
    has("recused", recusals, _ASSIGNMENT),
    has("closed", closings, _ASSIGNMENT),
)
"""How it stands between a juror and a proposal, in one query by primary keys."""

LAST_SHEET = (
    select(sheets).where(where(sheets, **_ASSIGNMENT)).order_by(sheets.c.version.desc()).limit(1)
)
"""The version of a sheet that stands."""


def that_counts() -> ColumnElement[bool]:
    """The sheets that count for an entry: every sheet has one first version."""
    recused = select(recusals.c.juror).where(
        same(recusals, sheets, "edition", "stage", "proposal", "juror")
    )
    mine = same(sheets, entries, "edition", "stage", "proposal")
    return and_(mine, sheets.c.version == 1, ~recused.exists())


def assigned() -> FromClause:
    """Every entry before every juror of its stage, with the recusal and the sheet, if any."""
    recused = and_(
        same(recusals, entries, "edition", "stage", "proposal"), same(recusals, jurors, "juror")
    )
    handed_in = and_(
        same(sheets, entries, "edition", "stage", "proposal"),
        same(sheets, jurors, "juror"),
        sheets.c.version == 1,
    )
    return (
        entries.join(proposals, same(proposals, entries, "edition", "proposal"))
        .join(jurors, same(jurors, entries, "edition", "stage"))
        .outerjoin(recusals, recused)
        .outerjoin(sheets, handed_in)
    )


def entrant_of(row: Row[Any]) -> Entrant:
    """The proposal in this row."""
    gone = row.gone_at is not None
    return Entrant(row.proposal, row.agency, row.agency_name, row.innovator, gone)


def seat_of(row: Row[Any]) -> Seat:
    """The seat in this row."""
    return Seat(row.juror, row.office, row.agency)
