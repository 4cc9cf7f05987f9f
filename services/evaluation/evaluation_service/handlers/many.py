"""Many sheets in one command: all of them are taken, or none; or those that can be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from contracts.evaluation import Entered
from contracts.event import Event
from contracts.ids import EditionId, StageId
from contracts.outcomes import Refused
from contracts.rulebook import Rulebook

from evaluation_service.rules.batch import (
    RefusedRow,
    Row,
    Sorted,
    all_refused,
    refuse_given_twice,
    without_twins,
)
from evaluation_service.rules.facts import stage_of
from evaluation_service.rules.sheets import handing_in
from evaluation_service.rules.unique import has_unique
from evaluation_service.store import EvaluationStore


@dataclass
class TakeSheets:
    """A command to take these sheets; `malformed` are those that could not even be read.

    `entered` is who puts them in, where it is not the juror. What became of each is in `found`
    afterwards. With one refused all are, unless it is `partial`.
    """

    edition: EditionId
    rows: Sequence[Row]
    malformed: Sequence[RefusedRow] = ()
    entered: Entered | None = None
    partial: bool = False
    found: Sorted = field(default_factory=Sorted)

    def __call__(self, store: EvaluationStore) -> Iterable[Event]:
        """Decide; a command may be decided twice, each time from the beginning."""
        rulebook = store.known_rulebook(self.edition)
        rows, twins = without_twins(self.rows)
        self.found = Sorted(refused=[*self.malformed, *twins])
        store.read_ahead([row.assignment for row in rows])
        for row in rows:
            self._sort(row, rulebook, store)
        self._refuse_given_twice(rulebook, store)
        self.found.refused.sort(key=lambda each: each.line)
        if self.found.refused and not self.partial:
            raise all_refused(len(self.rows) + len(self.malformed), self.found.refused)
        return list(self.found.said.values())

    def _sort(self, row: Row, rulebook: Rulebook, store: EvaluationStore) -> None:
        try:
            stage = stage_of(rulebook, row.assignment.stage)
            duty, before = store.duty(row.assignment)
            said = handing_in(
                row.assignment,
                stage,
                duty,
                row.marks,
                before=before,
                reason=row.reason,
                entered=self.entered,
            )
        except Refused as refused:
            self.found.refused.append(RefusedRow.of(row, refused))
        else:
            self.found.unchanged += not said
            self.found.said.update((row, each) for each in said)

    def _refuse_given_twice(self, rulebook: Rulebook, store: EvaluationStore) -> None:
        jurors: dict[StageId, set[str]] = defaultdict(set)
        for row in self.found.said:
            jurors[row.assignment.stage].add(row.assignment.juror)
        for stage_id, those in jurors.items():
            stage = rulebook.stage(stage_id)
            if has_unique(stage):
                standing = store.standing(self.edition, stage_id, those)
                refuse_given_twice(self.found, stage, standing)
