"""Figures hold the series of the comparison; no test of pixels."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from study_tools import busy

import pyfabric as pf
from pyfabric.cli import main
from pyfabric.reports.figures import over_time
from pyfabric.study import Comparison, runs
from pyfabric.study.curves import FCT_POINTS, curves_of
from pyfabric.study.measuring import Measure
from pyfabric.study.plots import drawn

pytest.importorskip("matplotlib")

VARIANTS = {"dcqcn": None, "pfc only": pf.NoCongestionControl(), "hpcc": pf.HPCC()}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return pf.compare(busy(), VARIANTS, seeds=range(3), record="queues")


def lines(axes: object) -> dict[str, np.ndarray]:
    handles, labels = axes.get_legend_handles_labels()  # type: ignore[attr-defined]
    found = {}
    for handle, label in zip(handles, labels, strict=True):
        line = handle[0] if isinstance(handle, tuple) else handle
        found[label] = line.get_xydata()
    return found


def test_distribution_of_completion_times(compared: Comparison) -> None:
    (axes,) = drawn(compared)["fct"].axes
    series = lines(axes)
    assert list(series) == list(VARIANTS)
    for name, points in series.items():
        fct = np.concatenate(
            [
                result.flows["fct_ps"] / 1e6
                for (v, _), result in compared.results.items()
                if v == name
            ]
        )
        assert points[1:, 0].tolist() == sorted(fct)
        assert points[-1, 1] == pytest.approx(1)
        assert points[0, 1] == 0
    assert axes.get_xscale() == "log"
    assert "µs" in axes.get_xlabel()


def test_slowdown_by_size(compared: Comparison) -> None:
    above, below = drawn(compared)["slowdown"].axes
    table = compared.by_size
    for axes, metric in ((above, "slowdown_p99"), (below, "slowdown_p50")):
        series = lines(axes)
        assert list(series) == list(VARIANTS)
        for name, points in series.items():
            rows = table["variant"] == name
            assert points[:, 1] == pytest.approx(table[metric][rows])
    ticks = [label.get_text() for label in below.get_xticklabels()]
    assert ticks == ["≤ 10 kB", "≤ 100 kB", "≤ 1 MB", "≤ 10 MB", "> 10 MB"][: len(ticks)]


def test_queues_over_time(compared: Comparison) -> None:
    (axes,) = drawn(compared)["queues"].axes
    series = lines(axes)
    assert list(series) == list(VARIANTS)
    for name, points in series.items():
        queues = compared.results[name, 0].queues
        assert points[:, 1].max() == queues["size_bytes"].max() / 1e3
    assert axes.get_ylabel() == "deepest switch queue (kB)"


def test_colours_and_lines_are_told_apart() -> None:
    many = {str(number): None for number in range(16)}
    with pytest.warns(pf.study.StudyWarning, match="it is the same scenario"):
        figure = drawn(pf.compare(busy(until="3us"), many))["fct"]
    handles, _ = figure.axes[0].get_legend_handles_labels()
    assert len({(line.get_color(), line.get_linestyle()) for line in handles}) == 16


def test_files_are_the_same_bytes_each_time(compared: Comparison, tmp_path: Path) -> None:
    for form in ("png", "svg"):
        one = compared.plot(tmp_path / "one", format=form)
        two = compared.plot(tmp_path / "two", format=form)
        assert [path.name for path in one] == [f"{n}.{form}" for n in ("fct", "slowdown", "queues")]
        assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_titles(compared: Comparison) -> None:
    assert drawn(compared)["fct"].get_suptitle() == "8 hosts, incast + background; 3 seeds"
    assert drawn(compared)["queues"].get_suptitle() == "8 hosts, incast + background; seed 0"
    assert drawn(compared, "mine")["fct"].get_suptitle() == "mine"
    assert drawn(compared, "mine; own")["queues"].get_suptitle() == "mine; own; seed 0"


def test_a_variant_has_the_same_colour_in_all_figures(compared: Comparison) -> None:
    """Also when another one has no queues, which is said."""
    nothing = np.zeros(0)
    less = dataclasses.replace(compared.curves["dcqcn", 0], queue_us=nothing, queue_bytes=nothing)
    curves = {**compared.curves, ("dcqcn", 0): less}
    figures = drawn(dataclasses.replace(compared, curves=curves))
    shown = []
    for name in ("fct", "queues"):
        handles, labels = figures[name].axes[0].get_legend_handles_labels()
        shown.append(
            [(label, line.get_color()) for label, line in zip(labels, handles, strict=True)]
        )
    assert shown[1][0][0] == "dcqcn (not recorded)"
    assert shown[1][1:] == shown[0][1:]
    assert shown[1][0][1] == shown[0][0][1]


def test_the_figure_of_queues_ends_when_they_are_empty() -> None:
    times = np.arange(0, 1000, 10.0)
    series = {
        "short": (times, np.where(times < 200, 1e6, 0.0)),
        "long": (times, np.where(times < 500, 2e6, 4e3)),
    }
    (axes,) = over_time(series, "", "queue", "B", quiet=0.005).axes
    assert 490 < axes.get_xlim()[1] < 520
    (axes,) = over_time(series, "", "queue", "B").axes
    assert axes.get_xlim()[1] > 990


def test_figures_of_a_result(compared: Comparison, tmp_path: Path) -> None:
    result = compared.results["hpcc", 0]
    names = [path.name for path in result.plot(tmp_path, format="svg")]
    assert names == ["fct.svg", "slowdown.svg", "queues.svg", "marks.svg"]
    traced = pf.simulate(busy(until="100us"), record="trace")
    names = [path.name for path in traced.plot(tmp_path / "b")]
    assert names == ["fct.png", "slowdown.png", "rates.png"]


def test_quantiles_stand_for_many_flows() -> None:
    scenario = pf.Scenario(pf.star(40), pf.all_to_all(size="100B") + pf.all_to_all(size="200B"))
    result = pf.simulate(scenario)
    curves = curves_of(result, Measure())
    assert len(result.flows) == 3120
    assert len(curves.fct_us) == FCT_POINTS
    assert curves.flows_each * FCT_POINTS == pytest.approx(3120)
    fct = np.sort(result.flows["fct_ps"]) / 1e6
    assert curves.fct_us[-1] == fct[-1]
    assert curves.fct_us[FCT_POINTS // 2 - 1] == fct[1559]


def test_bad_input(compared: Comparison, tmp_path: Path) -> None:
    with pytest.raises(pf.ScenarioError, match="did you mean 'png'"):
        compared.plot(tmp_path, format="pgn")
    (tmp_path / "file").write_text("")
    with pytest.raises(pf.PyfabricError, match="figures cannot be written"):
        compared.plot(tmp_path / "file")


def test_without_matplotlib(
    compared: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(pf.PyfabricError, match=r"needs matplotlib.*pyfabric-roce\[plots\]"):
        compared.plot(tmp_path)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small_fabric.yaml"
    busy(until="30us").save(path)
    plots = tmp_path / "plots"
    asked = ["compare", str(path), "--cc", "all", "--plots", str(plots), "--plot-format", "svg"]
    assert main([*asked, "--size-bins", "10kB,1MB", "--warm-up", "1us"]) == 0
    shown = capsys.readouterr()
    assert "Figures in" in shown.out
    assert "deepest queue, p99 over time" in shown.out
    assert sorted(p.name for p in plots.iterdir()) == ["fct.svg", "queues.svg", "slowdown.svg"]
    assert main([*asked[:-1], "gif"]) == 2
    assert "format of figures" in capsys.readouterr().err


def test_queues_that_were_cut_are_told_and_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def short_of_rows(*given: object, **named: object) -> pf.Result:
        result = pf.simulate(*given, **named)  # type: ignore[arg-type]
        return dataclasses.replace(result, rows_not_kept={"queues": 5})

    monkeypatch.setattr(runs, "simulate", short_of_rows)
    with pytest.warns(pf.study.StudyWarning, match="not all samples of queues were kept.*'a'"):
        comparison = pf.compare(busy(), {"a": None}, record="queues")
    assert np.isnan(comparison.runs["queue_p99_bytes"]).all()
    assert list(drawn(comparison)) == ["fct", "slowdown"]
