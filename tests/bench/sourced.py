"""The peer of part f: the same edition kept and replayed with `eventsourcing` on SQLite.

`replayed` reads its notification log and folds it in memory; `projected` keeps a durable view with
its projection, one transaction for each event. A store of its own, filled beforehand.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Notification, Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder
from ranking_service import rules
from ranking_service.places import Order, Scored, rank_all

from tests.bench import world
from tests.bench.million import Given, Long, given

TOGETHER = 1_000


class Proposal(Aggregate):
    """A proposal, and the sheets that it was given."""

    class Admitted(Aggregate.Created):
        """It is judged from here on."""

        proposal: str

    class Marked(Aggregate.Event):
        """A juror handed in a sheet, or amended it."""

        proposal: str
        juror: str
        sheet_version: int
        marks: dict[str, str]


class Competition(Application[UUID]):
    """The edition."""


def environment_of(folder: Path) -> dict[str, str]:
    """Where the library finds its store."""
    place = str(folder / "sourced.db")
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": place}


def fill(folder: Path, long: Long) -> None:
    """Make a store with these events."""
    app = Competition(environment_of(folder))
    events = (app.mapper.to_stored_event(each) for each in _events(long))
    while batch := list(islice(events, TOGETHER)):
        app.recorder.insert_events(batch)
    app.close()


def _events(long: Long) -> Iterator[Any]:
    versions: dict[str, int] = {}
    for number in range(long.proposals):
        name = world.proposal(number)
        versions[name] = 1
        facts = {**_facts(name, 1), "originator_topic": "tests.bench.sourced:Proposal"}
        yield Proposal.Admitted(**facts)
    for each in given(long):
        versions[each.proposal] += 1
        yield _marked(each, versions[each.proposal])


def _marked(each: Given, version: int) -> Proposal.Marked:
    marks = dict(zip(world.WEIGHTS, each.marks, strict=True))
    more: dict[str, Any] = {"juror": each.juror, "sheet_version": each.version, "marks": marks}
    return Proposal.Marked(**_facts(each.proposal, version), **more)


def _facts(proposal: str, version: int) -> dict[str, Any]:
    return {
        "originator_id": uuid5(NAMESPACE_URL, proposal),
        "originator_version": version,
        "timestamp": datetime.now(UTC),
        "proposal": proposal,
    }


def replayed(environment: Mapping[str, str]) -> dict[str, object]:
    """The notification log folded in memory: seconds, and the digest that it comes to."""
    app = Competition(dict(environment))
    began_at = time.perf_counter()
    latest: dict[str, dict[str, dict[str, str]]] = {}
    for notification in _notifications(app):
        event = app.mapper.to_domain_event(notification)
        if isinstance(event, Proposal.Marked):
            latest[event.proposal][event.juror] = event.marks
        elif isinstance(event, Proposal.Admitted):
            latest[event.proposal] = {}
    digest = _digest(latest)
    seconds = time.perf_counter() - began_at
    app.close()
    return {"seconds": seconds, "digest": digest}


def _notifications(app: Competition) -> Iterator[Notification]:
    first = 1
    while found := app.recorder.select_notifications(first, TOGETHER):
        yield from found
        first = found[-1].id + 1


def _digest(latest: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    scored = {name: Scored(_score(sheets.values())) for name, sheets in latest.items()}
    places = rank_all(scored, Order())
    book = world.rulebook().digest()
    return rules.digest(world.EDITION, world.STAGE, book, final=False, places=places)


def _score(sheets: Iterable[Mapping[str, str]]) -> Decimal:
    weights = world.WEIGHTS.items()
    sums = [sum(int(sheet[name]) * weight for name, weight in weights) for sheet in sheets]
    unit = sum(world.WEIGHTS.values()) * len(sums)
    return Decimal((200 * sum(sums) + unit) // (2 * unit)).scaleb(-2)


class View(SQLiteTrackingRecorder):
    """The latest marks of each juror for each proposal, and how far they are taken."""

    def construct_create_table_statements(self) -> list[str]:
        """The library's own table, and one for the marks."""
        made = super().construct_create_table_statements()
        columns = "proposal TEXT, juror TEXT, marks TEXT, PRIMARY KEY (proposal, juror)"
        return [*made, f"CREATE TABLE IF NOT EXISTS latest ({columns})"]

    def keep(self, tracking: Tracking, event: Proposal.Marked) -> None:
        """Keep the marks, in one transaction with how far they are taken."""
        row = (event.proposal, event.juror, json.dumps(event.marks))
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute("INSERT OR REPLACE INTO latest VALUES (?, ?, ?)", row)


class Standings(Projection[View]):
    """Keeps the view."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Take one event."""
        if isinstance(domain_event, Proposal.Marked):
            self.view.keep(tracking, domain_event)
        else:
            self.view.insert_tracking(tracking)


def projected(environment: Mapping[str, str]) -> dict[str, object]:
    """All events taken into a new durable view, a transaction for each: seconds.

    The loop is ours: the library's own runner needs subscriptions, which it has not on SQLite.
    """
    app = Competition(dict(environment))
    place = f"{environment['SQLITE_DBNAME']}.{uuid4()}"
    view = View(SQLiteDatastore(place))
    view.create_table()
    projection = Standings(view)
    began_at = time.perf_counter()
    for notification in _notifications(app):
        tracking = Tracking("Competition", notification.id)
        projection.process_event(app.mapper.to_domain_event(notification), tracking)
    seconds = time.perf_counter() - began_at
    app.close()
    return {"seconds": seconds}
