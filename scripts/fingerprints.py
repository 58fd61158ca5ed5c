"""Write the plans of the golden scenarios, run them in a native self-test, compare fingerprints.

``python scripts/fingerprints.py build/sanitize/csrc/fabric_selftest``, with pyfabric installed: the
installed engine (Release) and the self-test's build (Debug, sanitizers) must agree.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from golden_scenarios import SCENARIOS

from pyfabric.compile import compile_scenario
from pyfabric.compile.flat import write_flat
from pyfabric.engine import run


def main(selftest: Path) -> int:
    """0 if all agree."""
    expected = []
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in SCENARIOS]
        for file, make in zip(files, SCENARIOS.values(), strict=True):
            plan = compile_scenario(make())
            write_flat(plan, file)
            expected.append(run(plan).fingerprint)
        done = subprocess.run(
            [selftest, "plan", *files], stdout=subprocess.PIPE, text=True, check=True
        )
    found = done.stdout.split()
    results = list(zip(SCENARIOS, expected, found, strict=True))
    differing = [result for result in results if result[1] != result[2]]
    for name, here, there in differing:
        sys.stdout.write(f"{name}: {here} installed, {there} in {selftest}\n")
    sys.stdout.write(f"{len(found) - len(differing)} of {len(found)} fingerprints agree\n")
    return 1 if differing else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FABRIC_SELFTEST")
    sys.exit(main(Path(sys.argv[1]).resolve()))
