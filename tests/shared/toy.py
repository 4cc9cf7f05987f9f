"""A small service for the kit's tests: it counts the sheets of each proposal."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from contracts.envelope import Envelope, encode
from contracts.evaluation import Mark, SheetSubmitted
from contracts.event import Event
from contracts.outcomes import NotYet, Refused
from contracts.ranking import ResultsAnnounced, StageRanked, StandingsChanged
from fastapi import APIRouter
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Receipt
from kit.reactions import on
from kit.service import Service
from kit.store import Store
from nats.aio.client import Client
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, update
from uuid_utils import uuid7

metadata = MetaData()
counts = Table(
    "counts",
    metadata,
    Column("proposal", String(64), primary_key=True),
    Column("sheets", Integer, nullable=False),
    Column("last_position", Integer, nullable=False),
)
UNLUCKY = {"bug": 0}
EARLY = {"too-early": True}


@dataclass
class ToyStore(Store):
    touched: set[str] = field(default_factory=set)

    def count(self, proposal: str) -> int:
        query = select(counts.c.sheets).where(counts.c.proposal == proposal)
        return self.connection.scalar(query) or 0

    def add(self, proposal: str) -> None:
        before = self.count(proposal)
        values = {"sheets": before + 1, "last_position": self.position}
        if before:
            self.connection.execute(
                update(counts).where(counts.c.proposal == proposal).values(values)
            )
        else:
            self.connection.execute(insert(counts).values(proposal=proposal, **values))

    def all(self) -> dict[str, int]:
        return {row.proposal: row.sheets for row in self.connection.execute(select(counts))}


def count_sheet(event: SheetSubmitted, store: ToyStore) -> None:
    store.add(event.proposal)
    store.touched.add(event.proposal)
    if event.proposal.startswith("refused"):
        raise Refused("recused", "the juror is recused")
    if event.proposal.startswith("bug"):
        _ = 1 // UNLUCKY["bug"]
    if EARLY.get(event.proposal):
        raise NotYet("the proposal is not known yet")


def announce(store: ToyStore) -> Iterable[Event]:
    if store.touched:
        yield StandingsChanged(
            edition="e1", stage="s1", position=store.position, rows=(), removed=(*store.touched,)
        )


def decide(store: ToyStore) -> Iterable[Event]:
    if store.count("p1") == 0:
        raise Refused("no_sheets", "proposal p1 has no sheets yet")
    return (ResultsAnnounced(edition="e1", awards=store.count("p1"), by="Secretariat"),)


def follow(event: ResultsAnnounced, store: ToyStore) -> Iterable[Event]:
    return (
        StageRanked(
            edition="e1",
            stage="s1",
            position=store.position,
            digest=f"sha256:{'0' * 64}",
            proposals=event.awards,
            advanced=0,
        ),
    )


router = APIRouter(route_class=Route)


@router.post("/decisions", dependencies=[may("secretariat")])
async def post_decision(desk: AtDesk) -> Receipt:
    return await desk.run(decide)


@router.get("/counts", dependencies=[PUBLIC])
async def get_counts(desk: AtDesk) -> dict[str, int]:
    found: dict[str, int] = await desk.read(lambda store: store.all())
    return found


TOY = Service(
    name="ranking",
    store=ToyStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "toy_migrations",
    reactions=(on(SheetSubmitted, count_sheet), on(ResultsAnnounced, follow)),
    routes=router,
    finish=announce,
)


def sheet(proposal: str, juror: str = "j1") -> SheetSubmitted:
    mark = Mark(criterion="c1", value=Decimal("70"))
    return SheetSubmitted(
        edition="e1", stage="s1", proposal=proposal, juror=juror, marks=(mark,), version=1
    )


async def publish(client: Client, *events: Event, **changed: Any) -> int:
    """Put events on the log as another service would; gives the position of the last one."""
    position = 0
    for event in events:
        envelope = Envelope.around(
            event, id=str(uuid7()), time=datetime.now(UTC), correlation="c1", causation=None
        )
        headers = {**envelope.headers(), **changed.get("headers", {})}
        subject = changed.get("subject", event.subject())
        body = changed.get("body", encode(event))
        answer = await client.request(subject, body, headers=headers, timeout=20)
        position = json.loads(answer.data)["seq"]
    return position
