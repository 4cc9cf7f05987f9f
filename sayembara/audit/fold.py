"""The sheets of an edition folded: of each only the last version is kept, and worked out once.

A sheet is folded where `take_sheet` would keep it without a word: its stage is open, its proposal
is judged there, its marks fit and its version is newer. Everything else is left to ranking's own
handlers, so that the outcome is theirs.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from contracts.ids import EditionId, ProposalId, StageId
from contracts.stage import Stage
from ranking_service.handlers.many import keep_sheets, open_stage, score_again, versions_in
from ranking_service.store import Giver

from sayembara.audit.asked import Asked
from sayembara.audit.held import HeldSheets, OfProposal
from sayembara.audit.scratch import Scratch
from sayembara.audit.sheets import TOKEN, SheetReader, Unusual
from sayembara.audit.wire import Frame

HELD_MAX = 400_000
"""So many sheets are held in memory, of about 200 bytes each; then they go to the store."""

TOGETHER = 1_000


@dataclass
class Open:
    """An open stage: the sheets of the proposals that were looked up; None where not judged."""

    rule: Stage
    whole: Asked
    of_part: Asked
    sheets: dict[ProposalId, OfProposal | None] = field(default_factory=dict)
    givers: dict[Giver, Giver] = field(default_factory=dict)
    changed: set[ProposalId] = field(default_factory=set)

    @classmethod
    def of(cls, rule: Stage) -> "Open":
        """The stage, of which nothing was looked up."""
        whole, of_part = (Asked(rule.asked_of(None, of_part=each)) for each in (False, True))
        return cls(rule, whole, of_part)

    def known(self, giver: Giver) -> Giver:
        """The same giver, kept once; Unusual where it is none, or the stage has no such part."""
        if giver not in self.givers:
            juror, part = giver
            takes = not part or part in self.rule.parts or self.rule.open_parts
            if not takes or not all(TOKEN.fullmatch(each) for each in (juror, part or juror)):
                raise Unusual
            self.givers[giver] = giver
        return self.givers[giver]


class Fold:
    """The sheets of one edition: taken in runs, and worked out when somebody asks."""

    def __init__(self, scratch: Scratch, reader: SheetReader, edition: EditionId) -> None:
        self._scratch = scratch
        self._read = reader.read
        self._edition = edition
        self._stages: dict[StageId, Open | None] = {}
        self._held = HeldSheets(edition)
        self._count = 0
        self._position = 0
        scratch.beside = self._held.beside

    def take(self, frames: Sequence[Frame]) -> int:
        """Fold these up to the first that cannot be; how many that were."""
        done = self._fold(frames)
        self._position = frames[done - 1][0] if done else self._position
        if self._count > HELD_MAX:
            self._write_down()
        return done

    def _fold(self, frames: Sequence[Frame]) -> int:
        # In one piece: of a million events most come by here, and a call costs as much as a look.
        # What is unusual ends it: the caller gives the rest to ranking's handlers.
        done, read, stages = 0, self._read, self._stages
        with suppress(Unusual):
            for _, subject, head, body in frames:
                sheet = read(subject, head, body)
                stage = stages.get(sheet.stage) or self._opened(sheet.stage)
                sheets = stage.sheets.get(sheet.proposal)
                if sheets is None:
                    sheets = self._look_up(stage, sheet.proposal, frames)
                giver = (sheet.juror, sheet.part or "")
                before = sheets.get(giver)
                if before is None:
                    giver = stage.known(giver)
                elif sheet.version <= before[0]:
                    raise Unusual
                asked = stage.whole if sheet.part is None else stage.of_part
                sheets[giver] = (sheet.version, *asked.marks(sheet.marks))
                stage.changed.add(sheet.proposal)
                self._count += before is None or not before[1]
                done += 1
        return done

    def _opened(self, stage: StageId) -> Open:
        if not self._stages and self._scratch.waits():
            raise Unusual
        if stage not in self._stages:
            with self._scratch.store() as store:
                rule = open_stage(self._edition, stage, store)
            self._stages[stage] = None if rule is None else Open.of(rule)
        opened = self._stages[stage]
        if opened is None:
            raise Unusual
        return opened

    def _look_up(self, stage: Open, proposal: ProposalId, frames: Sequence[Frame]) -> OfProposal:
        if proposal not in stage.sheets:
            named = {
                subject.split(b".")[4].decode("utf-8", "replace") for _, subject, _, _ in frames
            }
            missing = sorted({proposal, *named} - stage.sheets.keys())
            name = stage.rule.id
            with self._scratch.store() as store:
                known = versions_in(self._edition, name, missing, store)
            for each in missing:
                stage.sheets[each] = (
                    self._held.of_proposal(name, each, known[each]) if each in known else None
                )
        sheets = stage.sheets[proposal]
        if sheets is None:
            raise Unusual
        return sheets

    def work_out(self) -> None:
        """Score what was folded; another message may change the rules from here on."""
        for name, stage in self._stages.items():
            changed = iter(sorted(stage.changed) if stage else ())
            while some := list(islice(changed, TOGETHER)):
                self._scratch.work(partial(score_again, self._edition, name, some), self._position)
        self._stages.clear()

    def _write_down(self) -> None:
        self.work_out()
        for stage, proposal, sheets in self._held.all_of_them():
            keep = partial(keep_sheets, self._edition, stage, {proposal: sheets})
            self._scratch.work(keep, self._position)
        self._held.clear()
        self._count = 0
