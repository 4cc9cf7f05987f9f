"""What of a service's store does not follow from the log, and is carried over to a rebuilt one."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table


@dataclass(frozen=True)
class Kept:
    """Rows, or columns of rows, that no event tells; `because` says why they are on no log.

    Without `columns` whole rows are kept: all of the table, or those for which `only` holds. With
    them the other columns are made from the log, and these are carried over to the same keys.
    """

    table: Table
    because: str
    columns: tuple[str, ...] = ()
    only: Callable[[Table], ColumnElement[bool]] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the table is made from the log."""
        return not self.columns and self.only is None
