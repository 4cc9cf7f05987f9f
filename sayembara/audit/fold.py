"""The sheets of an edition folded: of each only the last version is kept, and worked out once.

A sheet is folded where `take_sheet` would keep it without a word: its stage is open, its proposal
is judged there, its marks fit and its version is newer. Everything else is left to ranking's own
handlers, so that the outcome is theirs.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from itertools import islice

from contracts.ids import EditionId, ProposalId, StageId
from contracts.stage import Stage
from ranking_service.handlers.many import keep_sheets, open_stage, score_again, versions_in

from sayembara.audit.asked import Asked
from sayembara.audit.folded import Folded, Form, OfProposal, OfStage
from sayembara.audit.held import HeldSheets, giver_of
from sayembara.audit.scratch import Scratch
from sayembara.audit.sheets import TOKEN, SheetReader, Unusual
from sayembara.audit.wire import Frame, position_of

HELD_MAX = 400_000
"""So many sheets are held in memory, of about 200 bytes each; then they go to the store."""

TOGETHER = 1_000


class Open(OfStage):
    """An open stage. What ranking would not keep without a word is Unusual."""

    def __init__(self, rule: Stage, scratch: Scratch, held: HeldSheets) -> None:
        super().__init__()
        self._rule = rule
        self._scratch = scratch
        self._held = held
        self._asked = [Asked(rule.asked_of(None, of_part=each)) for each in (False, True)]
        self._known: set[ProposalId] = set()

    def of_proposal(self, proposal: ProposalId) -> OfProposal:
        """The sheets of a proposal; Unusual where it is not judged."""
        self.look_up((proposal,))
        if proposal not in self.sheets:
            raise Unusual
        return self.sheets[proposal]

    def look_up(self, proposals: Iterable[ProposalId]) -> None:
        """Learn of these proposals together whether they are judged, and what is known of them."""
        if missing := sorted(set(proposals) - self._known):
            edition, name = self._held.edition, self._rule.id
            with self._scratch.store() as store:
                known = versions_in(edition, name, missing, store)
            for each, versions in known.items():
                self.sheets[each] = self._held.of_proposal(name, each, versions)
            self._known.update(missing)

    def check_giver(self, giver: str) -> None:
        """Unusual where this is no juror, or the stage has no such part."""
        juror, part = giver_of(giver)
        takes = not part or part in self._rule.parts or self._rule.open_parts
        if not takes or not all(TOKEN.fullmatch(each) for each in (juror, part or juror)):
            raise Unusual

    def check_form(self, form: Form) -> None:
        """Unusual where these are not the criteria that are asked for."""
        self._asked[form[0]].check_order(form[1])

    def check_mark(self, form: Form, column: int, text: str) -> None:
        """Unusual where this is no mark of that criterion."""
        self._asked[form[0]].check_mark(form[1][column], text)

    def check(self, folded: OfStage) -> None:
        """Unusual where some of these sheets, folded by themselves, do not count as they are."""
        for written in folded.givers.keys() - self.givers.keys():
            self.giver(written)
        for form, columns in folded.forms.items():
            for number, (mine, theirs) in enumerate(zip(self.form(form), columns, strict=True)):
                for mark in theirs.keys() - mine.keys():
                    self.check_mark(form, number, theirs[mark])
        self.look_up(folded.sheets)
        for proposal, sheets in folded.sheets.items():
            held = self.of_proposal(proposal)
            for giver in held.keys() & sheets.keys():
                if sheets[giver][0] <= held[giver][1]:
                    raise Unusual

    def put(self, folded: OfStage) -> int:
        """Hold these sheets in place of older versions; how many more are held."""
        more = 0
        for proposal, sheets in folded.sheets.items():
            held = self.sheets[proposal]
            more += len(sheets) - sum(bool(held[each][2][1]) for each in held.keys() & sheets)
            held.update(sheets)
        return more


class Fold(Folded):
    """The sheets of one edition: taken in runs, and worked out when somebody asks."""

    def __init__(self, scratch: Scratch, edition: EditionId) -> None:
        super().__init__()
        self._scratch = scratch
        self._edition = edition
        self._open: dict[StageId, Open | None] = {}
        self._changed: dict[StageId, set[ProposalId]] = {}
        self._held = HeldSheets(edition)
        self._position = 0
        scratch.beside = self._held.beside

    def take(self, reader: SheetReader, frames: list[Frame]) -> int:
        """Fold these up to the first that cannot be; how many that were."""
        before = self.count
        with suppress(Unusual):
            self._look_up(reader, frames)
            self.add(reader, frames)
        if done := self.count - before:
            self._came_to(position_of(frames[done - 1]))
        return done

    def take_folded(self, folded: Folded, position: int) -> bool:
        """Take what a run up to there came to; False, and nothing is taken, if some cannot be."""
        stages = {name: stage for name, stage in folded.stages.items() if stage.sheets}
        try:
            for name, stage in stages.items():
                self.stage(name).check(stage)
        except Unusual:
            return False
        for name, stage in stages.items():
            self.held += self.stage(name).put(stage)
            self._changed.setdefault(name, set()).update(stage.sheets)
        self.count += folded.count
        self._came_to(position)
        return True

    def _came_to(self, position: int) -> None:
        self._position = position
        if self.held > HELD_MAX:
            self._write_down()

    def stage(self, name: StageId) -> Open:
        """The sheets of a stage; Unusual where it takes none."""
        if not self._open and self._scratch.waits():
            raise Unusual
        if name not in self._open:
            with self._scratch.store() as store:
                rule = open_stage(self._edition, name, store)
            found = None if rule is None else Open(rule, self._scratch, self._held)
            self._open[name] = found
        if (opened := self._open[name]) is None:
            raise Unusual
        return opened

    def _look_up(self, reader: SheetReader, frames: list[Frame]) -> None:
        """Look the proposals of a run up together."""
        _, first = reader.read(*frames[0][2:])
        stage = self.stage(first[0].decode("utf-8", "replace"))
        new = {subject for _, subject, _, _ in frames} - stage.places.keys()
        stage.look_up({each.split(b".")[4].decode("utf-8", "replace") for each in new})

    def work_out(self) -> None:
        """Score what was folded; another message may change the rules from here on."""
        for name, stage in self._open.items():
            changed = self._changed.get(name, set())
            changed |= {place[1].decode() for place in stage.places.values()} if stage else set()
            left = iter(sorted(changed))
            while some := list(islice(left, TOGETHER)):
                self._scratch.work(partial(score_again, self._edition, name, some), self._position)
        self._open.clear()
        self._changed.clear()

    def _write_down(self) -> None:
        self.work_out()
        for stage, proposal, sheets in self._held.all_of_them():
            keep = partial(keep_sheets, self._edition, stage, {proposal: sheets})
            self._scratch.work(keep, self._position)
        self._held.clear()
        self.held = 0
