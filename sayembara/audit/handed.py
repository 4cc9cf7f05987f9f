"""What a run of sheets comes to, as one process hands it to another: columns of numbers.

An object for each sheet would cost the one that takes them as much as to read them itself.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat

from sayembara.audit.folded import Columns, Folded, Form, OfProposal, OfStage, Version


def _numbers(values: Iterable[int] = ()) -> "array[int]":
    return array("I", values)


@dataclass
class Sheets:
    """The sheets of one stage and form: so many of each proposal, then a row for each sheet."""

    form: Form
    marks: Columns
    proposals: list[str] = field(default_factory=list)
    counts: "array[int]" = field(default_factory=_numbers)
    givers: "array[int]" = field(default_factory=_numbers)
    firsts: "array[int]" = field(default_factory=_numbers)
    lasts: "array[int]" = field(default_factory=_numbers)
    texts: "list[array[int]]" = field(default_factory=list)

    def by_proposal(self, givers: Sequence[str]) -> Iterator[tuple[str, OfProposal]]:
        """The sheets of each proposal."""
        known = [list(column.values()) for column in self.marks]
        texts = [
            map(names.__getitem__, rows) for names, rows in zip(known, self.texts, strict=True)
        ]
        versions = zip(self.firsts, self.lasts, repeat(self.form), zip(*texts, strict=True))
        rows = zip(map(givers.__getitem__, self.givers), versions, strict=True)
        for proposal, count in zip(self.proposals, self.counts, strict=True):
            yield proposal, dict(islice(rows, count))


@dataclass
class Handed:
    """A run of sheets: how many messages that were, and of each stage its givers and sheets."""

    count: int
    stages: dict[str, tuple[dict[bytes, str], list[Sheets]]]

    @classmethod
    def of(cls, folded: Folded) -> "Handed":
        """This run."""
        stages = {
            name: (stage.givers, [_sheets(stage, each) for each in stage.forms])
            for name, stage in folded.stages.items()
        }
        return cls(folded.count, stages)

    def folded(self) -> Folded:
        """The same run."""
        found = Folded()
        found.count = self.count
        for name, (givers, sheets) in self.stages.items():
            stage = found.stage(name)
            stage.givers, names = givers, list(givers.values())
            for each in sheets:
                stage.forms[each.form] = each.marks
                for proposal, given in each.by_proposal(names):
                    stage.of_proposal(proposal).update(given)
        return found


def _sheets(stage: OfStage, form: Form) -> Sheets:
    number = {giver: at for at, giver in enumerate(stage.givers.values())}
    # Several ways to write a mark may have one text.
    texts = [{text: at for at, text in enumerate(each.values())} for each in stage.forms[form]]
    found = Sheets(form, stage.forms[form])
    marks: list[tuple[str, ...]] = []
    for proposal, sheets in stage.sheets.items():
        given = {giver: version for giver, version in sheets.items() if version[2] == form}
        if given:
            found.proposals.append(proposal)
            found.counts.append(len(given))
            found.givers.extend(map(number.__getitem__, given))
            _add(found, marks, given.values())
    columns = zip(*marks, strict=True)
    found.texts = [
        _numbers(map(known.__getitem__, column))
        for known, column in zip(texts, columns, strict=True)
    ]
    return found


def _add(found: Sheets, marks: list[tuple[str, ...]], given: Iterable[Version]) -> None:
    firsts, lasts, _, texts = zip(*given, strict=True)
    found.firsts.extend(firsts)
    found.lasts.extend(lasts)
    marks.extend(texts)
