"""The text and tables of an explanation: drops, margins, saved results, command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from result_tools import incast_scenario, lossless_run, lossy_run
from typer.testing import CliRunner

import pyfabric as pf
from pyfabric.cli.app import app
from pyfabric.explain import drop_text

DATA = Path(__file__).resolve().parents[1] / "data"
QUIET = pf.permutation("20kB")


def test_it_fits_on_a_screen() -> None:
    for result in (lossless_run(), lossy_run()):
        text = str(result.explain())
        assert len(text.splitlines()) <= 60
        assert max(map(len, text.splitlines())) <= 102


def test_drops_are_told_with_their_numbers() -> None:
    result = lossy_run()
    explained = result.explain()
    assert explained.findings[0].kind == "drops"
    drops = explained.drops
    assert int(drops["frames"].sum()) == len(result.drops)
    assert int(drops["lost_bytes"].sum()) == int(result.drops["size_bytes"].sum())
    for row in range(0, len(result.drops), 10):
        drop, text = result.drops.row(row), drop_text(result, row)
        for amount in ("size_bytes", "buffered_bytes", "headroom_used_bytes"):
            assert f"{drop[amount]:,} B" in text
        mine = (result.xoffs["port"] == drop["port"]) & (
            result.xoffs["xoff_ps"] == drop["xoff_since_ps"]
        )
        assert f"{int(result.xoffs['threshold_bytes'][mine][0]):,} B at the time" in text
        assert ("and sent" in text) == drop["xoff_told"]


def test_link_errors_are_no_violation() -> None:
    fabric = pf.Topology.from_edges(
        2, 1, [("host0", "switch0", "100Gbps", "1us"), ("switch0", "host1", "100Gbps", "1us", 0.01)]
    )
    result = pf.simulate(pf.Scenario(fabric, pf.flows([pf.Flow("host0", "host1", "2MB")])))
    explained = result.explain()
    assert len(result.drops) > 0
    kinds = [finding.kind for finding in explained.findings]
    assert "losses" in kinds
    assert "drops" not in kinds
    assert "damaged on the wire" in str(explained)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"switch": pf.Switch(lossless_priorities=())}, "No pause: no lossless class"),
        ({"switch": pf.Switch(pfc=pf.PFC(enabled=False), headroom="0B")}, "No pause: PFC is off"),
        ({"switch": pf.Switch(ecn=None)}, "No mark: ECN is off"),
        ({}, "No pause: the nearest was leaf"),
        ({}, "No mark: the nearest was leaf"),
    ],
)
def test_why_no_pause_and_no_mark(change: dict[str, object], says: str) -> None:
    result = pf.simulate(incast_scenario(**change).replace(workload=QUIET))
    assert len(result.pauses) == 0
    assert says in str(result.explain()).replace("\n   ", " ")


def test_margins_tell_how_near_it_came() -> None:
    """A static threshold just above the peak is not crossed, one just below it is."""
    calm = incast_scenario(switch=pf.Switch(pfc=pf.PFC(xoff="8MB"))).replace(
        workload=pf.incast(0, senders=range(4, 16), size="200kB")
    )
    margins = pf.simulate(calm).explain().margins
    pauses = margins.take(margins["what"] == "pause")
    nearest = pauses.row(0)
    assert nearest["count"] == 0
    assert nearest["margin_bytes"] == nearest["limit_bytes"] - nearest["peak_bytes"] > 0
    reserve = 4096
    assert nearest["limit_bytes"] == 8_000_000 + reserve
    for threshold, pausing in ((nearest["peak_bytes"] + 1, False), (nearest["peak_bytes"], True)):
        edge = calm.replace({"switch.pfc.xoff": threshold - reserve})
        assert (len(pf.simulate(edge).xoffs) > 0) == pausing


def test_a_saved_result_explains_itself_alike(tmp_path: Path) -> None:
    result = pf.simulate(incast_scenario(switch=pf.Switch(buffer="12MB")))
    result.save(tmp_path / "out", format="npz")
    loaded = pf.load_result(tmp_path / "out")
    assert str(loaded.explain()) == str(result.explain())
    assert loaded.counters("sonic") == result.counters("sonic")
    assert loaded.explain().tables == result.explain().tables


def test_a_result_of_an_earlier_version_says_what_is_missing() -> None:
    old = pf.load_result(DATA / "result_v1")
    assert len(old.xoffs) == 0
    assert str(old.explain())
    with pytest.raises(pf.PyfabricError, match="earlier version"):
        old.counters()


def test_a_manifest_that_names_xoffs_needs_its_file(tmp_path: Path) -> None:
    lossy_run().save(tmp_path / "out", format="npz")
    (tmp_path / "out" / "xoffs.npz").unlink()
    with pytest.raises(pf.ScenarioError, match="damaged"):
        pf.load_result(tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["tables"]["xoffs"]["rows"] == len(lossy_run().xoffs)


def test_on_the_command_line(tmp_path: Path) -> None:
    scenario = incast_scenario(switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB")))
    scenario.save(tmp_path / "incast.yaml")
    run = CliRunner().invoke(
        app, ["run", str(tmp_path / "incast.yaml"), "--explain", "-o", str(tmp_path / "out")]
    )
    assert run.exit_code == 0
    assert "leaf0->host0 (priority 3) gets more than it can send" in run.output
    told = CliRunner().invoke(app, ["explain", str(tmp_path / "out")])
    assert told.exit_code == 0
    assert told.output.strip() in run.output
    counters = CliRunner().invoke(app, ["explain", str(tmp_path / "out"), "--counters", "sonic"])
    assert "SAI_PORT_STAT_PFC_3_TX_PKTS" in counters.output
    lines = counters.output.splitlines()
    assert len({len(line) for line in lines}) == 1
    assert all("  PG 3  " in line for line in lines if "PRIORITY_GROUP" in line and "->" in line)
    missing = CliRunner().invoke(app, ["explain", str(tmp_path / "nothing")])
    assert missing.exit_code == 2


def test_what_is_missing_in_a_directory_is_named(tmp_path: Path) -> None:
    """Without its scenario a result is explained all the same; without a table it is not."""
    lossy_run().save(tmp_path / "out", format="npz")
    (tmp_path / "out" / "scenario.yaml").unlink()
    bare = CliRunner().invoke(app, ["explain", str(tmp_path / "out")])
    assert bare.exit_code == 0
    assert "scenario.yaml: cannot be read" in bare.stderr
    assert "--plan" in bare.stderr
    (tmp_path / "out" / "pauses.npz").write_bytes(b"PK")
    damaged = CliRunner().invoke(app, ["explain", str(tmp_path / "out")])
    assert damaged.exit_code == 2
    assert "is damaged: pauses.npz: " in damaged.stderr
    assert f"run again with `pyfabric run FILE.yaml -o {tmp_path / 'out'}" in damaged.stderr
    (tmp_path / "out" / "pauses.npz").unlink()
    missing = CliRunner().invoke(app, ["explain", str(tmp_path / "out")])
    assert "pauses.npz is missing; run again" in missing.stderr


def test_pauses_alone_are_enough_for_an_early_end() -> None:
    """A run that stops with pauses open: their time counts to the end of the run."""
    scenario = incast_scenario(
        switch=pf.Switch(buffer="12MB", pfc=pf.PFC(xoff="60kB")), until="30us"
    )
    result = pf.simulate(scenario)
    assert (result.pauses["end_ps"] < 0).any()
    points = result.explain().congestion_points
    assert (points["end_ps"] == -1).any()
    ends = result.pauses["start_ps"] + result.pauses["duration_ps"]
    assert int(np.max(ends)) == result.end_ps
