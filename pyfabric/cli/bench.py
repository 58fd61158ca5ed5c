"""``pyfabric bench``: measures the cases one after the other and prints them."""

from __future__ import annotations

import json
import logging

from pyfabric.bench import CASES, Job, measure_apart, text, with_ratios
from pyfabric.cli.outcome import DONE, INTERRUPTED


def list_cases(*, as_json: bool) -> int:
    """Print names and what they are; returns the exit code."""
    if as_json:
        rows = [{"name": c.name, "about": c.about, "hosts": c.hosts} for c in CASES.values()]
        print(json.dumps({"cases": rows}, indent=2))
        return DONE
    width = max(map(len, CASES))
    for case in CASES.values():
        print(f"{case.name:{width}}  {case.about}")
    return DONE


def run_bench(jobs: list[Job], *, as_json: bool) -> int:
    """Measure and print; Ctrl-C ends with the cases that are done. Returns the exit code."""
    logger = logging.getLogger("pyfabric.bench")
    rows, code = [], DONE
    try:
        for number, job in enumerate(jobs, 1):
            logger.info("%s, %d of %d", job.case.name, number, len(jobs))
            rows.append(measure_apart(job))
    except KeyboardInterrupt:
        code = INTERRUPTED
    if not rows:
        raise KeyboardInterrupt
    rows = with_ratios(rows)
    print(json.dumps({"cases": rows}, indent=2) if as_json else text(rows))
    return code
