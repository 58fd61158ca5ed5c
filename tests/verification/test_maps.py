"""Maps that do not agree along the way, shared headroom: found before a run, and mended."""

from __future__ import annotations

from typing import Any

import pytest
from qos_scenarios import PERMUTED, busy

import pyfabric as pf

NIC = pf.Nic(dscp={3: 26})


def fabric(switch: dict[str, Any], **more: Any) -> pf.Scenario:
    return busy(pf.Switch(**switch), nic=NIC, **more)


def of(report: pf.Verification, check: str) -> list[Any]:
    return [f for f in report.findings if f.check == check and f.severity != "note"]


def test_permuted_maps_are_clean() -> None:
    report = pf.verify(fabric(PERMUTED))
    assert report
    assert of(report, "maps") == []
    assert any(line.startswith("maps: ") for line in report.covered)


@pytest.mark.parametrize(("field", "value"), [("pfc_to_pg", 5), ("pfc_to_queue", 1)])
def test_group_and_queue_that_disagree(field: str, value: int) -> None:
    broken = fabric({**PERMUTED, field: {}})
    report = pf.verify(broken)
    found = [f for f in of(report, "maps") if f.fix]
    assert {place for f in found for place in f.places} == {
        *(f"leaf{i}" for i in range(3)),
        *(f"spine{i}" for i in range(2)),
    }
    assert all(f.severity == "error" for f in found)
    assert report.fixes == {f"switch.{field}": {3: value}}
    assert pf.verify(broken.replace(report.fixes))


def test_a_dscp_that_is_lossy_at_one_hop() -> None:
    other = {**PERMUTED, "dscp_to_tc": {26: 2}}
    report = pf.verify(fabric(PERMUTED, overrides={"spine1": pf.Switch(**other)}))
    found = [f for f in of(report, "maps") if "elsewhere" in f.message]
    assert [f.places for f in found] == [("spine1",)]
    assert found[0].numbers == {"priority": 3, "dscp": 26, "tc": 2, "group": 2}


def test_a_lossless_priority_that_is_lossy_at_every_switch() -> None:
    broken = pf.Scenario(
        pf.star(9),
        pf.incast(0, senders=range(1, 9), size="1MB"),
        pf.NoCongestionControl(),
        switch=pf.Switch(buffer="2MB", dscp_to_tc={24: 2}),
    )
    report = pf.verify(broken)
    (found,) = of(report, "maps")
    assert found.severity == "error"
    assert found.places == ("switch0",)
    assert found.numbers == {"priority": 3, "dscp": 24, "tc": 2, "group": 2}
    assert report.fixes == {"switch.dscp_to_tc": {24: 3}}
    assert len(pf.simulate(broken).drops) > 0
    mended = broken.replace(report.fixes)
    assert pf.verify(mended)
    assert len(pf.simulate(mended).drops) == 0


def test_ends_of_a_link_that_mean_different_priorities() -> None:
    maps = {"lossless_priorities": (4,), "pfc_to_pg": {4: 5}, "pfc_to_queue": {4: 1}}
    report = pf.verify(fabric(PERMUTED, overrides={"spine0": pf.Switch(**{**PERMUTED, **maps})}))
    found = of(report, "maps")
    places = sorted(place for f in found for place in f.places)
    both = [f"leaf{i}->spine0" for i in range(3)] + [f"spine0->leaf{i}" for i in range(3)]
    assert places == sorted(both)


def test_shared_headroom_for_some() -> None:
    report = pf.verify(busy(pf.Switch(headroom_pool="auto", headroom_oversubscription=2)))
    assert report
    found = of(report, "headroom")
    assert {f.severity for f in found} == {"warning"}
    assert {place for f in found for place in f.places} >= {"leaf0", "spine0"}
    for f in found:
        have, need = f.numbers["shared_headroom_bytes"], f.numbers["needed_bytes"]
        assert have == -(-need // 2)
    assert of(pf.verify(busy(pf.Switch(headroom_pool="auto"))), "headroom") == []


def pooled(shared: str | int, ratio: int = 1) -> dict[str, Any]:
    pool = pf.BufferPool(shared_headroom=shared, headroom_oversubscription=ratio)
    return {
        "pools": {"pool": pool},
        "profiles": {"all": pf.BufferProfile("pool", alpha=1)},
        "priority_groups": {"0-7": "all"},
    }


@pytest.mark.parametrize(
    "switch",
    [
        {"headroom_pool": 0},
        {"headroom_pool": "1B"},
        {"headroom_pool": "auto", "headroom_oversubscription": 1000},
        {"headroom_pool": 0, "buffer": "200kB"},
        pooled(0),
        pooled("auto", 1000),
    ],
)
def test_a_shared_headroom_that_one_port_overruns(switch: dict[str, Any]) -> None:
    broken = busy(pf.Switch(**switch))
    report = pf.verify(broken)
    found = of(report, "headroom")
    assert found
    assert {f.severity for f in found} == {"error"}
    for f in found:
        assert f.numbers["shared_headroom_bytes"] < f.numbers["port_needed_bytes"]
        assert f"{f.numbers['needed_bytes']:,} B" in f.message
    mended = broken.replace(report.fixes)
    assert of(pf.verify(mended), "headroom") == []


def test_headroom_of_a_profile_too_small() -> None:
    switch = pf.Switch(
        pools={"pool": pf.BufferPool()},
        profiles={
            "lossless": pf.BufferProfile("pool", alpha=1, headroom="5kB"),
            "lossy": pf.BufferProfile("pool", alpha=1),
        },
        priority_groups={3: "lossless", "0-2": "lossy", "4-7": "lossy"},
    )
    found = of(pf.verify(busy(switch)), "headroom")
    assert found
    assert all(f.numbers["headroom_bytes"] == 5_000 for f in found)
    assert not pf.verify(busy(switch))


def test_a_bounce_into_a_lossy_priority() -> None:
    broken = busy(pf.Switch(bounce_priorities={3: 4}))
    found = [f for f in of(pf.verify(broken), "maps") if "bounce" in f.message]
    assert {f.severity for f in found} == {"warning"}
    assert [f.fix for f in found] == [{"switch.lossless_priorities": [3, 4]}]
    assert of(pf.verify(broken.replace(found[0].fix)), "maps") == []


def test_a_group_of_a_priority_that_is_not_lossless() -> None:
    (found,) = of(pf.verify(busy(pf.Switch(pfc_to_pg={5: 3}))), "maps")
    assert found.severity == "warning"
    assert "no effect" in found.message
    assert found.numbers == {"priority": 5, "group": 3}
    assert of(pf.verify(busy(pf.Switch(pfc_to_pg={5: 5}))), "maps") == []
