"""The trace of congestion control as a table: files, other packages, figures, the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.records import recorded

SCENARIO = pf.Scenario(
    pf.star(4, rate="100Gbps"),
    pf.incast(0, size="1MB"),
    congestion_control=pf.DCQCN(alpha_timer="5us", increase_timer="9us"),
    switch=pf.Switch(ecn=pf.ECN(kmin="20kB", kmax="100kB", pmax=0.1)),
)


@pytest.fixture(scope="module")
def result() -> pf.Result:
    return pf.simulate(SCENARIO, record={"cc": True, "queues": "5us"})


@pytest.mark.parametrize("form", ["npz", "parquet"])
def test_saved_and_loaded(result: pf.Result, form: str, tmp_path: Path) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    result.save(tmp_path, format=form)
    again = pf.load_result(tmp_path)
    assert again.cc == result.cc
    assert again.cc.nullable == result.cc.nullable == ("alpha", "target_rate_bps")
    assert again.queues == result.queues
    assert again.rates() == result.rates()


def test_no_value_is_a_null_elsewhere(result: pf.Result) -> None:
    pandas = pytest.importorskip("pandas")
    frame = result.cc.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["alpha"].isna().sum() == len(result.queue_pairs)  # before the first CNP of each
    assert frame.groupby("flow_name", observed=True)["alpha"].max().max() == 1
    assert result.cc.units["target_rate_bps"] == "bit/s"


def test_an_earlier_result_has_none() -> None:
    old = pf.load_result(Path(__file__).parents[1] / "data" / "result_v1")
    assert len(old.cc) == 0
    with pytest.raises(pf.ScenarioError, match="needs"):
        old.rates(of="allowed")


def test_figures_show_what_was_in_force(result: pf.Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from pyfabric.reports.cc_figures import cc_figures

    names = {path.stem for path in result.plot(tmp_path, format="svg")}
    own = {"cc_alpha", "cc_target_rate_bps"}
    assert names == {"fct", "slowdown", "queues", "marks", "rates"} | own
    figure = cc_figures(result, "")["cc_alpha"]
    handles, labels = figure.axes[0].get_legend_handles_labels()
    assert len(labels) == 3
    times, alphas = handles[0].get_xydata().T  # of queue pair 0: all delivered as much
    rows = np.flatnonzero(result.cc["qp"] == 0)
    for time_us, alpha in zip(times, alphas, strict=True):
        last = rows[result.cc["time_ps"][rows] <= round(time_us * 1e6)][-1]
        assert alpha == result.cc["alpha"][last]


def test_the_command_line_records_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    SCENARIO.save(tmp_path / "s.yaml")
    asked = ["run", str(tmp_path / "s.yaml"), "--record", "cc=20us", "-o", str(tmp_path / "out")]
    assert main([*asked, "--plots", str(tmp_path / "plots"), "--plot-format", "svg"]) == 0
    assert "Figures in" in capsys.readouterr().out
    assert (tmp_path / "plots" / "cc_alpha.svg").exists()
    loaded = pf.load_result(tmp_path / "out")
    assert 3 < len(loaded.cc) < len(pf.simulate(SCENARIO, record="cc").cc)


def test_bad_figures_are_refused_before_the_run(tmp_path: Path) -> None:
    SCENARIO.save(tmp_path / "s.yaml")
    asked = ["run", str(tmp_path / "s.yaml"), "-o", str(tmp_path / "out")]
    assert main([*asked, "--plots", str(tmp_path / "plots"), "--plot-format", "pgn"]) == 2
    assert main([*asked, "--plots", str(tmp_path / "s.yaml")]) == 2
    assert not (tmp_path / "out").exists()


def test_compare_records_it_and_tells_it_from_other_recordings(tmp_path: Path) -> None:
    variants = {"dcqcn": None, "hpcc": pf.HPCC()}
    compared = pf.compare(SCENARIO, variants, record={"cc": "10us"}, directory=tmp_path / "study")
    assert "utilization" in compared.results["hpcc", 0].cc
    assert "alpha" in compared.results["dcqcn", 0].cc
    again = pf.compare(SCENARIO, variants, record={"cc": "10us"}, directory=tmp_path / "study")
    assert again.reused == 2
    with pytest.raises(pf.ScenarioError, match="was recorded otherwise"):
        pf.compare(SCENARIO, variants, record="cc", directory=tmp_path / "study")


def test_what_was_recorded_keeps_its_form_where_cc_is_not() -> None:
    """Studies saved by earlier versions are resumed."""
    assert recorded({"queues": "2us"}).numbers() == [2_000_000, 0]
    assert recorded(["trace"]).numbers() == [0, 1]
    assert recorded(["trace", "cc"]).numbers() == [0, 1, 0]
