"""What is written in other words is the same run: maps, one pool, shared headroom for all."""

from __future__ import annotations

import numpy as np
import pytest
from qos_scenarios import PERMUTED, as_pool, busy, single

import pyfabric as pf

NIC = pf.Nic(dscp={3: 26})


@pytest.fixture(scope="module")
def plain() -> pf.Result:
    result = pf.simulate(busy(single()))
    causes = set(result.drops["cause"].tolist())
    assert causes == {"egress_threshold"}
    assert len(result.pauses)
    assert result.ports["ecn_marks"].sum() > 0
    return result


def test_identity_maps(plain: pf.Result) -> None:
    maps = {"tc_to_pg": {3: 3}, "pfc_to_queue": {3: 3}, "dscp_to_tc": {"24-31": 3}}
    scenario = busy(single(**maps))
    assert pf.compile_plan(scenario).hash == pf.compile_plan(busy(single())).hash


def test_headroom_that_all_share_and_that_is_enough_for_all(plain: pf.Result) -> None:
    scenario = busy(single(headroom_pool="auto"))
    assert (pf.compile_plan(scenario).columns["node_qos"][9:] >= 0).all()
    assert pf.simulate(scenario).fingerprint == plain.fingerprint


def test_one_pool_written_out(plain: pf.Result) -> None:
    sizes = pf.compile_plan(busy(single())).columns["node_shared_bytes"]
    leaf, spine = as_pool(int(sizes[9])), as_pool(int(sizes[12]))
    result = pf.simulate(busy(leaf, overrides={"spine*": spine}))
    assert result.fingerprint == plain.fingerprint


def test_permuted_maps(plain: pf.Result) -> None:
    result = pf.simulate(busy(single(**PERMUTED), nic=NIC))
    assert np.array_equal(result.flows["fct_ps"], plain.flows["fct_ps"])
    for table in ("drops", "pauses"):
        assert len(getattr(result, table)) == len(getattr(plain, table))
    assert set(plain.pauses["priority"].tolist()) == {3}
    assert set(result.pauses["priority"].tolist()) == {1}
    assert result.lossless().ok == plain.lossless().ok


def test_hosts_are_paused_by_priority_and_switches_decide_by_group() -> None:
    switch = single(**PERMUTED).replace(alpha="1/128", ecn=None)
    scenario = pf.Scenario(
        pf.star(5, "100G"), pf.incast(4, size="400kB"), pf.NoCongestionControl(), switch, NIC
    )
    result = pf.simulate(scenario)
    assert set(result.pauses["priority"].tolist()) == {3}
    filled = result.classes["peak_headroom_used_bytes"] > 0
    assert set(result.classes["priority"][filled].tolist()) == {5}
    assert result.lossless().ok


def test_dscp_without_an_entry_is_another_class() -> None:
    """DSCP 26 >> 3 is class 3: only with the NIC's DSCP 5 does the default map change the class."""
    same = pf.simulate(busy(single(), nic=NIC))
    other = pf.simulate(busy(single(), nic=pf.Nic(dscp={3: 5})))
    assert set(same.drops["priority"].tolist()) == {0}
    assert not len(other.pauses)


@pytest.mark.parametrize("threads", [2, 4])
def test_threads(threads: int) -> None:
    switch = single(**PERMUTED, headroom_pool="auto", wred={0: pf.WRED("10kB", "60kB", "1/2")})
    scenario = busy(switch, nic=NIC)
    one = pf.simulate(scenario)
    assert "wred" in one.drops["cause"].tolist()
    assert pf.simulate(scenario, threads=threads).fingerprint == one.fingerprint
