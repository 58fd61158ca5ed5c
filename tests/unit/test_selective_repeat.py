"""Settings of selective repeat: what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import pyfabric as pf


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"bdp_flow_control": "bdp"}, "bdp_flow_control"),
        ({"reorder": 100}, "reorder"),
        ({"rto_low": "50us"}, "rto_low"),
        ({"recovery": "selective_repeat", "reorder": 0}, "reorder"),
        ({"recovery": "selective_repeat", "bdp_flow_control": "bdpp"}, "bdp_flow_control"),
        ({"recovery": "selective_repeat", "bdp_flow_control": 0}, "bdp_flow_control"),
        ({"recovery": "selective_repeat", "rto_low": "1ns"}, "rto_low"),
        ({"recovery": "selective_repeat", "rto_low": "1us", "rto": None}, "rto_low"),
        ({"recovery": "selective_repeat", "rto_low_packets": 5}, "rto_low_packets"),
        ({"recovery": "selective_repeat", "rto_low": "2ms"}, r"rto_low: '2ms' is above rto"),
        ({"recovery": "selective"}, "recovery"),
    ],
)
def test_selective_repeat_names_what_is_wrong(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(pf.ScenarioError, match=rf"\b{field}"):
        pf.Nic(**settings)


def test_both_ends_repeat_selectively() -> None:
    scenario = pf.Scenario(
        pf.star(hosts=3),
        pf.permutation(size="10kB"),
        overrides={"host1": pf.Nic.irn()},
    )
    with pytest.raises(pf.ScenarioError, match=r"overrides\['host1'\]\.recovery"):
        pf.simulate(scenario)
