"""The golden scenarios give the committed results, in every partitioning.

When results change on purpose: ``python tests/golden/update.py``.
"""

from __future__ import annotations

import random

import pytest
from golden_results import committed, result_of
from golden_scenarios import SCENARIOS
from run_equality import assert_equal_runs
from trace_checks import check_everything

from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import MODEL_VERSION
from pyfabric.engine import run


def test_the_committed_results_are_of_these_scenarios() -> None:
    found = committed()
    assert len(SCENARIOS) == 21
    assert list(found["scenarios"]) == list(SCENARIOS)
    assert found["model_version"] == MODEL_VERSION
    prints = {result["fingerprint"] for result in found["scenarios"].values()}
    assert len(prints) == len(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden(name: str) -> None:
    """One node a partition, all nodes in one, and two random partitionings."""
    plan = compile_scenario(SCENARIOS[name]())
    first = run(plan, trace=True)
    assert result_of(first) == committed()["scenarios"][name]
    nodes = len(plan.labels["node_names"])
    draw = random.Random(name)
    split = [[draw.randrange(parts) for _ in range(nodes)] for parts in (2, 4)]
    for partition_of in ([0] * nodes, *split):
        assert_equal_runs(first, run(plan, trace=True, partition_of=partition_of))
    check_everything(plan, first)
