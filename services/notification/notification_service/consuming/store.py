"""Who may consume events, and might once."""

from typing import Any

from contracts.consumers import ConsumerAdded
from contracts.ids import Token
from kit.store import Store
from sqlalchemy import Row, func, select, update

from notification_service.tables import consumers


class ConsumerStore(Store):
    """The consumers inside one transaction."""

    def keep_consumer(self, added: ConsumerAdded) -> None:
        """Keep one that was added, instead of a revoked one of that name."""
        kept = set(consumers.c.keys()) - {"events", "revoked"}
        row = {**added.model_dump(include=kept), "events": " ".join(added.events)}
        self.put(consumers, [row | {"revoked": False}])

    def change_consumer(self, consumer: Token, **values: object) -> None:
        """Write what became of a consumer."""
        self.connection.execute(update(consumers).filter_by(consumer=consumer).values(values))

    def consumer(self, consumer: Token) -> Row[Any] | None:
        """The consumer of that name, revoked or not; None when there never was one."""
        query = select(consumers).filter_by(consumer=consumer)
        return self.connection.execute(query).one_or_none()

    def consumers(self) -> list[Row[Any]]:
        """Every consumer by name, the revoked ones too."""
        return list(self.connection.execute(select(consumers).order_by(consumers.c.consumer)))

    def count_consumers(self) -> int:
        """How many may consume now."""
        query = select(func.count()).select_from(consumers).filter_by(revoked=False)
        return self.connection.scalar(query) or 0
