"""`docs/flow.svg`: who says what to whom, drawn from the reaction tables.

The log is a band in the middle. Each service is a box beside it with two arrows: what it says goes
to the log, what it hears comes from the log, grouped by who said it and in that service's colour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from contracts.event import EVERY_SERVICE, Event
from contracts.registry import EVENTS
from contracts.stream import STREAM
from kit.service import Service

from sayembara.documents import GENERATED
from sayembara.documents.sources import (
    SERVICES,
    heard_by,
    said_by,
)

WIDTH = 1000
LOG_LEFT, LOG_RIGHT = 445, 555
BOX_WIDTH = 130
MARGIN = 16
COLUMN = 140
LINE = 17
GAP = 26
HEAD = 52
IN_LINE = 5
"""How many of what every service says stand beside each other."""
BEFORE_THEM = 170

COLOURS = {
    "submission": "#1b5e9b",
    "evaluation": "#2b6e31",
    "ranking": "#a04a00",
    "notification": "#74389b",
    "auditor": "#8a6100",
    EVERY_SERVICE: "#444444",
}
TITLE = "Four services meet only on the event log; the auditor signs it"
STYLE = """\
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; }
.title { font-size: 20px; font-weight: 600; fill: #222; }
.name { font-size: 17px; font-weight: 600; fill: #fff; text-anchor: middle; }
.event { font-size: 12.5px; }
.group { font-size: 11.5px; font-style: italic; fill: #555; }
.log { font-size: 17px; font-weight: 600; fill: #fff; text-anchor: middle; }
.note { font-size: 12.5px; fill: #333; }"""


@dataclass(frozen=True)
class Lane:
    """One arrow with its lines: each line is a heading or up to two event names."""

    lines: tuple[tuple[str, ...], ...]
    colours: tuple[str, ...]
    towards_log: bool

    @property
    def height(self) -> int:
        """The room that the lines and the arrow below them take."""
        return len(self.lines) * LINE + GAP


def render() -> dict[str, str]:
    """The picture."""
    rows = [SERVICES[:2], SERVICES[2:4], SERVICES[4:]]
    top = HEAD
    parts: list[str] = []
    for pair in rows:
        height = max(sum(lane.height for lane in lanes(service)) for service in pair) + 2 * MARGIN
        for left, service in zip((True, False), pair, strict=False):
            parts.extend(_service(service, left=left, top=top, height=height))
        top += height + MARGIN
    return {
        "flow.svg": "\n".join((*_begin(top + _end_height()), *_log(top), *parts, *_end(top), ""))
    }


def lanes(service: Service) -> tuple[Lane, Lane]:
    """What the service says, and what it hears from the log."""
    said = said_by(service)
    own = COLOURS[service.name]
    speaking = Lane(
        (("says",), *_pairs(said)), ("", *(own for _ in _pairs(said))), towards_log=True
    )
    lines: list[tuple[str, ...]] = []
    colours: list[str] = []
    if service.hear is not None:
        lines, colours = [("hears every message, as it is",)], [""]
    for source, events in groupby(heard_by(service), key=lambda event: event.source):
        pairs = _pairs(list(events))
        lines += [(f"hears from {_called(source)}",), *pairs]
        colours += ["", *(COLOURS[source] for _ in pairs)]
    return speaking, Lane(tuple(lines), tuple(colours), towards_log=False)


def _called(source: str) -> str:
    return "every service" if source == EVERY_SERVICE else source


def _pairs(events: Sequence[type[Event]]) -> list[tuple[str, ...]]:
    names = [event.type.rsplit(".", 1)[0].replace(".", " ") for event in events]
    return [tuple(names[at : at + 2]) for at in range(0, len(names), 2)]


def _service(service: Service, *, left: bool, top: int, height: int) -> Iterator[str]:
    colour, name = COLOURS[service.name], service.name
    x = MARGIN if left else WIDTH - MARGIN - BOX_WIDTH
    yield f'<rect x="{x}" y="{top}" width="{BOX_WIDTH}" height="{height}" rx="8" fill="{colour}"/>'
    yield f'<text class="name" x="{x + BOX_WIDTH // 2}" y="{top + height // 2 + 6}">{name}</text>'
    at = top + MARGIN
    for lane in lanes(service):
        yield from _lane(lane, left=left, top=at, colour=colour)
        at += lane.height


def _lane(lane: Lane, *, left: bool, top: int, colour: str) -> Iterator[str]:
    inner = MARGIN + BOX_WIDTH + 4
    start, end = (inner, LOG_LEFT - 4) if left else (LOG_RIGHT + 4, WIDTH - inner)
    y = top
    for line, line_colour in zip(lane.lines, lane.colours, strict=True):
        y += LINE
        for column, name in enumerate(line):
            x = start + 8 + column * COLUMN
            kind = f'class="event" fill="{line_colour}"' if line_colour else 'class="group"'
            yield f'<text {kind} x="{x}" y="{y - 4}">{escape(name)}</text>'
    tail, point = (start, end) if lane.towards_log == left else (end, start)
    drawn = colour if lane.towards_log else COLOURS[EVERY_SERVICE]
    yield from _arrow(tail, point, y + 6, drawn)


def _arrow(tail: int, point: int, y: int, colour: str) -> Iterator[str]:
    back = -9 if point > tail else 9
    yield (
        f'<line x1="{tail}" y1="{y}" x2="{point + back}" y2="{y}"'
        f' stroke="{colour}" stroke-width="2"/>'
    )
    yield (
        f'<path d="M{point} {y} L{point + back} {y - 5} L{point + back} {y + 5} Z"'
        f' fill="{colour}"/>'
    )


def _begin(height: int) -> Iterator[str]:
    yield f"<!-- {GENERATED} -->"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">'
    )
    yield f'<title id="title">{TITLE}</title>'
    yield f"<style>\n{STYLE}\n</style>"
    yield f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    yield f'<text class="title" x="{MARGIN}" y="32">{TITLE}</text>'


def _log(bottom: int) -> Iterator[str]:
    width, height = LOG_RIGHT - LOG_LEFT, bottom - HEAD - MARGIN
    yield (
        f'<rect x="{LOG_LEFT}" y="{HEAD}" width="{width}" height="{height}" rx="8" fill="#2f3640"/>'
    )
    for offset, words in enumerate(("the log", STREAM)):
        x, y = LOG_LEFT + width // 2, HEAD + height // 2 + offset * 24
        size = ' style="font-size: 14px"' if offset else ""
        yield f'<text class="log"{size} x="{x}" y="{y}">{words}</text>'


def _end(bottom: int) -> Iterator[str]:
    yield f'<text class="note" x="{MARGIN}" y="{bottom + LINE}">Every service also says:</text>'
    for number, name in enumerate(_shared()):
        line, column = divmod(number, IN_LINE)
        x, y = MARGIN + BEFORE_THEM + column * COLUMN, bottom + (line + 1) * LINE
        yield f'<text class="note" x="{x}" y="{y}">{escape(name)}</text>'
    note = "Events that nobody hears are for the public record."
    y = bottom + _end_height() - LINE
    yield f'<text class="note" x="{MARGIN}" y="{y}">{note}</text>'
    yield "</svg>"


def _shared() -> list[str]:
    shared = [event for event in EVENTS if event.source == EVERY_SERVICE]
    return [event.type.rsplit(".", 1)[0].replace(".", " ") for event in shared]


def _end_height() -> int:
    return (2 - (-len(_shared()) // IN_LINE)) * LINE
