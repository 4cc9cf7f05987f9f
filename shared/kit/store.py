"""What a handler is given: its service's tables inside one transaction, and the moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection


@dataclass
class Store:
    """A service's tables and queries inside one transaction.

    `now` is the service's clock when the transaction began (UTC). `position` is the place on the
    log of the last message that the service took, the one being handled included.
    """

    connection: Connection
    now: datetime
    position: int = 0
