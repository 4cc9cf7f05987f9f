"""A small system that was played once for all tests of the backup."""

import shutil
from pathlib import Path

import pytest

from sayembara.embedded.system import System
from tests.backup.systems import named, play_in, system_in


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system that was played and stopped; each test takes a copy of it."""
    system = system_in(tmp_path_factory.mktemp("original") / "system")
    play_in(system)
    return system.folder


@pytest.fixture
def played(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    shutil.copytree(original, tmp_path / "system")
    system = system_in(tmp_path / "system")
    named(system, monkeypatch)
    return system
