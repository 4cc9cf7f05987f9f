"""Python packages that are none of ours, installed aside for one test."""

import subprocess
import sys
from pathlib import Path

import pytest

INSTALL_SECONDS = 300
NO_REGISTRY = ("error sending request", "dns error", "Connection refused", "timed out")


def install(folder: Path, *packages: str) -> None:
    """Put the packages into `folder`, for PYTHONPATH; skips the test where no registry answers."""
    uv = Path(sys.executable).with_name("uv")
    done = subprocess.run(
        [uv, "--quiet", "pip", "install", "--target", folder, *packages],
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if done.returncode and any(each in done.stderr for each in NO_REGISTRY):
        pytest.skip("uv reaches no registry from here, so packages cannot be installed")
    assert done.returncode == 0, done.stderr
