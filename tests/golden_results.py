"""What is committed of the golden scenarios, and where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from golden_scenarios import SCENARIOS

from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import MODEL_VERSION
from pyfabric.engine import RawTables, run

FILE: Final = Path(__file__).with_name("golden") / "results.json"


def result_of(raw: RawTables) -> dict[str, Any]:
    """The committed figures of a run."""
    return {
        "fingerprint": raw.fingerprint,
        "stop_reason": raw.stop_reason,
        "end_ps": raw.end_ps,
        "packet_hops": raw.stats["packet_hops"],
    }


def committed() -> dict[str, Any]:
    """``model_version``, and ``scenarios``: name to figures."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def current() -> dict[str, Any]:
    """The same from the engine as it is."""
    scenarios = {name: result_of(run(compile_scenario(make()))) for name, make in SCENARIOS.items()}
    return {"model_version": MODEL_VERSION, "scenarios": scenarios}
