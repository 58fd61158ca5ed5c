"""What a verdict may not pass over: a hop that breaks a promise, a run that proves nothing."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import pyfabric as pf
from pyfabric.cli.app import app


def across_the_spine(**overrides: pf.Switch) -> pf.Result:
    flows = [pf.Flow(8 + i, i % 8, "1MB") for i in range(16)]
    return pf.simulate(
        pf.Scenario(
            topology=pf.leaf_spine(3, 1, 8, link_delay="500ns"),
            workload=pf.flows(flows),
            congestion_control=pf.NoCongestionControl(),
            overrides=overrides,
        )
    )


@pytest.mark.parametrize("where", ["spine0", "leaf*"])
def test_a_class_that_one_hop_does_not_keep_lossless_is_a_violation(where: str) -> None:
    result = across_the_spine(**{where: pf.Switch(lossless_priorities=[4], buffer="4MB")})
    report = result.lossless()
    assert len(result.drops) > 0
    assert not report
    assert "the class is lossless by the settings of a switch but lossy at" in str(report)


def test_the_same_fabric_with_equal_switches_is_lossless() -> None:
    assert across_the_spine().lossless()


def test_a_slow_host_without_pfc_is_told_what_to_change_at_its_nic() -> None:
    scenario = pf.Scenario(
        topology=pf.star(hosts=3, rate="400Gbps", link_delay="500ns"),
        workload=pf.incast(receiver=0, senders=[1, 2], size="1MB"),
        congestion_control=pf.NoCongestionControl(),
        nic=pf.Nic(receive_rate="100Gbps", receive_buffer="500kB", pfc=False),
    )
    assert "Nic(pfc=True), or a larger receive_rate" in str(pf.simulate(scenario).lossless())


def test_a_port_without_headroom_does_not_hide_the_smallest_margin() -> None:
    result = across_the_spine(leaf2=pf.Switch(pfc=pf.PFC(enabled=False)))
    assert (result.lossless().margins["headroom_bytes"] > 0).all()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--max-wall", "0"], "the run was cut short"),
        (["--set", "switch.lossless_priorities=[]"], "no lossless class carried traffic"),
    ],
)
def test_assert_lossless_does_not_pass_what_proves_nothing(tmp_path, more, why) -> None:
    path = tmp_path / "incast.yaml"
    path.write_text(
        "version: 1\n"
        "topology: {leaf_spine: {leaves: 2, spines: 2, hosts_per_leaf: 8}}\n"
        "workload:\n  - incast: {receiver: 0, size: 1MB}\n"
    )
    outcome = CliRunner().invoke(app, ["run", str(path), "--assert-lossless", *more])
    assert outcome.exit_code == 1
    assert why in outcome.output + outcome.stderr


@pytest.mark.parametrize("maps", [{"dscp_to_tc": {24: 1}}, {"tc_to_pg": {3: 1}}])
def test_a_lossless_priority_that_maps_lead_astray_is_a_violation(
    maps: dict[str, dict[int, int]],
) -> None:
    """The only switch drops what its ``lossless_priorities`` promise, like ``pf.verify`` says."""
    scenario = pf.Scenario(
        topology=pf.star(9, "100G"),
        workload=pf.incast(8, size="1MB"),
        congestion_control=pf.NoCongestionControl(),
        switch=pf.Switch(buffer="1MB", **maps),
        until="2ms",
    )
    result = pf.simulate(scenario)
    assert len(result.drops) > 0
    assert not result.lossless().ok
    assert "maps" in [finding.check for finding in pf.verify(scenario).findings]
