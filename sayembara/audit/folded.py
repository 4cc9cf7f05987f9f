"""What a run of sheets comes to: of each sheet the last version.

`Folded` takes a run by itself, whatever stood before it on the log, so that another process may do
it; whether the sheets count is asked afterwards. Where ranking's store is at hand, `Fold` asks as
it goes: each stage, proposal, giver and text of a mark is looked at once.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from sayembara.audit.sheets import BETWEEN, SheetReader, Unusual, texts_of
from sayembara.audit.wire import Frame

Order = tuple[str, ...]
Form = tuple[bool, Order]
"""Whether a sheet is of a part, and its criteria in the order in which they are written."""

Columns = tuple[dict[bytes, str], ...]
"""For each criterion of a form all marks that were seen, as they are written, and their texts."""

NO_COLUMNS: Columns = ()

Version = tuple[int, int, Form, tuple[str, ...]]
"""The first version that was seen of a sheet, and the last, with its marks as they are written."""

OfProposal = dict[str, Version]
"""By who gave the sheet: the juror, and after PART the part where it is of a part."""

PART = '"'
"""No name that is read here has it in it."""

Place = tuple[bytes, bytes, OfProposal]
"""Of a subject: what is said there, of which proposal, and its sheets."""


class OfStage:
    """The sheets of one stage, and everything that is to be asked of it."""

    def __init__(self) -> None:
        self.sheets: dict[str, OfProposal] = {}
        self.forms: dict[Form, Columns] = {}
        self.givers: dict[bytes, str] = {}
        self.places: dict[bytes, Place] = {}

    def of_proposal(self, proposal: str) -> OfProposal:
        """The sheets of a proposal; Unusual where it is not judged."""
        return self.sheets.setdefault(proposal, {})

    def check_giver(self, giver: str) -> None:
        """Unusual where nobody of that name gives sheets."""

    def check_form(self, form: Form) -> None:
        """Unusual where these are not the criteria that are asked for."""

    def check_mark(self, form: Form, column: int, text: str) -> None:
        """Unusual where this is no mark of that criterion."""

    def giver(self, written: bytes) -> str:
        """Who gave a sheet, kept once."""
        if written not in self.givers:
            giver = written.decode("utf-8", "replace")
            self.check_giver(giver)
            self.givers[written] = giver
        return self.givers[written]

    def form(self, form: Form) -> Columns:
        """The marks in this form."""
        if form not in self.forms:
            self.check_form(form)
            self.forms[form] = tuple({} for _ in form[1])
        return self.forms[form]

    def read(self, marks: bytes, *, of_part: bool) -> tuple[Form, tuple[str, ...]]:
        """In which form the marks are, and their texts, each kept once."""
        written = marks.split(BETWEEN)
        for form, columns in self.forms.items():
            if form[0] is of_part:
                with suppress(KeyError, ValueError):
                    return form, texts_in(columns, written)
        names, texts = zip(*texts_of(marks), strict=True)
        form = (of_part, names)
        for number, (column, text) in enumerate(zip(self.form(form), texts, strict=True)):
            if written[number] not in column:
                self.check_mark(form, number, text)
                column[written[number]] = text
        return form, texts_in(self.forms[form], written)

    def place(self, subject: bytes, proposal: bytes) -> Place:
        """What a subject is for; the proposal is that of the first sheet that was found there."""
        named, _, fact = subject.split(b".", 4)[4].partition(b".")
        if named != proposal:
            raise Unusual
        sheets = self.of_proposal(proposal.decode("utf-8", "replace"))
        self.places[subject] = found = (fact, proposal, sheets)
        return found


def texts_in(columns: Columns, written: Sequence[bytes]) -> tuple[str, ...]:
    """The texts of these marks; KeyError or ValueError where they are not all known."""
    return tuple([column[each] for column, each in zip(columns, written, strict=True)])


class Folded:
    """The sheets of a run, as far as it came; `count` is how many messages that were.

    `held` is how many sheets are held.
    """

    def __init__(self) -> None:
        self.stages: dict[str, OfStage] = {}
        self.count = self.held = 0

    def stage(self, name: str) -> OfStage:
        """The sheets of a stage; Unusual where it takes none."""
        return self.stages.setdefault(name, OfStage())

    def add(self, reader: SheetReader, frames: Iterable[Frame]) -> None:
        """Fold these too; Unusual at the first that is not written as it usually is."""
        # In one piece: of a million events most come by here, and a call costs as much as a look.
        read, name = reader.read, None
        whole: bool | None = None
        columns = NO_COLUMNS
        for _, subject, head, body in frames:
            fact, (of_stage, of_proposal, juror, given, number, part) = read(head, body)
            if of_stage != name:
                stage, columns = self.stage(of_stage.decode("utf-8", "replace")), NO_COLUMNS
                name, places, givers = of_stage, stage.places, stage.givers
            if (part is None) is not whole:
                whole, columns = part is None, NO_COLUMNS
            said, proposal, sheets = places.get(subject) or stage.place(subject, of_proposal)
            if of_proposal != proposal or fact != said:
                raise Unusual
            who = juror if part is None else b'%b"%b' % (juror, part)
            giver = givers.get(who) or stage.giver(who)
            before, version = sheets.get(giver), int(number)
            if before is not None and version <= before[1]:
                raise Unusual
            written = given.split(BETWEEN)
            try:
                marks = tuple([known[each] for known, each in zip(columns, written, strict=True)])
            except (KeyError, ValueError):
                form, marks = stage.read(given, of_part=not whole)
                columns = stage.forms[form]
            if before is None:
                sheets[giver] = (version, version, form, marks)
                self.held += 1
            else:
                sheets[giver] = (before[0], version, form, marks)
                self.held += not before[2][1]
            self.count += 1
