"""What `verify_bundle.py`, the second reading of the rules, says of a log."""

from pathlib import Path

from sayembara.audit import verify_bundle
from sayembara.audit.bundle import Bundle
from sayembara.audit.checkpoints import Kept
from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint, Signer, sign
from sayembara.audit.tree import Tree
from tests.audit.ranking_log import NOW, RankingLog
from tests.ranking.facts import EDITION

LOG = Signer.new("log")


def told(log: RankingLog, file: Path, *, witnesses: tuple[str, ...] = (), note: str = "") -> str:
    """What the verifier says of the log, one line each; 'WRONG' begins what is wrong."""
    tree = Tree(map(leaf_hash, log.messages))
    checkpoint = Checkpoint(LOG.name, tree.size, tree.root())
    kept = Kept(checkpoint, note or sign(checkpoint.text(), LOG), NOW)
    bundle = Bundle(EDITION, tree, kept, LOG.verifier)
    lines = [bundle.first_line(), *map(bundle.line, log.messages)]
    file.write_text("".join(lines), "utf-8")
    report = Told()
    verify_bundle.verify(file, str(LOG.verifier), [], list(witnesses), report)
    return "\n".join(report.lines)


class Told(verify_bundle.Report):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def good(self, text: str) -> None:
        self.lines.append(text)

    def said(self, text: str) -> None:
        self.lines.append(f"note {text}")

    def bad(self, text: str) -> None:
        self.lines.append(f"WRONG {text}")
