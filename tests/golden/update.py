"""Write the results of the golden scenarios anew and name those that changed.

``python tests/golden/update.py``, with pyfabric installed. A change of results belongs into
CHANGELOG.md and raises the model version when docs/model.md changed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from golden_results import FILE, committed, current


def main() -> None:
    """Compare, write, report."""
    old = committed()["scenarios"] if FILE.exists() else {}
    new = current()
    names = [*new["scenarios"], *(name for name in old if name not in new["scenarios"])]
    changed = [name for name in names if old.get(name) != new["scenarios"].get(name)]
    FILE.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("".join(f"changed: {name}\n" for name in changed) or "nothing changed\n")


if __name__ == "__main__":
    main()
