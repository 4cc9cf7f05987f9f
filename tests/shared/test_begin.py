"""What the clock brings is said before anything is decided in a transaction, and once."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contracts.envelope import Envelope, encode
from contracts.event import Event
from contracts.operations import MessageDiscarded
from contracts.outcomes import Refused
from contracts.ranking import StandingsChanged
from kit import outbox
from kit.batch import Batch
from kit.clock import Clock
from kit.heard import Heard
from kit.settings import Settings
from kit.testing import given
from sqlalchemy import Connection

from tests.shared.test_commands import NewStore, announce, serving
from tests.shared.toy import TOY, ToyStore, sheet

CLOCK = "clock"


def strike(store: ToyStore) -> Iterable[Event]:
    yield StandingsChanged(edition="e1", stage=CLOCK, position=store.position, rows=())


STRIKING = replace(TOY, begin=strike)


def heard(position: int, event: Event) -> Heard:
    envelope = Envelope.around(
        event, id=f"id-{position}", time=Clock().now(), correlation="c", causation=None
    )
    return Heard(position, event.subject(), envelope.headers(), encode(event))


def batch() -> Batch:
    settings = Settings.model_construct(database_url="sqlite://")
    return Batch(STRIKING, settings, Clock().now())


def take(connection: Connection, *events: Event) -> None:
    messages = [heard(at, each) for at, each in enumerate(events, 1)]
    batch().take_each(connection, messages, len(messages))


def types(connection: Connection) -> list[str]:
    return [".".join(row.subject.split(".")[3:]) for row in outbox.unpublished(connection, 100)]


STRUCK, CHANGED = f"standings.{CLOCK}.changed", "standings.s1.changed"


def test_it_comes_first_in_a_batch_also_where_a_message_is_parked() -> None:
    connection = given(TOY).connection
    take(connection, sheet("refused-1"), sheet("p1"))

    first, *rest = types(connection)
    assert first == STRUCK
    assert (STRUCK in rest, rest[-1]) == (False, CHANGED)


def test_a_batch_of_nothing_that_is_heard_begins_nothing() -> None:
    connection = given(TOY).connection
    own = StandingsChanged(edition="e1", stage="s1", position=1, rows=())
    take(connection, own)

    assert types(connection) == []


def test_what_an_operator_did_is_answered_without_it() -> None:
    connection = given(TOY).connection
    take(connection, sheet("refused-1"))
    answer = batch().act(connection, MessageDiscarded, 1, by="Operator", reason="gladi")

    assert [type(each.event) for each in answer] == [MessageDiscarded]
    assert types(connection).count(STRUCK) == 2


async def test_it_comes_once_before_a_group_of_commands_and_with_one_that_is_refused(
    new_store: NewStore,
) -> None:
    async with serving(new_store("commands"), STRIKING) as commands:
        answer = await commands.run(announce(4))
        assert [each.event.type for each in answer] == ["results.announced.v1", "stage.ranked.v1"]
        refused: Any = None
        try:
            await commands.run(announce(5))
        except Refused as error:
            refused = error.code
        found = await commands.database.read(types)

    assert refused == "odd"
    assert [each for each in found if each == STRUCK] == [STRUCK] * 2
    assert found[0] == STRUCK
