"""How consumers are doing: who is there, how far each has come, what it holds."""

from dataclasses import asdict, dataclass
from typing import Any

from contracts.consumers import View
from kit.log import Log
from rich.markup import escape
from rich.table import Table

from sayembara import event_log
from sayembara.consumers import durable, server
from sayembara.consumers.durable import Waits
from sayembara.consumers.granted import Granted
from sayembara.consumers.places import position_of
from sayembara.consumers.working import Place

NEVER = "0001-01-01"


@dataclass(frozen=True)
class Seen:
    """A consumer, as the log sees it.

    It has acknowledged everything of its own up to `position` of the log. `behind`: how many
    messages it was not sent yet; `unacknowledged`: sent, and not acknowledged; `sent_again`: those
    of them that were sent more than once. Times are UTC; None: never.
    """

    consumer: str
    view: View
    edition: str | None
    events: tuple[str, ...]
    state: str
    connections: int
    position: int | None
    behind: int | None
    unacknowledged: int | None
    sent_again: int | None
    last_sent_at: str | None
    last_acknowledged_at: str | None
    paused_until: str | None
    from_position: int
    whole_log: bool
    by: str
    reason: str


async def seen(place: Place, granted: list[Granted]) -> list[Seen]:
    """How they are doing."""
    connections = await server.connections(place.log, place.data)
    async with event_log.connected(place.log) as log:
        return [await _seen(log, each, connections.get(each.durable, 0)) for each in granted]


async def _seen(log: Log, granted: Granted, connections: int) -> Seen:
    known = None if granted.revoked else await durable.state(log, granted)
    return Seen(
        consumer=granted.consumer,
        view=granted.view,
        edition=granted.of_edition,
        events=granted.events,
        state=_state(granted, known, connections),
        connections=connections,
        **(await _figures(log, granted, known) if known and not Waits.of(known) else NO_FIGURES),
        from_position=granted.from_position,
        whole_log=granted.whole_log,
        by=granted.by,
        reason=granted.reason,
    )


def _state(granted: Granted, known: dict[str, Any] | None, connections: int) -> str:
    if granted.revoked:
        return "revoked"
    if known is None:
        return "missing: sayembara consumer apply"
    if Waits.of(known) is not None:
        return "waits: sayembara consumer apply"
    if known.get("paused"):
        return "paused"
    return "connected" if connections else "away"


async def _figures(log: Log, granted: Granted, known: dict[str, Any]) -> dict[str, Any]:
    acknowledged, sent = known["ack_floor"], known["delivered"]
    return {
        "position": await position_of(log, granted.stream, acknowledged["stream_seq"]),
        "behind": known["num_pending"],
        "unacknowledged": known["num_ack_pending"],
        "sent_again": known["num_redelivered"],
        "last_sent_at": sent.get("last_active"),
        "last_acknowledged_at": acknowledged.get("last_active"),
        "paused_until": known["config"].get("pause_until") if known.get("paused") else None,
    }


NO_FIGURES: dict[str, Any] = dict.fromkeys(
    (
        "position",
        "behind",
        "unacknowledged",
        "sent_again",
        "last_sent_at",
        "last_acknowledged_at",
        "paused_until",
    )
)


def table(consumers: list[Seen]) -> Table:
    """A row for each."""
    columns = ("consumer", "view", "edition", "state", "position", "behind", "unacknowledged")
    drawn = Table()
    for column in (*columns, "events"):
        drawn.add_column(column, overflow="fold")
    for each in consumers:
        row = asdict(each)
        drawn.add_row(*(_cell(row[column]) for column in columns), _cell(each.events))
    return drawn


def sheet(one: Seen) -> Table:
    """All that is known of one, a line for each fact."""
    drawn = Table(show_header=False)
    drawn.add_column()
    drawn.add_column(overflow="fold")
    for name, value in asdict(one).items():
        drawn.add_row(name.replace("_", " "), _cell(value))
    return drawn


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return escape("\n".join(value) if isinstance(value, tuple) else str(value))
