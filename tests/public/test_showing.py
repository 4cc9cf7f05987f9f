"""What is shown to everybody, in which order, and what is held back until it is unfrozen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from contracts.envelope import Envelope, encode
from contracts.evaluation import JurorSeated
from contracts.event import Event
from contracts.freezing import FreezeEvent, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import RankingEvent
from hypothesis import given as for_all
from hypothesis import strategies as st
from kit.heard import Heard
from kit.testing import NOON
from notification_service.public.show import Showing, by_state, shown_after
from notification_service.public.tables import catching_up, shown
from notification_service.tables import freezings, metadata
from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.pool import StaticPool

from tests.notification import facts as notices
from tests.notification.at_work import AtWork, at_work
from tests.public.facts import changed, frozen, outcome, revealed, unfrozen
from tests.shared.toy import sheet

NewStore = Callable[[str], str]
STAGES = ("s1", "s2", "s3")


async def order(here: AtWork) -> list[int]:
    """The positions of what is shown, in the public order; its numbers have no gap."""
    rows = await here.running.database.read(lambda each: shown_after(each, 0, 1000))
    assert [row.id for row in rows] == list(range(1, len(rows) + 1))
    return [int(row.headers["Sayembara-Position"]) for row in rows]


async def test_what_a_frozen_stage_holds_back_follows_its_unfreezing_in_log_order(
    new_store: NewStore,
) -> None:
    async with at_work(new_store("notification")) as here:
        await here.hear(changed("p1"), frozen(), changed("p2", by=["s1"]))
        await here.hear(changed("p3", by=["s1"]), notices.ADMITTED, revealed("p1"))
        assert await order(here) == [1, 2, 5, 6]
        assert await here.running.query(by_state) == {"shown": 4, "held": 2}

        await here.hear(unfrozen(), changed("p4"))
        assert await order(here) == [1, 2, 5, 6, 7, 3, 4, 8]


async def test_what_two_stages_hold_back_is_shown_when_none_of_them_is_frozen(
    new_store: NewStore,
) -> None:
    async with at_work(new_store("notification")) as here:
        await here.hear(frozen("s1"), frozen("s2"), changed("p1", by=["s1", "s2"]))
        await here.hear(unfrozen("s1"), changed("p2", by=["s2"], stage="s2"))
        assert await order(here) == [1, 2, 4]
        # Frozen once more before the other one lets go: nothing of it may be seen again.
        await here.hear(frozen("s1"), unfrozen("s2"))
        assert await order(here) == [1, 2, 4, 6, 7, 5]
        await here.hear(unfrozen("s1"))
        assert await order(here) == [1, 2, 4, 6, 7, 5, 8, 3]


async def test_a_freeze_holds_back_nothing_of_another_edition(new_store: NewStore) -> None:
    async with at_work(new_store("notification")) as here:
        await here.hear(frozen(edition="e1"), changed("p1", edition="e2"))
        await here.hear(changed("p1", by=["s1"], edition="e1"), unfrozen(edition="e2"))
        assert await order(here) == [1, 2, 4]


async def test_a_store_that_catches_up_holds_back_what_was_held_then(new_store: NewStore) -> None:
    told = [frozen(), changed("p1", by=["s1"]), unfrozen(), frozen(), changed("p2", by=["s1"])]
    messages = [heard(at, each) for at, each in enumerate(told, 1)]
    async with at_work(new_store("notification")) as here:
        write = here.running.database.write
        await write(lambda each: each.execute(insert(catching_up), {"position": 0}))
        await here.running.take(messages)
        assert await order(here) == []

        await write(lambda each: Showing(each).show(messages[:2]))
        assert await order(here) == [1]
        await write(lambda each: Showing(each).show(messages[2:]))
        assert await order(here) == [1, 3, 2, 4]


async def test_a_parked_message_is_shown_in_its_place_all_the_same(new_store: NewStore) -> None:
    async with at_work(new_store("notification")) as here:
        # Nobody has told of the proposal yet, so notification cannot take it.
        await here.hear(notices.ADVANCED, changed("p2"))
        status = await here.running.database.read(
            lambda each: each.exec_driver_sql("SELECT position FROM parked").scalars().all()
        )
        assert status == [1]
        assert await order(here) == [1, 2]


async def test_what_has_no_public_view_is_not_shown(new_store: NewStore) -> None:
    seated: Event = JurorSeated(
        edition="e1", stage="s1", juror="j1", office="Akademisi", agency="universitas"
    )
    async with at_work(new_store("notification")) as here:
        await here.hear(seated, sheet("p1"), notices.SUBMITTED, notices.REJECTED)
        assert await here.running.query(by_state) == {"shown": 0, "held": 0}


async def test_what_cannot_be_decoded_is_not_shown_and_stops_nothing(new_store: NewStore) -> None:
    async with at_work(new_store("notification")) as here:
        await here.hear(changed("p1"))
        subject = changed("p1").subject()
        bad = [
            Heard(2, subject, {}, b"{}"),
            Heard(3, subject, headers("a3", changed("p1")), b'{"edition": 5'),
            Heard(4, unfrozen().subject(), headers("a4", changed("p1")), encode(changed("p1"))),
        ]
        await here.running.take(bad)
        here.position = 4
        await here.hear(changed("p2"))
        assert await order(here) == [1, 5]
        assert await here.running.checkpoint() == 5


async def test_what_is_marked_is_held_back_also_where_its_freezing_cannot_be_read(
    new_store: NewStore,
) -> None:
    async with at_work(new_store("notification")) as here:
        await here.running.take([Heard(1, frozen().subject(), headers("f", frozen()), b"{broken")])
        here.position = 1
        await here.hear(changed("p1", by=["s1"]), unfrozen("s2"), changed("p2"))
        assert await order(here) == [3, 4]
        await here.hear(unfrozen())
        assert await order(here) == [3, 4, 5, 2]


async def test_an_event_that_is_on_the_log_twice_is_shown_once(new_store: NewStore) -> None:
    async with at_work(new_store("notification")) as here:
        again = [heard(position, changed("p1"), id_="same") for position in (1, 2, 3)]
        await here.running.take(again[:2])
        await here.running.take([again[2], heard(4, changed("p2"))])
        assert await order(here) == [1, 4]


def headers(id_: str, event: Event) -> dict[str, str]:
    around = Envelope.around(event, id=id_, time=NOON, correlation="c", causation=None)
    return around.headers()


def heard(position: int, event: Event, id_: str = "") -> Heard:
    return Heard(position, event.subject(), headers(id_ or f"e{position}", event), encode(event))


stage_of, edition_of = st.sampled_from(STAGES), st.sampled_from(("e1", "e2"))
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(frozen, stage_of, edition_of),
    st.builds(unfrozen, stage_of, edition_of),
    st.builds(revealed, st.just("p1"), stage_of, edition_of),
    st.builds(
        changed,
        st.just("p1"),
        by=st.lists(stage_of, unique=True, max_size=3),
        stage=stage_of,
        edition=edition_of,
    ),
)


@for_all(st.lists(st.lists(EVENTS, max_size=6), max_size=6))
def test_each_is_shown_once_in_log_order_or_directly_after_what_frees_it(
    batches: list[list[Event]],
) -> None:
    log = [event for batch in batches for event in batch]
    with a_store() as connection:
        for messages in in_batches(batches):
            Showing(connection).show(messages)
        query = select(shown.c.position).where(shown.c.number.is_not(None))
        found = list(connection.scalars(query.order_by(shown.c.number)))
    assert found == expected(log)


def in_batches(batches: Sequence[Sequence[Event]]) -> Iterator[list[Heard]]:
    position = 0
    for batch in batches:
        yield [heard(position + number, event) for number, event in enumerate(batch, 1)]
        position += len(batch)


def expected(log: Sequence[Event]) -> list[int]:
    """Each by the position at which nothing holds it any more; what happens there comes first."""
    free = {at: freed_at(log, at) for at in range(1, len(log) + 1)}
    known = {at: then for at, then in free.items() if then is not None}
    return sorted(known, key=lambda at: (known[at], known[at] != at, at))


def freed_at(log: Sequence[Event], at: int) -> int | None:
    event = log[at - 1]
    if isinstance(event, FreezeEvent) or not isinstance(event, RankingEvent) or not event.held_by:
        return at
    later = [each for each in range(at + 1, len(log) + 1) if unfreezes(log[each - 1], event)]
    return next((each for each in later if not is_held(event, log[:each])), None)


def unfreezes(event: Event, held: RankingEvent) -> bool:
    if not isinstance(event, StandingsUnfrozen):
        return False
    return event.edition == held.edition and event.stage in held.held_by


def is_held(event: RankingEvent, before: Sequence[Event]) -> bool:
    last: dict[str, Event] = {
        each.stage: each
        for each in before
        if isinstance(each, StandingsFrozen | StandingsUnfrozen) and each.edition == event.edition
    }
    return any(isinstance(last.get(stage), StandingsFrozen) for stage in event.held_by)


@contextmanager
def a_store() -> Iterator[Connection]:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        metadata.create_all(connection, tables=[shown, freezings, catching_up])
        yield connection
    engine.dispose()


def test_the_outcome_of_a_stage_is_held_back_whole() -> None:
    told: list[Any] = [frozen(), *outcome("p7", by=["s1"])]
    with a_store() as connection:
        Showing(connection).show([heard(at, each) for at, each in enumerate(told, 1)])
        rows = shown_after(connection, 0, 10)
    assert [row.headers["ce-type"] for row in rows] == ["standings.frozen.v1"]
