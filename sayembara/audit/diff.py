"""What changed in a stage between two moments, place by place, with what touched each proposal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from contracts.evaluation import (
    JurorRecused,
    JurorSeated,
    Mark,
    SheetAmended,
    SheetEvent,
    SheetSubmitted,
)
from contracts.event import Event, Minute
from contracts.outcomes import Refused
from contracts.ranking import ProposalAdvanced, StageDecided, StageRanked
from contracts.submission import (
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
    RulebookAmended,
)
from kit.heard import Heard
from kit.reactions import fixed_tokens
from ranking_service.api.bodies import Row, Standings

from sayembara.audit.scratch import Scratch

TOUCHING = (
    SheetSubmitted,
    SheetAmended,
    JurorRecused,
    ProposalAdmitted,
    ProposalAdvanced,
    ProposalWithdrawn,
    ProposalDisqualified,
)
FOR_ALL = (RulebookAmended, StageDecided, StageRanked)
_TOKENS = {fixed_tokens(each.filter()) for each in (*TOUCHING, *FOR_ALL, JurorSeated)}

Giver = tuple[str, str, str]
Marks = Mapping[str, Decimal]


@dataclass(frozen=True)
class Touch:
    """An event that touched a proposal or the whole stage, in words."""

    position: int
    says: str


@dataclass(frozen=True)
class Change:
    """A proposal whose row is another one, or that was touched; no row where it did not stand."""

    proposal: str
    before: Row | None
    after: Row | None
    touches: tuple[Touch, ...]

    def says(self) -> str:
        """Its place and score, then and now."""
        then, now = self.before, self.after
        if then is None or now is None:
            return f"enters: {_place(now)}" if now else f"leaves: was {_place(then)}"
        said = [
            f"from {_rank(then)} to {_rank(now)}"
            if then.rank != now.rank
            else f"stays at {_rank(now)}"
        ]
        if then.score != now.score:
            said.append(f"score from {then.score or 'none'} to {now.score or 'none'}")
        if then.advanced != now.advanced and now.advanced is not None:
            said.append("goes on" if now.advanced else "does not go on")
        return ", ".join(said)


@dataclass
class Window:
    """Collects what touched a stage after `first`. Shown each batch before it is replayed."""

    scratch: Scratch
    edition: str
    stage: str
    first: int
    for_all: list[Touch] = field(default_factory=list)
    by_proposal: dict[str, list[Touch]] = field(default_factory=lambda: defaultdict(list))
    _offices: dict[str, str] = field(default_factory=dict)
    _marks: dict[Giver, Marks] = field(default_factory=dict)

    def watch(self, messages: Iterable[Heard]) -> None:
        """These messages come next."""
        for each in messages:
            if fixed_tokens(each.subject) in _TOKENS and each.edition == self.edition:
                try:
                    event = each.event
                except Refused:
                    continue  # `audit verify` names it; nobody took it
                self._see(each.position, event)

    def _see(self, position: int, event: Event) -> None:
        if isinstance(event, JurorSeated) and event.stage == self.stage:
            self._offices[event.juror] = event.office
        if position <= self.first or not self._is_of_stage(event):
            return
        if isinstance(event, TOUCHING):
            self.by_proposal[event.proposal].append(Touch(position, self._words(event)))
        elif isinstance(event, FOR_ALL):
            self.for_all.append(Touch(position, self._words(event)))

    def _is_of_stage(self, event: Event) -> bool:
        if isinstance(event, ProposalAdvanced):
            return event.next_stage == self.stage
        return getattr(event, "stage", self.stage) == self.stage

    def _words(self, event: Event) -> str:
        match event:
            case SheetEvent():
                return self._sheet(event)
            case JurorRecused():
                return f"{self._who(event.juror)} stepped aside: {event.reason}"
            case ProposalAdmitted():
                return f"admitted by {event.by}"
            case ProposalAdvanced():
                return f"came from stage {event.stage}, where its rank was {event.rank}"
            case ProposalWithdrawn():
                return f"withdrawn by its agency: {event.reason}"
            case ProposalDisqualified():
                return f"disqualified by {event.by}: {event.reason}"
            case RulebookAmended():
                return f"rulebook amended {_minute(event.decision)}"
            case StageDecided():
                return f"the stage was decided {_minute(event.decision)}"
        return "the ranking of the stage was published as final"

    def _sheet(self, event: SheetEvent) -> str:
        giver = (event.proposal, event.juror, event.part or "")
        before, after = self._before(giver), _values(event.marks)
        self._marks[giver] = after
        part = f" of {event.part}" if event.part else ""
        changed = "; ".join(_marks(before, after)) or "no mark changed"
        reason = f": {reason}" if (reason := getattr(event, "reason", None)) else ""
        what = "amended sheet" if reason else "sheet"
        return f"{what}{part} of {self._who(event.juror)}, {changed}{reason}"

    def _before(self, giver: Giver) -> Marks:
        if giver not in self._marks:
            proposal, juror, part = giver
            with self.scratch.store() as store:
                sheets = store.dossier((self.edition, self.stage, proposal)).sheets
            sheet = sheets.get((juror, part))
            self._marks[giver] = sheet.marks if sheet else {}
        return self._marks[giver]

    def _who(self, juror: str) -> str:
        office = self._offices.get(juror)
        return f"{office} ({juror})" if office else juror


def changes(before: Standings | None, after: Standings, window: Window) -> list[Change]:
    """Every proposal that was touched or stands otherwise than before, by its place after."""
    then, now = _rows(before.rows if before else ()), _rows(after.rows)
    found = (
        Change(each, then.get(each), now.get(each), tuple(window.by_proposal.get(each, ())))
        for each in [*now, *(each for each in then if each not in now)]
    )
    return [each for each in found if each.touches or _stands(each.before) != _stands(each.after)]


def _rows(rows: Sequence[Row]) -> dict[str, Row]:
    return {each.proposal: each for each in rows}


def _stands(row: Row | None) -> tuple[object, ...] | None:
    return (row.rank, row.score, row.advanced) if row else None


def _rank(row: Row) -> str:
    return "no rank" if row.rank is None else str(row.rank)


def _place(row: Row | None) -> str:
    assert row is not None
    return f"{_rank(row)}, score {row.score}" if row.score is not None else "no rank"


def _minute(minute: Minute) -> str:
    return f"by {minute.by}, {minute.minute}: {minute.reason}"


def _values(marks: Iterable[Mark]) -> dict[str, Decimal]:
    return {each.criterion: each.value for each in marks}


def _marks(before: Marks, after: Marks) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        then, now = before.get(name), after.get(name)
        if then is None:
            yield f"{name} {now}"
        elif now is None:
            yield f"{name} no longer marked, was {then}"
        elif then != now:
            yield f"{'raised' if now > then else 'lowered'} {name} from {then} to {now}"
