"""``pytest --benchmark-enable benchmarks``: the engine beside the yardstick, as ``extra_info``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import fat_tree
import pytest
import yardstick
from measure import Measurement
from pytest_benchmark.fixture import BenchmarkFixture

from pyfabric.engine import run

ROUNDS = 5


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not there")
    return yardstick.build(tmp_path_factory.mktemp("yardstick"))


@pytest.mark.parametrize("k", [8, 16])
def test_permutation(benchmark: BenchmarkFixture, program: Path, k: int) -> None:
    """Yardstick and engine take turns; the time benchmarked is the engine's with its tables."""
    plan = fat_tree.plan(k)
    measured = Measurement(k, fat_tree.PACKETS)
    speeds: list[float] = []

    def before() -> tuple[tuple[()], dict[str, Any]]:
        speeds.append(yardstick.packet_hops_per_cpu_second(program, k))
        return (), {}

    def engine() -> None:
        raw = run(plan)
        assert raw.stop_reason == "all_done"
        measured.add(raw, speeds[-1])

    benchmark.pedantic(  # type: ignore[no-untyped-call]
        engine, setup=before, rounds=ROUNDS, iterations=1, warmup_rounds=1
    )
    counted = measured.instructions_per_hop() if benchmark.enabled else None
    benchmark.extra_info.update(
        packet_hops_per_cpu_second=sorted(measured.engine)[len(measured.engine) // 2],
        data_packet_hops_per_cpu_second=measured.data_speed,
        yardstick_packet_hops_per_cpu_second=sorted(measured.yardstick)[len(speeds) // 2],
        ratio_to_yardstick=measured.ratio,
        events_per_packet_hop=measured.events_per_hop,
        instructions_per_packet_hop="unavailable" if counted is None else counted,
        engine_memory_bytes=measured.stats["engine_memory_bytes"],
        peak_memory_bytes=measured.stats["peak_memory_bytes"],
    )
