"""Which flows count, bins by size, metrics against the tables they come from, exports."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from study_tools import busy, small_incast

import pyfabric as pf
from pyfabric.analysis import deepest_queue, jain_index, thinned
from pyfabric.study import Comparison
from pyfabric.study.measuring import measure
from pyfabric.workload import FlowSizes


@pytest.fixture(scope="module")
def compared() -> Comparison:
    variants = {"dcqcn": None, "pfc only": pf.NoCongestionControl()}
    return pf.compare(busy(), variants, seeds=range(3), record="queues", warm_up="2us")


def nearest_rank(values: np.ndarray, percent: float) -> float:
    return float(np.sort(values)[max(math.ceil(percent / 100 * len(values)), 1) - 1])


def test_cuts_leave_out_flows_by_their_start(compared: Comparison) -> None:
    for (variant, seed), result in compared.results.items():
        flows = result.flows
        chosen = flows["start_ps"] >= 2_000_000
        assert 0 < chosen.sum() < len(flows)  # the incast starts before
        mine = (compared.runs["variant"] == variant) & (compared.runs["seed"] == seed)
        (row,) = np.flatnonzero(mine)
        assert compared.runs["flows"][row] == chosen.sum()
        fct = flows["fct_ps"][chosen] / 1e6
        assert compared.runs["fct_p99_us"][row] == nearest_rank(fct, 99)
        last = (flows["start_ps"] + flows["fct_ps"])[chosen].max()
        span = last - flows["start_ps"][chosen].min()
        goodput = flows["size_bytes"][chosen].sum() * 8e12 / span
        assert compared.runs["goodput_bps"][row] == pytest.approx(goodput)
        # Counters are of the whole run.
        assert compared.runs["ecn_marks"][row] == result.ports["ecn_marks"].sum() > 0


def test_the_two_cuts_part_all_flows() -> None:
    before, after, whole = (
        pf.compare(busy(), {"a": None}, **cut).runs["flows"][0]
        for cut in ({"measure_until": "20us"}, {"warm_up": "20us"}, {})
    )
    assert before + after == whole
    assert before > 0
    assert after > 0


def test_a_cut_that_leaves_nothing_warns() -> None:
    with pytest.warns(pf.study.StudyWarning, match="'a' has no flows that start from 1s on"):
        comparison = pf.compare(small_incast(), {"a": None}, warm_up="1s")
    assert comparison.runs["flows"][0] == 0
    assert math.isnan(comparison.runs["fct_p50_us"][0])
    assert "Measured: flows that start from 1s on" in str(comparison)


def test_bins_hold_every_finished_flow_once(compared: Comparison) -> None:
    sizes = compared.sizes
    for (variant, seed), result in compared.results.items():
        rows = (sizes["variant"] == variant) & (sizes["seed"] == seed)
        counted = (result.flows["start_ps"] >= 2_000_000) & result.flows["finished"]
        assert sizes["flows"][rows].sum() == counted.sum()
        for index in np.flatnonzero(rows):
            above, upto = sizes["above_bytes"][index], sizes["upto_bytes"][index]
            size = result.flows["size_bytes"]
            inside = counted & (size > above) & ((size <= upto) | (upto < 0))
            assert sizes["flows"][index] == inside.sum()
            slowdown = result.flows["slowdown"][inside]
            assert sizes["slowdown_p999"][index] == nearest_rank(slowdown, 99.9)
            assert sizes["fct_p50_us"][index] == nearest_rank(
                result.flows["fct_ps"][inside] / 1e6, 50
            )


def test_by_size_is_means_over_seeds(compared: Comparison) -> None:
    table, sizes = compared.by_size, compared.sizes
    for row in (table.row(index) for index in range(len(table))):
        rows = (sizes["variant"] == row["variant"]) & (sizes["above_bytes"] == row["above_bytes"])
        assert row["runs"] == rows.sum()
        assert row["slowdown_p99"] == pytest.approx(sizes["slowdown_p99"][rows].mean())


def test_sets_of_bins() -> None:
    scenario = busy()
    assert measure(None, None, "decades", scenario).edges == (10**4, 10**5, 10**6, 10**7)
    assert measure(None, None, ["1kB", 5000], scenario).edges == (1000, 5000)
    web = measure(None, None, "websearch", scenario).edges
    points = [size for size, _ in FlowSizes.named("websearch").points]
    assert list(web) == points[1:-1]
    tenths = pf.Scenario(pf.star(4), pf.flows([pf.Flow(0, 1, 1000 * n) for n in range(1, 101)]))
    assert measure(None, None, "quantiles", tenths).edges == tuple(range(10_000, 91_000, 10_000))


BAD = {
    "name": ({"size_bins": "websurch"}, "did you mean 'websearch'?"),
    "kind": ({"size_bins": 3}, "must be one of decades, quantiles, .* got 3"),
    "empty": ({"size_bins": []}, "must list 1 to 1000 sizes, got 0"),
    "falling": ({"size_bins": ["2kB", "1kB"]}, "size_bins: must rise"),
    "unit": ({"size_bins": ["2 parsec"]}, r"size_bins\[0\]: .*parsec"),
    "warm_up": ({"warm_up": "-1us"}, "warm_up: "),
    "order": ({"warm_up": "2us", "measure_until": "1us"}, "measure_until: must be later than"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    given, words = BAD[name]
    with pytest.raises(pf.ScenarioError, match=words):
        pf.compare(small_incast(), {"a": None}, **given)


def test_warm_up_beyond_the_end_is_bad() -> None:
    with pytest.raises(pf.ScenarioError, match="leaves nothing of a run that ends at 5us"):
        pf.compare(small_incast(until="5us"), {"a": None}, warm_up="5us")


def test_jain_by_hand() -> None:
    assert jain_index(np.array([1.0, 1.0, 1.0])) == 1
    assert jain_index(np.array([1.0, 0.0, 0.0, 0.0])) == 0.25
    assert jain_index(np.array([1.0, 2.0])) == 9 / (2 * 5)
    assert jain_index(np.zeros(3)) is None


def test_queue_percentile_is_over_time_of_the_deepest(compared: Comparison) -> None:
    result = compared.results["pfc only", 0]
    queues = result.queues
    depths = [
        queues["size_bytes"][queues["time_ps"] == time].max()
        for time in np.unique(queues["time_ps"])
    ]
    assert deepest_queue(queues)[1].tolist() == depths
    index = list(compared.runs["variant"]).index("pfc only")
    assert compared.runs["queue_p99_bytes"][index] == nearest_rank(np.array(depths), 99) > 0


def test_thinned_keeps_every_burst() -> None:
    times, values = np.arange(10_000), np.zeros(10_000, dtype=int)
    values[4321] = 7
    few, kept = thinned(times, values, 100)
    assert len(few) == len(kept) == 100
    assert few[kept == 7].tolist() == [4300]


def test_wide_table(compared: Comparison) -> None:
    table = compared.table("fct_p99_us", "pauses")
    assert table["variant"].tolist() == list(compared.variants)
    values = compared.runs["fct_p99_us"][compared.runs["variant"] == "dcqcn"]
    assert table["fct_p99_us"][0] == pytest.approx(values.mean())
    assert len(compared.table().columns) > 40
    with pytest.raises(pf.ScenarioError, match="did you mean 'pauses'"):
        compared.table("pause")


def test_saved_files(compared: Comparison, tmp_path: Path) -> None:
    compared.save(tmp_path / "out")
    whole = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert whole["measured"]["warm_up_ps"] == 2_000_000
    assert len(whole["runs"]) == 6
    for name in ("runs", "summary", "sizes", "by_size", "pairs"):
        with (tmp_path / "out" / f"{name}.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(whole[name]) == len(getattr(compared, name))
        assert [row.get("variant") for row in rows] == [row["variant"] for row in whole[name]]
    marks = [row["ecn_marks"] for row in whole["runs"]]
    assert marks == compared.runs["ecn_marks"].tolist()
    text = (tmp_path / "out" / "comparison.md").read_text()
    head = next(line for line in text.splitlines() if line.startswith("|"))
    assert [cell.strip() for cell in head.strip("|").split("|")] == ["", "dcqcn", "pfc only"]


def test_saving_where_it_cannot(compared: Comparison, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(pf.ScenarioError, match="cannot be written"):
        compared.save(tmp_path / "file")
    with pytest.raises(pf.ScenarioError, match="directory: must be a path"):
        compared.save(3)  # type: ignore[arg-type]
