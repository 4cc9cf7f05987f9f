"""Whether the log is in order: one pass over it, and everything that is not as it must be.

The order of the log and each message by itself; what caused it; and the standings, replayed. An
altered event that agrees with all of this is for the tree to find: see docs/audit.md.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from contracts.envelope import MESSAGE_ID, Envelope
from contracts.evaluation import SheetEvent, SheetSubmitted
from contracts.event import Event
from contracts.operations import MessageEvent, MessageLost
from contracts.outcomes import Refused
from contracts.ranking import (
    DecisionAsked,
    PlacesMoved,
    ProposalAdvanced,
    ProposalAwarded,
    ProposalEliminated,
    StageRanked,
)
from contracts.submission import EditionOpened, RulebookAmended
from kit.heard import Heard
from kit.outgoing import OUTBOX_HEADER

from sayembara.audit.freezing import Freezing, When
from sayembara.audit.reading import Logged
from sayembara.audit.replay import Finding, Published, Replay
from sayembara.audit.signed import Claims, Grown, not_as_signed
from sayembara.documents.sources import SERVICES

EFFECTS = (
    DecisionAsked,
    StageRanked,
    PlacesMoved,
    ProposalAdvanced,
    ProposalEliminated,
    MessageEvent,
)
"""What is never said but as the effect of another event."""

Seen = tuple[int, str, str]
"""Position, type and correlation of an event that stands before."""

HEARD = {each.name: {event.type for event in each.handlers} for each in SERVICES}
TABLES = """
create table seen (id text primary key, position integer, type text, correlation text)
without rowid;
create table sheets (sheet text primary key, version integer) without rowid;
"""


@dataclass(frozen=True)
class Report:
    """What a verification came to; `notes` say what else was compared, and what was not."""

    messages: int
    last: int
    published: tuple[Published, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_in_order(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass
class Verification:
    """Takes the log in order, and replays it on the way; of one edition, or of all.

    `signed` is what the log is compared with, once all of it was taken.
    """

    replay: Replay
    edition: str | None = None
    signed: Claims = field(default_factory=Claims)
    findings: list[Finding] = field(default_factory=list)
    messages: int = 0
    last: int = 0
    _freezing: Freezing = field(default_factory=Freezing)
    _grown: Grown = field(default_factory=Grown)
    _stored_at: Any = None
    _outbox: dict[str, int] = field(default_factory=dict)
    _rulebooks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Without a name SQLite keeps it in a file of its own, so that memory is bounded.
        self._kept = sqlite3.connect("", isolation_level=None)
        self._kept.executescript(TABLES + "begin;")

    def take(self, messages: Iterable[Heard]) -> None:
        """Take the next messages of the log."""
        self.replay.take(self._checked(messages))

    def take_new(self, messages: Iterable[Heard]) -> None:
        """Take messages that came on the log after its timing was read."""
        self.replay.take_new(list(self._checked(messages)))

    def _checked(self, messages: Iterable[Heard]) -> Iterator[Heard]:
        for each in messages:
            self.messages += 1
            self._find(each, self._order(each))
            self._grown.take(each)
            if self.edition in (None, each.edition):
                self._find(each, self._content(each))
                yield each

    def end_at(self, last: int) -> None:
        """The server says that the log goes up to there: what was not given is missing."""
        if self.last < last:
            text = f"the log has no message at {_between(self.last + 1, last)}, where it ends"
            self.findings.append(Finding(last, text))
            self.last = last

    def finish(self) -> Report:
        """The log ends here."""
        self.replay.finish()
        self._kept.close()
        # First: it is what no page may leave out.
        signed = not_as_signed(self._grown.tree, self.last, self.signed)
        found = sorted([*self.findings, *self.replay.findings], key=lambda each: each.position)
        # A position that is there twice says the same twice.
        findings = tuple(dict.fromkeys([*signed, *found]))
        return Report(self.messages, self.last, tuple(self.replay.published), findings)

    def _find(self, message: Heard, words: Iterable[str]) -> None:
        self.findings += [Finding(message.position, each) for each in words]

    def _order(self, message: Heard) -> Iterator[str]:
        before, at = self.last, message.position
        self.last = max(before, at)
        if at > before + 1:
            yield f"the log has no message at {_between(before + 1, at - 1)}"
        elif at <= before:
            yield f"stands after position {before}: the log is not in order"
        if isinstance(message, Logged):
            if self._stored_at and message.stored_at < self._stored_at:
                yield "the server took it earlier than the message before it"
            self._stored_at = message.stored_at

    def _content(self, message: Heard) -> Iterator[str]:
        try:
            event, envelope = message.event, Envelope.from_headers(message.headers)
        except (Refused, ValueError) as error:
            yield f"is no event: {error}".splitlines()[0]
            return
        yield from _agreement(event, envelope, message)
        if isinstance(event, MessageLost):
            yield f"what stood here is lost; {event.by} put this in its place: {event.reason}"
            return
        yield from self._said_in_order(event, message)
        yield from self._identity(envelope, message)
        cause = self._seen(envelope.causationid)
        yield from _cause(event, envelope, cause)
        when = When(message.position, envelope.time, cause[0] if cause else 0)
        yield from self._freezing.take(event, when)
        if isinstance(event, SheetEvent):
            yield from self._version(event)
        elif isinstance(event, EditionOpened | RulebookAmended):
            yield from self._rulebook(event)

    def _said_in_order(self, event: Event, message: Heard) -> Iterator[str]:
        service = event.said_by()
        number = message.headers.get(OUTBOX_HEADER, "")
        if not number.isdecimal():
            yield f"{service} never said it: it has no place among what {service} said"
            return
        before = self._outbox.get(service, 0)
        if int(number) <= before:
            yield f"{service} said it as its {number}th, and its {before}th stands before it"
        self._outbox[service] = max(before, int(number))

    def _identity(self, envelope: Envelope, message: Heard) -> Iterator[str]:
        if found := self._seen(envelope.id):
            yield f"is the event of position {found[0]} once more: {envelope.id}"
            return
        row = (envelope.id, message.position, envelope.type, envelope.correlationid)
        self._kept.execute("insert into seen values (?, ?, ?, ?)", row)

    def _seen(self, event_id: str | None) -> Seen | None:
        if event_id is None:
            return None
        query = "select position, type, correlation from seen where id = ?"
        found: Seen | None = self._kept.execute(query, (event_id,)).fetchone()
        return found

    def _version(self, event: SheetEvent) -> Iterator[str]:
        names = (event.edition, event.stage, event.proposal, event.juror, event.part or "")
        sheet = "/".join(names)
        query = "select version from sheets where sheet = ?"
        found = self._kept.execute(query, (sheet,)).fetchone()
        before = found[0] if found else 0
        if event.version != before + 1 or isinstance(event, SheetSubmitted) != (before == 0):
            text = f"version {event.version} of sheet {sheet.rstrip('/')}"
            yield f"{text} follows version {before}" if before else f"{text} is its first one"
        self._kept.execute("insert or replace into sheets values (?, ?)", (sheet, event.version))

    def _rulebook(self, event: EditionOpened | RulebookAmended) -> Iterator[str]:
        if event.rulebook.digest() != event.rulebook_digest:
            yield f"the rulebook is not the one of its digest {event.rulebook_digest}"
        before = self._rulebooks.get(event.edition)
        if isinstance(event, RulebookAmended) and event.before != before:
            yield f"amends the rulebook {event.before}, and the edition is run by {before}"
        self._rulebooks[event.edition] = event.rulebook_digest


def _between(first: int, last: int) -> str:
    return f"position {first}" if first == last else f"positions {first} to {last}"


def _cause(event: Event, envelope: Envelope, found: Seen | None) -> Iterator[str]:
    if envelope.causationid is None:
        awarded = isinstance(event, ProposalAwarded) and event.basis != "decision"
        if awarded or isinstance(event, EFFECTS):
            yield f"{event.type} names no cause, and nobody may say it without one"
        return
    if found is None:
        yield f"its cause {envelope.causationid} is not on the log before it"
    elif isinstance(event, MessageEvent):
        if found[0] != event.position:
            yield f"tells of position {event.position}, and its cause is at position {found[0]}"
    elif found[1] not in HEARD[event.said_by()]:
        yield f"{event.said_by()} says nothing because of {found[1]}, at position {found[0]}"
    if found and found[2] != envelope.correlationid:
        yield f"belongs to another request than its cause, at position {found[0]}"


def _agreement(event: Event, envelope: Envelope, message: Heard) -> Iterator[str]:
    """Whether headers, subject and data say the same: so each service says only its own."""
    meant = Envelope.around(
        event,
        id=envelope.id,
        time=envelope.time,
        correlation=envelope.correlationid,
        causation=envelope.causationid,
    )
    # What was said before schemas had a name of their own stays on the log as it is.
    earlier = {"dataschema": f"/schemas/{event.type}.json"}
    for name in ("source", "type", "subject", "dataschema"):
        said, right = getattr(envelope, name), getattr(meant, name)
        if said not in (right, earlier.get(name)):
            yield f"its {name} is {said}, and {event.type} has {right}"
    if message.headers.get(MESSAGE_ID) != envelope.id:
        yield f"its message id is not its event id {envelope.id}"
