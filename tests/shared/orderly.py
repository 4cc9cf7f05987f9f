"""A small service that writes down which messages it took, in which order; some fail."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.envelope import Envelope, decode, encode
from contracts.evaluation import JurorSeated, ScoringClosed, SheetSubmitted
from contracts.event import Event
from contracts.operations import MessageDiscarded, MessageRetried
from contracts.outcomes import NotYet, Refused
from contracts.submission import ProposalWithdrawn
from fastapi import APIRouter
from kit import outbox, parking
from kit.access import Route
from kit.batch import Batch
from kit.heard import Heard
from kit.outbox import Said
from kit.reactions import on
from kit.service import Service
from kit.settings import Settings
from kit.store import Store
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select

from tests.shared.toy import sheet

metadata = MetaData()
taken = Table(
    "taken",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(64), nullable=False),
)
FAILING: dict[str, type[Exception]] = {}
"""Which events fail, and how, by their id."""

Failure = type[Exception] | None
NOON = datetime(2019, 9, 2, 4, 0, tzinfo=UTC)
SETTINGS = Settings.model_construct(database_url="sqlite://", bug_tries=1, not_yet_tries=3)


def take(_: Event, store: Store) -> Iterable[Event]:
    assert store.cause is not None
    name = store.cause.causation
    assert name is not None
    store.connection.execute(insert(taken).values(event_id=name))
    if (failure := FAILING.get(name)) is Refused:
        raise Refused("no", "a rule is against it")
    if failure is not None:
        raise failure("it is not possible now")
    return ()


SERVICE = Service(
    name="ranking",
    store=Store,
    metadata=metadata,
    migrations=NotImplemented,
    reactions=tuple(
        on(each, take) for each in (SheetSubmitted, ProposalWithdrawn, JurorSeated, ScoringClosed)
    ),
    routes=APIRouter(route_class=Route),
)


def withdrawn(proposal: str) -> ProposalWithdrawn:
    return ProposalWithdrawn(edition="e1", proposal=proposal, reason="not ready")


def closed(stage: str) -> ScoringClosed:
    return ScoringClosed(edition="e1", stage=stage, sheets=0, by="Secretariat")


def sheet_in(stage: str, proposal: str) -> SheetSubmitted:
    return sheet(proposal).model_copy(update={"stage": stage})


@dataclass
class World:
    """The service and its log; each message is the event `e<position>`."""

    transaction: Callable[[], AbstractContextManager[Connection]]
    now: datetime = NOON
    log: list[Heard] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        FAILING.clear()

    def hears(self, *messages: Event | tuple[Event, Failure], failing: Failure = None) -> int:
        """The next messages of the log arrive together; where the last one is."""
        first = len(self.log)
        for each in messages:
            event, failure = each if isinstance(each, tuple) else (each, failing)
            name = f"e{len(self.log) + 1}"
            if failure:
                FAILING[name] = failure
            around = Envelope.around(event, id=name, time=NOON, correlation=name, causation=None)
            self.log.append(
                Heard(len(self.log) + 1, event.subject(), around.headers(), encode(event))
            )
        self._take(self.log[first:])
        return len(self.log)

    def _take(self, messages: list[Heard]) -> None:
        batch, up_to = self.batch(), len(self.log)
        try:
            with self.transaction() as connection:
                batch.take_all(connection, messages, up_to)
        except Exception:  # noqa: BLE001 - as a service does: then each alone
            with self.transaction() as connection:
                batch.take_each(connection, messages, up_to)
        self.parked += batch.parked

    def batch(self) -> Batch:
        return Batch(SERVICE, SETTINGS, self.now)

    def heals(self, position: int) -> None:
        """What kept this message from being taken is put right."""
        FAILING.pop(f"e{position}", None)

    def retries(self, position: int) -> list[Said]:
        with self.transaction() as connection:
            why = {"by": "Operator", "reason": "put right"}
            return self.batch().act(connection, MessageRetried, position, **why)

    def discards(self, position: int) -> list[Said]:
        with self.transaction() as connection:
            why = {"by": "Operator", "reason": "forged"}
            return self.batch().act(connection, MessageDiscarded, position, **why)

    def time_passes(self) -> None:
        self.now += timedelta(hours=1)
        with self.transaction() as connection:
            self.batch().take_parked(connection)

    def order(self) -> list[int]:
        """The positions of what was taken, in the order in which it was."""
        with self.transaction() as connection:
            query = select(taken.c.event_id).order_by(taken.c.number)
            return [int(name[1:]) for name in connection.scalars(query)]

    def waiting(self) -> dict[int, str]:
        """What is parked: the outcome by position."""
        with self.transaction() as connection:
            return {row.position: row.outcome for row in parking.waiting(connection)}

    def reason(self, position: int) -> str:
        with self.transaction() as connection:
            return str(parking.find(connection, position).reason)

    def count(self) -> int:
        with self.transaction() as connection:
            return parking.count(connection)

    def said(self) -> list[Any]:
        with self.transaction() as connection:
            rows = outbox.unpublished(connection, 1_000)
        return [decode(row.headers["ce-type"], row.body) for row in rows]


__all__ = ["FAILING", "SERVICE", "NotYet", "Refused", "World", "closed", "sheet_in", "withdrawn"]
