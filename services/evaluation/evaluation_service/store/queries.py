"""The parts that evaluation's queries are made of."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
)

from evaluation_service.rules.facts import Entrant, Seat
from evaluation_service.store.tables import (
    closings,
    entries,
    jurors,
    proposals,
    recusals,
    sheets,
)

STATEMENTS_MAX = 100


def where(table: Table, **key: object) -> ColumnElement[bool]:
    """The rows of the table with these values."""
    return and_(*(table.c[name] == value for name, value in key.items()))


@lru_cache(maxsize=STATEMENTS_MAX)
def row_at(table: Table, names: tuple[str, ...]) -> Select[Any]:
    """The rows with these columns as given: made once, as making it costs as much as asking."""
    return select(table).where(where(table, **{name: bindparam(name) for name in names}))


def same(left: Table, right: Table, *names: str) -> ColumnElement[bool]:
    """The pairs of rows that agree in these columns."""
    return and_(*(left.c[name] == right.c[name] for name in names))


def has(name: str, table: Table, key: Mapping[str, object]) -> Label[bool]:
    """As `name`, whether the table has the row that the key names, as far as it has its columns."""
    own = {each: value for each, value in key.items() if each in table.primary_key.columns}
    return select(table.c.edition).where(where(table, **own)).exists().label(name)


# Asked for every sheet: made once, because making a query costs as much as asking it.
_ASSIGNMENT: dict[str, object] = {
    name: bindparam(name) for name in ("edition", "stage", "proposal", "juror", "part")
}
_SEAT = {name: _ASSIGNMENT[name] for name in ("edition", "stage", "juror")}

_LAST_SHEET = (
    select(sheets.c.version, sheets.c.marks)
    .where(where(sheets, **_ASSIGNMENT))
    .order_by(sheets.c.version.desc())
    .limit(1)
    .subquery()
)

DUTY = select(
    has("entered", entries, _ASSIGNMENT),
    select(jurors.c.panel).where(where(jurors, **_SEAT)).scalar_subquery().label("panel"),
    has("recused", recusals, _ASSIGNMENT),
    has("closed", closings, _ASSIGNMENT),
    _LAST_SHEET.c.version,
    _LAST_SHEET.c.marks,
).select_from(select(literal(1)).subquery().outerjoin(_LAST_SHEET, true()))
"""How it stands between a juror and a proposal, and the version of the sheet that stands, if any,
in one query by primary keys. The panel is NULL without a seat."""


def _together(table: Table, *more: ColumnElement[Any]) -> Select[Any]:
    names = [each for each in ("proposal", "juror") if each in table.c]
    query = select(table.c.stage, *(table.c[each] for each in names), *more).where(
        table.c.edition == bindparam("edition"), table.c.stage == bindparam("stage")
    )
    for each in names:
        query = query.where(table.c[each].in_(bindparam(f"{each}s", expanding=True)))
    return query


DUTIES = tuple(_together(each) for each in (entries, recusals, closings))
"""The same for these proposals and jurors of a stage: the stage, and which of them are there."""

SEATED = _together(jurors, jurors.c.panel)
"""These jurors of a stage, each with its panel."""

LAST_SHEETS = _together(sheets, sheets.c.part, sheets.c.version, sheets.c.marks).order_by(
    sheets.c.version
)
"""Every version of these jurors' sheets of these proposals, the one that stands last."""


def _recused() -> ColumnElement[bool]:
    mine = same(recusals, sheets, "edition", "stage", "proposal", "juror")
    return select(recusals.c.juror).where(mine).exists()


STANDING = (
    select(sheets.c.proposal, sheets.c.juror, sheets.c.part, sheets.c.marks)
    .select_from(entries.join(sheets, same(sheets, entries, "edition", "stage", "proposal")))
    .where(
        entries.c.edition == bindparam("edition"),
        entries.c.stage == bindparam("stage"),
        sheets.c.juror.in_(bindparam("jurors", expanding=True)),
        ~_recused(),
    )
    .order_by(sheets.c.version)
)
"""Every version of the sheets of these jurors that count in a stage, the one that stands last."""


def counting() -> Select[Any]:
    """How many jurors of each panel have a sheet that counts, for every entry.

    Every sheet has one first version; a juror may have a sheet for each part.
    """
    mine = same(sheets, entries, "edition", "stage", "proposal")
    that_counts = and_(mine, sheets.c.version == 1, ~_recused())
    seat = same(jurors, sheets, "edition", "stage", "juror")
    return (
        select(entries.c.proposal, jurors.c.panel, func.count(sheets.c.juror.distinct()).label("n"))
        .select_from(entries.outerjoin(sheets, that_counts).outerjoin(jurors, seat))
        .group_by(entries.c.proposal, jurors.c.panel)
    )


def assigned() -> Select[Any]:
    """Every entry before every juror of its stage: the recusal, and whether a sheet is there."""
    recused = and_(
        same(recusals, entries, "edition", "stage", "proposal"), same(recusals, jurors, "juror")
    )
    theirs = and_(
        same(sheets, entries, "edition", "stage", "proposal"), same(sheets, jurors, "juror")
    )
    return select(
        entries.c.proposal,
        proposals.c.title,
        jurors.c.juror,
        jurors.c.panel,
        recusals.c.juror.is_not(None).label("recused"),
        select(sheets.c.juror).where(theirs).exists().label("handed_in"),
    ).select_from(
        entries.join(proposals, same(proposals, entries, "edition", "proposal"))
        .join(jurors, same(jurors, entries, "edition", "stage"))
        .outerjoin(recusals, recused)
    )


def entrant_of(row: Row[Any]) -> Entrant:
    """The proposal in this row."""
    gone = row.gone_at is not None
    return Entrant(row.proposal, row.agency, row.agency_name, row.innovator, gone)


def seat_of(row: Row[Any]) -> Seat:
    """The seat in this row."""
    return Seat(row.juror, row.office, row.agency, row.panel or None)
