"""Threads and partitions change nothing: fingerprint, every table to the row, how the run ended.

``pytest -m slow`` runs the full product of threads and partitionings, and more random plans. A
failure names the plan, whose number is the seed of the draws.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from agreement.compiled import compiled_plan
from golden_results import committed, result_of
from golden_scenarios import SCENARIOS
from reference.scenarios import random_scenario
from run_equality import assert_identical_runs

from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan
from pyfabric.engine import RawTables, run

THREADS = (1, 2, 3, 4, 8)
PARTITIONINGS = ("default", "alone", "one", "random")
PRODUCT = tuple(itertools.product(THREADS, PARTITIONINGS))

GOLDEN_EXECUTIONS = (
    (1, "alone"),
    (2, "default"),
    (2, "random"),
    (3, "one"),
    (4, "random"),
    (8, "alone"),
)

#: Plans of the reference model and, from scenarios, of the compiler.
REFERENCE_PLANS, COMPILED_PLANS = range(120), range(80)
RECORDED: dict[str, Any] = {"trace": True, "queue_sample_ps": 1_500_000}

Execution = tuple[int, str]


def node_count(plan: Plan) -> int:
    return len(plan.columns["node_is_switch"])


def partition(plan: Plan, name: str, seed: object) -> Sequence[int]:
    nodes = node_count(plan)
    if name == "default":
        return ()
    if name == "random":
        dice = random.Random(f"{seed} {nodes}")
        parts = dice.randint(2, 5)
        return [dice.randrange(parts) for _ in range(nodes)]
    return range(nodes) if name == "alone" else [0] * nodes


def check(plan: Plan, seed: object, executions: Sequence[Execution], **options: Any) -> RawTables:
    """All executions give what one thread gives; ``seed`` draws the random partitions."""
    first = run(plan, **options)
    for threads, name in executions:
        partition_of = partition(plan, name, seed)
        again = run(plan, threads=threads, partition_of=partition_of, **options)
        try:
            assert_identical_runs(first, again)
        except AssertionError as error:
            raise AssertionError(f"plan {seed}, {threads} threads, {name}: {error}") from None
    return first


def some_executions(index: int) -> list[Execution]:
    """Four of the product; all of it comes up every five plans."""
    return [PRODUCT[(4 * index + k) * 7 % len(PRODUCT)] for k in range(4)]


def random_plan(index: int) -> Plan:
    if index < len(REFERENCE_PLANS):
        return random_scenario(index).plan()
    return compiled_plan(index - len(REFERENCE_PLANS))


def bounds(index: int) -> dict[str, Any]:
    """Every third plan has tables that overflow."""
    return {**RECORDED, "table_rows": (4_000_000, 4_000_000, 60)[index % 3]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden_scenarios(name: str) -> None:
    plan = compile_scenario(SCENARIOS[name]())
    first = check(plan, name, GOLDEN_EXECUTIONS, **RECORDED)
    assert result_of(first) == committed()["scenarios"][name]


@pytest.mark.parametrize("decade", range(20))
def test_random_plans(decade: int) -> None:
    for index in range(10 * decade, 10 * decade + 10):
        check(random_plan(index), index, some_executions(index), **bounds(index))


def test_each_execution_comes_up() -> None:
    assert {e for index in range(200) for e in some_executions(index)} == set(PRODUCT)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_golden_scenarios_in_every_execution(name: str) -> None:
    check(compile_scenario(SCENARIOS[name]()), name, PRODUCT, **RECORDED)


def many_plans() -> Iterator[tuple[int, Plan]]:
    yield from ((index, random_plan(index)) for index in range(200))
    yield from ((seed, random_scenario(seed).plan()) for seed in range(1000, 1200))


@pytest.mark.slow
@pytest.mark.parametrize("execution", PRODUCT, ids=lambda e: f"{e[0]}-{e[1]}")
def test_random_plans_in_every_execution(execution: Execution) -> None:
    for index, plan in many_plans():
        check(plan, index, [execution], **bounds(index))
