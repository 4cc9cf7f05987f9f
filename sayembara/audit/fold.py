"""The sheets of an edition folded: of each only the last version is kept, and worked out once.

A sheet is folded where `take_sheet` would keep it without a word: its stage is open, its proposal
is judged there, its marks fit and its version is newer. Everything else is left to ranking's own
handlers, so that the outcome is theirs.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby, islice, repeat
from operator import getitem

from contracts.ids import EditionId, ProposalId, StageId
from contracts.stage import Stage
from ranking_service.handlers.many import keep_sheets, open_stage, score_again, versions_in
from ranking_service.store import Giver

from sayembara.audit.asked import Asked, Columns, Order
from sayembara.audit.held import HeldSheets, OfProposal
from sayembara.audit.scratch import Scratch
from sayembara.audit.sheets import BETWEEN, KIND, TOKEN, Column, Row, Sheets, Unusual, rows_of
from sayembara.audit.wire import Found, position_of

HELD_MAX = 400_000
"""So many sheets are held in memory, of about 200 bytes each; then they go to the store."""

TOGETHER = 1_000

By = bytes | tuple[bytes, bytes | None]
"""The juror of a sheet as it is written; and the part, where it is of one."""


class Open:
    """An open stage, and the sheets that are folded there."""

    def __init__(self, rule: Stage, scratch: Scratch, sheets: HeldSheets) -> None:
        self._rule = rule
        self._scratch = scratch
        self._sheets = sheets
        self._asked = [Asked(rule.asked_of(None, of_part=each)) for each in (False, True)]
        self._places: dict[bytes, OfProposal] = {}
        self._givers: dict[By, Giver] = {}
        self._looked_up: set[bytes] = set()

    @property
    def proposals(self) -> list[ProposalId]:
        """Those that were found to be judged."""
        return sorted(each.decode() for each in self._places)

    def add(self, sheets: Sheets) -> int:
        """Hold these in place of older versions, up to the first that cannot be; how many.

        Either all of them are of parts or none is. Unusual, and none is held, where some are not
        of a proposal, a juror or a part that is judged here, or not in words that are taken.
        """
        sheets.check_words()
        asked = self._asked[sheets.of_part[0] is not None]
        places, givers = self._places_of(sheets.proposal), self._givers_of(sheets)
        versions, marks = map(int, sheets.version), map(bytes.split, sheets.marks, repeat(BETWEEN))
        done = new = 0
        order: Order = ()
        columns: Columns = ()
        # Of a million events most come by here, and a call costs as much as a look.
        with suppress(Unusual):
            for place, giver, version, pieces in zip(places, givers, versions, marks, strict=True):
                before = place.get(giver)
                if before is not None and version <= before[0]:
                    break
                try:
                    known = len(pieces) == len(columns)
                    numbers = tuple(map(getitem, columns, pieces)) if known else ()
                except KeyError:
                    numbers = ()
                if not numbers:
                    order, columns, numbers = asked.read(pieces)
                place[giver] = (version, order, numbers)
                if before is None or not before[1]:
                    new += 1
                done += 1
        self._sheets.count += new
        return done

    def _places_of(self, proposals: Column) -> Iterator[OfProposal]:
        if new := set(proposals) - self._places.keys():
            self._look_up(new - self._looked_up)
        if not new <= self._places.keys():
            raise Unusual
        return map(self._places.__getitem__, proposals)

    def _look_up(self, written: set[bytes]) -> None:
        names = {each.decode("utf-8", "replace"): each for each in written}
        self._looked_up |= written
        edition, stage = self._sheets.edition, self._rule.id
        with self._scratch.store() as store:
            known = versions_in(edition, stage, sorted(names), store)
        for each, versions in known.items():
            self._places[names[each]] = self._sheets.of_proposal(stage, each, versions)

    def _givers_of(self, sheets: Sheets) -> Iterator[Giver]:
        # Most are of no part: to pair each with none would cost as much as the rest.
        pairs = list(zip(sheets.juror, sheets.part, strict=True)) if sheets.of_part[0] else None
        who: Sequence[By] = pairs or sheets.juror
        for each in set(who) - self._givers.keys():
            self._givers[each] = self._giver(each)
        return map(self._givers.__getitem__, who)

    def _giver(self, who: By) -> Giver:
        juror, part = who if isinstance(who, tuple) else (who, None)
        giver = juror.decode("utf-8", "replace"), (part or b"").decode("utf-8", "replace")
        takes = part is None or giver[1] in self._rule.parts or self._rule.open_parts
        if not takes or not all(TOKEN.fullmatch(each) for each in giver[: 1 + (part is not None)]):
            raise Unusual
        return giver


class Fold:
    """The sheets of one edition: taken in runs, and worked out when somebody asks.

    `count` is how many were folded.
    """

    def __init__(self, scratch: Scratch, edition: EditionId, delayed: Collection[str]) -> None:
        self.count = 0
        self._scratch = scratch
        self._edition = edition
        self._delayed = {each.encode() for each in delayed}
        self._open: dict[StageId, Open | None] = {}
        self._held = HeldSheets(edition)
        self._position = 0
        scratch.beside = self._held.beside

    def take(self, run: Sequence[Found]) -> int:
        """Fold these sheets up to the first that cannot be; how many that were."""
        done = 0
        for _, some in groupby(rows_of(run), KIND):
            alike = list(some)
            added = self._add(alike)
            done += added
            if added < len(alike):
                break
        if done:
            self._came_to(position_of(run[done - 1]))
        return done

    def _add(self, alike: Sequence[Row]) -> int:
        try:
            return self._add_all(Sheets.of(alike))
        except Unusual:
            half = len(alike) // 2
        # One of them is not as usual: those before it are found by halves.
        done = self._add(alike[:half]) if half else 0
        return done + self._add(alike[half:]) if half and done == half else done

    def _add_all(self, sheets: Sheets) -> int:
        if not self._delayed.isdisjoint(sheets.event):
            raise Unusual
        done = self._stage(sheets.stage[0].decode("utf-8", "replace")).add(sheets)
        self.count += done
        return done

    def _came_to(self, position: int) -> None:
        self._position = position
        if self._held.count > HELD_MAX:
            self._write_down()

    def _stage(self, name: StageId) -> Open:
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

    def work_out(self) -> None:
        """Score what was folded; another message may change the rules from here on."""
        for name, stage in self._open.items():
            left = iter(stage.proposals if stage else ())
            while some := list(islice(left, TOGETHER)):
                self._scratch.work(partial(score_again, self._edition, name, some), self._position)
        self._open.clear()

    def _write_down(self) -> None:
        self.work_out()
        for stage, proposal, sheets in self._held.all_of_them():
            keep = partial(keep_sheets, self._edition, stage, {proposal: sheets})
            self._scratch.work(keep, self._position)
        self._held.clear()
