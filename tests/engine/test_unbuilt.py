"""A tree without its compiled core says where it is and what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pyfabric as pf

ROOT = Path(pf.__file__).resolve().parents[1]
CODE = "import sys; sys.modules['pyfabric._core'] = None; import pyfabric.engine.native"


def test_the_message_names_the_directory(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CODE]
    # The directory of the call comes before PYTHONPATH, so it must not hold a pyfabric.
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert f"pyfabric is imported from {ROOT}" in done.stderr
    assert "installed package is shadowed" in done.stderr
    assert "build_ext --inplace" in done.stderr
