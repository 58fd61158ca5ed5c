"""The third-party package, built against the header and installed into a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfabric

SOURCE = Path(__file__).with_name("third_party")


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder on ``sys.path`` in which ``aimd_plugin`` is installed."""
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools", minversion="77")
    if shutil.which(os.environ.get("CC", "cc")) is None:
        pytest.skip("there is no C compiler")
    scratch = tmp_path_factory.mktemp("plugin")
    shutil.copytree(SOURCE, scratch / "source", ignore=shutil.ignore_patterns("__pycache__"))
    target = scratch / "target"
    root = str(Path(pyfabric.__file__).resolve().parents[1])
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index"]
    command += ["--no-build-isolation", "--no-deps", "--disable-pip-version-check"]
    command += ["--target", str(target), str(scratch / "source")]
    done = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": root}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(target))
    yield target
    sys.path.remove(str(target))
