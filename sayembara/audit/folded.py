"""What a run of sheets comes to: of each sheet the last version.

`Folded` takes a run by itself, whatever stood before it on the log, so that another process may do
it; whether the sheets count is asked afterwards. Where ranking's store is at hand, `Fold` asks as
it goes: each stage, proposal, giver and text of a mark is looked at once.
"""

from collections.abc import Iterable, Sequence

from contracts.ids import CriterionId, ProposalId, StageId

from sayembara.audit.sheets import Mark, Sheet, SheetReader, Unusual
from sayembara.audit.wire import Frame

Order = tuple[CriterionId, ...]
Form = tuple[bool, Order]
"""Whether a sheet is of a part, and its criteria in the order in which they are written."""

Columns = tuple[dict[str, str], ...]
"""For each criterion of a form the texts of all marks that were seen."""

Version = tuple[int, int, Form, tuple[str, ...]]
"""The first version that was seen of a sheet, and the last, with its marks as they are written."""

OfProposal = dict[str, Version]
"""By who gave the sheet: the juror, and after a space the part where it is of a part."""

Place = tuple[bytes, ProposalId, OfProposal]
"""Of a subject: what is said there, of which proposal, and its sheets."""


class OfStage:
    """The sheets of one stage, and everything that is to be asked of it."""

    def __init__(self) -> None:
        self.sheets: dict[ProposalId, OfProposal] = {}
        self.forms: dict[Form, Columns] = {}
        self.givers: dict[str, str] = {}
        self.places: dict[bytes, Place] = {}

    def of_proposal(self, proposal: ProposalId) -> OfProposal:
        """The sheets of a proposal; Unusual where it is not judged."""
        return self.sheets.setdefault(proposal, {})

    def check_giver(self, giver: str) -> None:
        """Unusual where nobody of that name gives sheets."""

    def check_form(self, form: Form) -> None:
        """Unusual where these are not the criteria that are asked for."""

    def check_mark(self, form: Form, column: int, text: str) -> None:
        """Unusual where this is no mark of that criterion."""

    def giver(self, giver: str) -> str:
        """The same giver, kept once."""
        self.check_giver(giver)
        return self.givers.setdefault(giver, giver)

    def form(self, form: Form) -> Columns:
        """The texts of the marks in this form."""
        if form not in self.forms:
            self.check_form(form)
            self.forms[form] = tuple({} for _ in form[1])
        return self.forms[form]

    def texts(self, form: Form, texts: Sequence[str]) -> tuple[str, ...]:
        """The same texts, each kept once."""
        columns = self.forms[form]
        for number, text in enumerate(texts):
            if text not in columns[number]:
                self.check_mark(form, number, text)
                columns[number][text] = text
        return tuple(column[text] for column, text in zip(columns, texts, strict=True))

    def place(self, subject: bytes, said: Sheet) -> Place:
        """What a subject is for; the sheet is the first that was found there."""
        proposal, _, fact = subject.decode("ascii", "replace").split(".", 4)[4].partition(".")
        if proposal != said.proposal:
            raise Unusual
        self.places[subject] = found = (fact.encode(), proposal, self.of_proposal(proposal))
        return found


class Folded:
    """The sheets of a run, as far as it came; `count` is how many messages that were.

    `held` is how many sheets are held.
    """

    def __init__(self) -> None:
        self.stages: dict[StageId, OfStage] = {}
        self.count = self.held = 0

    def stage(self, name: StageId) -> OfStage:
        """The sheets of a stage; Unusual where it takes none."""
        return self.stages.setdefault(name, OfStage())

    def add(self, reader: SheetReader, frames: Iterable[Frame]) -> None:
        """Fold these too; Unusual at the first that is not written as it usually is."""
        # In one piece: of a million events most come by here, and a call costs as much as a look.
        read, name, form = reader.read, None, None
        for _, subject, head, body in frames:
            fact, sheet = read(head, body)
            if sheet.stage != name:
                stage, form = self.stage(sheet.stage), None
                name, places, givers = sheet.stage, stage.places, stage.givers
            said, proposal, sheets = places.get(subject) or stage.place(subject, sheet)
            if sheet.proposal != proposal or fact != said:
                raise Unusual
            giver = sheet.juror if sheet.part is None else f"{sheet.juror} {sheet.part}"
            before = sheets.get(giver)
            if before is not None and sheet.version <= before[1]:
                raise Unusual
            given, of_part = sheet.marks, sheet.part is not None
            order = tuple([each.criterion for each in given])
            if form is None or order != form[1] or of_part is not form[0]:
                form = (of_part, order)
                columns = stage.form(form)
            try:
                pairs = zip(columns, given)  # noqa: B905 - as many, by their form
                marks = tuple([column[each.value] for column, each in pairs])
            except KeyError:
                marks = _new_texts(stage, form, given)
            if before is None:
                giver = givers.get(giver) or stage.giver(giver)
            self.held += before is None or not before[2][1]
            first = before[0] if before else sheet.version
            sheets[giver] = (first, sheet.version, form, marks)
            self.count += 1

    def forget_places(self) -> None:
        """Leave out what only `add` needs."""
        for each in self.stages.values():
            each.places.clear()


def _new_texts(stage: OfStage, form: Form, given: list[Mark]) -> tuple[str, ...]:
    return stage.texts(form, [each.value for each in given])
