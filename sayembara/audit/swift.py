"""A replay of one edition that folds its sheets, and gives everything else to `Replay` as it is.

The order of the log is kept: sheets are folded in runs without another message of the edition
that counts, and worked out before the next such message is taken. A short run is not worth it.
"""

from contracts.ids import EditionId
from kit.heard import Heard
from kit.reactions import fixed_tokens
from ranking_service.app import SERVICE

from sayembara.audit.fold import Fold
from sayembara.audit.frames import heard
from sayembara.audit.replay import READ, Replay
from sayembara.audit.sheets import SheetReader
from sayembara.audit.wire import Frame

_READ = {("ranking", *each.type.split(".")[:2]) for each in READ}
RUN = 4_000
SHORT = 500


class Swift:
    """Takes the frames of one edition in order; `folded` is how many sheets were folded."""

    def __init__(self, replay: Replay, edition: EditionId) -> None:
        self.replay = replay
        self.folded = 0
        reader = SheetReader(edition, replay.timing.acted)
        self._fold = Fold(replay.scratch, reader, edition)
        self._prefix = reader.prefix
        self._concerns: dict[bytes, bool] = {}
        self._run: list[Frame] = []
        self._others: list[Heard] = []
        self._position = 0

    def take(self, frames: list[Frame]) -> None:
        """Take the next messages of the log."""
        prefix, run = self._prefix, self._run
        for frame in frames:
            if frame[1].startswith(prefix):
                run.append(frame)
                if len(run) >= RUN:
                    self._end_run()
            elif self._is_of_concern(frame[1]):
                self._end_run()
                self._others.append(heard(frame))
        self._position = max(self._position, frames[-1][0])

    def _is_of_concern(self, subject: bytes) -> bool:
        kind = b".".join(subject.split(b".")[1::2])
        if kind not in self._concerns:
            said = subject.decode("utf-8", "replace")
            self._concerns[kind] = SERVICE.hears(said) or fixed_tokens(said) in _READ
        return self._concerns[kind]

    def _end_run(self) -> None:
        if len(self._run) < SHORT:
            self._others += map(heard, self._run)
            if len(self._others) >= RUN:
                self._take_others()
        else:
            self._take_others()
            self._fold_run()
        self._run.clear()

    def _take_others(self) -> None:
        if self._others:
            self._fold.work_out()
            self.replay.take(self._others)
            self._others.clear()

    def _fold_run(self) -> None:
        done = 0
        operated = self.replay.timing.operated.positions
        apart = not operated.isdisjoint(position for position, *_ in self._run)
        if not apart and not self.replay.comes_before(self._run[-1][0]):
            self.replay.flush()
            done = self._fold.take(self._run)
        self.folded += done
        self._others += map(heard, self._run[done:])

    def settle(self) -> None:
        """Work out everything up to here, so that the standings can be read."""
        self._end_run()
        self._take_others()
        self._fold.work_out()
        self.replay.position = max(self.replay.position, self._position)
        self.replay.settle()
