"""A replay of one edition that folds its sheets, and gives everything else to `Replay` as it is.

The order of the log is kept: sheets are folded in runs without another message of the edition
that counts, and worked out before the next such message is taken. A short run is not worth it.
"""

from collections.abc import Sequence

from contracts.ids import EditionId
from kit.heard import Heard
from kit.reactions import fixed_tokens
from ranking_service.app import SERVICE

from sayembara.audit.fold import Fold
from sayembara.audit.frames import heard
from sayembara.audit.replay import READ, Replay
from sayembara.audit.wire import Found, Frame, position_of

_READ = {("ranking", *each.type.split(".")[:2]) for each in READ}
RUN = 4_000
SHORT = 500


class Swift:
    """Takes the messages of one edition in order."""

    def __init__(self, replay: Replay, edition: EditionId) -> None:
        self.replay = replay
        self.edition = edition
        self._fold = Fold(replay.scratch, edition, replay.timing.acted)
        self._counts: dict[bytes, bool] = {}
        self._run: list[Found] = []
        self._others: list[Heard] = []
        self._position = 0

    def take(self, messages: Sequence[Frame | Found]) -> None:
        """Take the next messages of the log."""
        for each in messages:
            if not isinstance(each, tuple):
                self._run.append(each)
            elif self._does_count(each[1]):
                self._end_run()
                self._others.append(heard(each))
        if len(self._run) >= RUN:
            self._end_run()
        self._position = max(self._position, position_of(messages[-1]))

    def _does_count(self, subject: bytes) -> bool:
        kind = b".".join(subject.split(b".")[1::2])
        if kind not in self._counts:
            said = subject.decode("utf-8", "replace")
            self._counts[kind] = SERVICE.hears(said) or fixed_tokens(said) in _READ
        return self._counts[kind]

    @property
    def folded(self) -> int:
        """How many sheets were folded."""
        return self._fold.count

    def _end_run(self) -> None:
        if len(self._run) < SHORT:
            self._others += map(heard, self._run)
            if len(self._others) >= RUN:
                self._take_others()
        else:
            self._fold_run()
        self._run.clear()

    def _take_others(self) -> None:
        if self._others:
            self._fold.work_out()
            self.replay.take(self._others)
            self._others.clear()

    def _fold_run(self) -> None:
        done = 0
        if self._may_fold(position_of(self._run[0]), position_of(self._run[-1])):
            done = self._fold.take(self._run)
        self._others += map(heard, self._run[done:])

    def _may_fold(self, first: int, last: int) -> bool:
        self._take_others()
        if self.replay.timing.operated.of(first, last) or self.replay.comes_before(last):
            return False
        self.replay.flush()
        return True

    def settle(self) -> None:
        """Work out everything up to here, so that the standings can be read."""
        self._end_run()
        self._take_others()
        self._fold.work_out()
        self.replay.position = max(self.replay.position, self._position)
        self.replay.settle()
