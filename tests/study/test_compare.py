"""Comparing variants: same traffic, same outcome wherever the runs are made, nothing lost."""

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from study_tools import busy

import pyfabric as pf
from pyfabric.study import Comparison, StudyError, StudyProgress, StudyWarning, runs

VARIANTS = {
    "as it is": None,
    "pfc only": pf.NoCongestionControl(),
    "low kmin": {"switch.ecn.kmin": "20kB", "switch.ecn.kmax": "100kB"},
    "scenario": busy(congestion_control=pf.StaticWindow(), seed=77, workload_seed=78),
}
TRAFFIC = ("src", "dst", "size_bytes", "start_ps")
#: Columns that depend on the machine, or on whether queues were recorded.
CHANGING = {"cpu_seconds", "queue_p99_bytes"}


def rows(comparison: Comparison) -> dict[tuple[str, int], dict[str, object]]:
    table = [comparison.runs.row(index) for index in range(len(comparison.runs))]
    return {
        (row["variant"], row["seed"]): {k: str(v) for k, v in row.items() if k not in CHANGING}
        for row in table
    }


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return pf.compare(busy(), VARIANTS, seeds=[3, 1], workers=2, record="queues")


def test_one_row_per_variant_and_seed_in_order(compared: Comparison) -> None:
    order = list(zip(compared.runs["variant"], compared.runs["seed"].tolist(), strict=True))
    assert order == [(name, seed) for name in VARIANTS for seed in (3, 1)]
    assert len(set(compared.runs["fingerprint"])) == 8
    assert compared.seeds == (3, 1)
    assert list(compared.variants) == list(VARIANTS)


def test_same_traffic_for_the_same_seed(compared: Comparison) -> None:
    flows = {key: result.flows for key, result in compared.results.items()}
    for seed in (3, 1):
        for name in VARIANTS:
            for column in TRAFFIC:
                one, two = flows["as it is", seed][column], flows[name, seed][column]
                assert np.array_equal(one, two), (name, seed, column)
    assert not np.array_equal(
        flows["as it is", 3]["size_bytes"], flows["as it is", 1]["size_bytes"]
    )


def test_rows_are_those_of_simulate(compared: Comparison) -> None:
    scenario = busy(congestion_control=pf.NoCongestionControl(), seed=1, workload_seed=1)
    result, row = pf.simulate(scenario), rows(compared)["pfc only", 1]
    assert row["fingerprint"] == result.fingerprint
    assert row["stop_reason"] == result.stop_reason == "all_done"
    assert int(row["flows_finished"]) == len(result.flows)
    assert int(row["ecn_marks"]) == result.ports["ecn_marks"].sum() > 0
    assert int(row["pauses"]) == len(result.pauses) > 0
    assert float(row["paused_us"]) == result.ports["paused_ps"].sum() / 1e6
    last = (result.flows["start_ps"] + result.flows["fct_ps"]).max() / 1e6
    assert float(row["all_done_us"]) == last
    assert int(row["packet_hops"]) == result.stats["packet_hops"]
    margin = result.lossless().margins["margin_bytes"].min()
    assert float(row["headroom_margin_bytes"]) == margin


def test_summary_is_means_over_seeds(compared: Comparison) -> None:
    summary = compared.summary
    values = compared.runs["fct_p99_us"][compared.runs["variant"] == "low kmin"]
    rows_of = [summary.row(index) for index in range(len(summary))]
    (row,) = [r for r in rows_of if (r["variant"], r["metric"]) == ("low kmin", "fct_p99_us")]
    assert row["runs"] == 2
    assert row["mean"] == pytest.approx(values.mean())
    assert row["half_width"] == pytest.approx(12.7062 * abs(values[0] - values[1]) / 2)
    assert (row["smallest"], row["largest"]) == (values.min(), values.max())


def test_text_is_one_table(compared: Comparison) -> None:
    text = str(compared)
    assert text.startswith("4 variants x 2 seeds, the same traffic for the same seed; mean ± 95 %")
    for words in (*VARIANTS, "FCT p99", "2 of 2", "±", "pauses", "drops, lossless classes"):
        assert words in text
    assert max(map(len, text.splitlines())) <= 105
    assert "best" not in text
    assert repr(compared) == "<Comparison of 4 variants x 2 seeds: 8 runs, 0 warnings>"


def test_one_seed_has_no_interval() -> None:
    comparison = pf.compare(busy(), {"a": None})
    assert np.isnan(comparison.summary["half_width"]).all()
    assert "±" not in str(comparison)
    assert comparison.results == {}


def test_order_of_variants_and_seeds_makes_no_difference(compared: Comparison) -> None:
    backwards = {name: VARIANTS[name] for name in reversed(VARIANTS)}
    other = pf.compare(busy(), backwards, seeds=[1, 3], workers=1)
    assert rows(other) == rows(compared)


def executors() -> list[Executor]:
    spawn = multiprocessing.get_context("spawn")
    return [ThreadPoolExecutor(3), ProcessPoolExecutor(2, mp_context=spawn)]


@pytest.mark.parametrize("executor", executors(), ids=["threads", "processes"])
def test_any_executor_gives_the_same(executor: Executor, compared: Comparison) -> None:
    with executor:
        other = pf.compare(busy(), VARIANTS, seeds=[3, 1], executor=executor)
    assert rows(other) == rows(compared)
    assert other.results == {}


def test_seeds_take_the_place_of_the_scenarios() -> None:
    one, two = (pf.compare(busy(seed=seed, workload_seed=9), {"a": {}}) for seed in (4, 5))
    assert rows(one) == rows(two)


PLAIN = {
    "objects": {
        "congestion_control": pf.DCQCN.preset("hpcc"),
        "switch.ecn": pf.ECN.preset("nvidia"),
        "overrides": {"spine*": pf.Switch(ecn=None)},
    },
    "plain": {
        "congestion_control": {"dcqcn": {"preset": "hpcc"}},
        "switch.ecn": {"preset": "nvidia"},
        "overrides": {"spine*": {"switch": {"ecn": None}}},
    },
}


def test_plain_data_as_in_a_file() -> None:
    with pytest.warns(StudyWarning, match="'plain' made no .*: it is the same scenario"):
        comparison = pf.compare(busy(), PLAIN)
    assert comparison.variants["objects"] == comparison.variants["plain"]


def test_progress_after_each_run_in_the_calling_thread() -> None:
    told: list[tuple[StudyProgress, int]] = []
    pf.compare(
        busy(),
        {"a": None, "b": pf.NoCongestionControl()},
        seeds=range(2),
        progress=lambda state: told.append((state, threading.get_ident())),
    )
    assert [state.done for state, _ in told] == [1, 2, 3, 4]
    assert {(state.variant, state.seed) for state, _ in told} == {
        (name, seed) for name in "ab" for seed in range(2)
    }
    assert {thread for _, thread in told} == {threading.get_ident()}
    assert {state.runs for state, _ in told} == {4}


def test_failed_runs_are_named_and_the_others_kept() -> None:
    lacking = {"switch.ecn": pf.ECN(kmin={"25Gbps": "1kB"}, kmax="1MB")}
    with pytest.raises(StudyError) as caught:
        pf.compare(busy(), {"good": None, "bad": lacking}, seeds=range(2))
    error = caught.value
    assert "2 of 4 runs failed" in str(error)
    assert "variant 'bad', seeds 0, 1: switch.ecn.kmin: has no entry" in str(error)
    assert [(failure.variant, failure.seed) for failure in error.failures] == [
        ("bad", 0),
        ("bad", 1),
    ]
    assert isinstance(error.__cause__, pf.ScenarioError)
    assert error.comparison.runs["variant"].tolist() == ["good", "good"]
    assert "Failed: variant 'bad'" in str(error.comparison)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_all_runs_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise pf.EngineError("an invariant broke", 5, "leaf0")

    monkeypatch.setattr(runs, "simulate", broken)
    with pytest.raises(StudyError, match=r"seed 0: an invariant broke \(at node leaf0") as caught:
        pf.compare(busy(), {"a": None})
    assert len(caught.value.comparison.runs) == len(caught.value.comparison.summary) == 0
    assert "Failed" in str(caught.value.comparison)


def test_foreign_errors_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(runs, "simulate", broken)
    with pytest.raises(StudyError, match="ZeroDivisionError: by zero"):
        pf.compare(busy(), {"a": None})


def interrupt(state: StudyProgress) -> None:
    if state.done == 2:
        raise KeyboardInterrupt


def test_interrupt_keeps_what_is_finished() -> None:
    comparison = pf.compare(busy(), VARIANTS, seeds=range(5), workers=1, progress=interrupt)
    assert comparison.interrupted
    assert 2 <= len(comparison.runs) < 20
    assert comparison.runs["variant"][0] == "as it is"
    assert "Interrupted" in str(comparison)


def test_an_error_of_progress_ends_it() -> None:
    def broken(state: StudyProgress) -> None:
        raise LookupError(state.done)

    with pytest.raises(LookupError):
        pf.compare(busy(), VARIANTS, seeds=range(5), workers=1, progress=broken)


def test_comparison_survives_pickle(compared: Comparison) -> None:
    again = pickle.loads(pickle.dumps(compared))
    assert again.runs == compared.runs
    assert str(again) == str(compared)


SCRIPT = """\
import pyfabric as pf
print("started")
flows = pf.incast(0, [1, 2, 3], size="2MB")
scenario = pf.Scenario(topology=pf.star(4, rate="100Gbps", link_delay="1us"), workload=flows)
controls = {"dcqcn": pf.DCQCN(), "none": pf.NoCongestionControl()}
print(len(pf.compare(scenario, controls, seeds=range(2)).runs))
"""


def test_unguarded_script_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    env = os.environ | {"PYTHONPATH": str(Path(pf.__file__).resolve().parents[1])}
    done = subprocess.run(
        [sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=60
    )
    assert done.stdout + done.stderr == "started\n4\n"


def test_tables_become_frames(compared: Comparison) -> None:
    pytest.importorskip("pandas")
    assert compared.summary.to_pandas()["variant"].tolist() == compared.summary["variant"].tolist()
    assert compared.runs.to_pandas()["lossless"].tolist() == [1] * 8
