"""Bad input is named, all of it at once; results are values."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfabric as pf

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "rate": ({"rate": "400", "cable": "3m"}, "headroom.rate: '400' has no unit"),
    "no length": ({"rate": "400G"}, "headroom.cable: one of cable (such as '300m') and delay"),
    "two lengths": ({"rate": "400G", "cable": "3m", "delay": "1us"}, "is needed, got both"),
    "cable": ({"rate": "400G", "cable": "3us"}, "headroom.cable: '3us' is not a length"),
    "too long": (
        {"rate": "400G", "cable": "200000km"},
        "'200000km' is out of range (allowed: 0.001m to 100000km)",
    ),
    "zero delay": ({"rate": "400G", "delay": 0}, "headroom.delay: 0 is out of range (allowed: 1ps"),
    "velocity": (
        {"rate": "400G", "cable": "3m", "delay_per_metre": "3ns"},
        "headroom.delay_per_metre: '3ns' is out of range (allowed: 3336ps to 10ns)",
    ),
    "velocity of a delay": (
        {"rate": "400G", "delay": "1us", "delay_per_metre": "5ns"},
        "headroom.delay_per_metre: has no effect with delay",
    ),
    "mtu": ({"rate": "400G", "cable": "3m", "mtu": 63}, "headroom.mtu: 63 is out of range"),
    "mtus": (
        {"rate": "400G", "cable": "3m", "mtu": 1500, "lossless_mtu": 4174},
        "headroom.lossless_mtu: 4174 is out of range (allowed: 64B to 1500B)",
    ),
    "mtu by default": (
        {"rate": "400G", "cable": "3m", "lossless_mtu": 10_000},
        "headroom.lossless_mtu: is above mtu, 9216 B (set mtu, too)",
    ),
    "no allowance": (
        {"rate": "56G", "cable": "3m"},
        "headroom.reaction: IEEE 802.3 has no allowance for 56Gbps here (known: 10Gbps, 25Gbps",
    ),
    "no interface": (
        {"rate": "1.6Tbps", "cable": "3m", "reaction": "300ns"},
        "headroom.interface: IEEE 802.3 has no allowance for 1.6Tbps",
    ),
    "smallest": (
        {"rate": "400G", "cable": "3m", "smallest_frame": 64},
        "headroom.smallest_frame: has no effect without cell",
    ),
    "drain": (
        {"rate": "100G", "cable": "3m", "drain": "200G"},
        "headroom.drain: '200G' is out of range (allowed: 1Mbps to 100Gbps)",
    ),
    "classes": ({"rate": "400G", "cable": "3m", "classes": 9}, "an integer from 1 to 8, got 9"),
    "model": (
        {"rate": "400G", "cable": "3m", "model": "802.1qbb"},
        "headroom.model: must be one of '802.1Qbb', 'sonic-nvidia', got '802.1qbb'; did you mean",
    ),
    "no asic": (
        {"rate": "400G", "cable": "3m", "model": "sonic-nvidia"},
        "headroom.asic: is needed with model 'sonic-nvidia' (known: spectrum-1, ",
    ),
    "asic": (
        {"rate": "400G", "cable": "3m", "asic": "spectrum3"},
        "got 'spectrum3'; did you mean 'spectrum-3'?",
    ),
    "asic of the other": (
        {"rate": "400G", "cable": "3m", "asic": "spectrum-3", "model": "802.1Qbb"},
        "headroom.asic: has no effect with model '802.1Qbb', got 'spectrum-3'",
    ),
    "delay of the other": (
        {"rate": "400G", "cable": "3m", "asic": "spectrum-3", "cell": 144},
        "headroom.cell: has no effect with model 'sonic-nvidia', got 144",
    ),
    "percent": (
        {"rate": "400G", "cable": "3m", "asic": "spectrum-3", "small_packet_percent": 101},
        "headroom.small_packet_percent: 101 is out of range (allowed: 0 to 100)",
    ),
    "unknown": (
        {"rate": "400G", "length": "3m"},
        "headroom.length: unknown parameter (value '3m')",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    arguments, message = REFUSED[name]
    with pytest.raises(pf.ScenarioError) as caught:
        pf.headroom(**arguments)
    assert message in str(caught.value)


def test_all_faults_at_once() -> None:
    with pytest.raises(pf.ScenarioError) as caught:
        pf.headroom("4 apples", "3us", mtu=True, classes=0, lanes=8)
    fields = [fault.path.partition(".")[2] for fault in caught.value.faults]
    assert fields == ["rate", "cable", "mtu", "classes", "lanes"]


ODD = (None, True, -1, 10**30, 1.5, float("nan"), "", "x" * 500, b"a", [], {}, object())


@pytest.mark.parametrize("asic", [None, "spectrum-4"])
@pytest.mark.parametrize("field", inspect.signature(pf.headroom).parameters)
def test_odd_values_give_a_result_or_a_message(field: str, asic: str | None) -> None:
    for value in (*ODD, np.array([1, 2]), np.int64(64)):
        arguments: dict[str, Any] = {"rate": "400G", "cable": "300m", "asic": asic, field: value}
        refused = refusal(arguments)
        if refused is not None and field not in ("cable", "delay", "asic", "model"):
            assert f"headroom.{field}" in [fault.path for fault in refused.faults]
        assert len(str(refused)) < 1500


def refusal(arguments: dict[str, Any]) -> pf.ScenarioError | None:
    try:
        pf.headroom(**arguments)
    except pf.ScenarioError as error:
        return error
    return None


def test_a_result_is_a_value() -> None:
    found = pf.headroom("400G", "300m", cell=144)
    assert isinstance(found, pf.Headroom)
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == found
    assert found == pf.headroom(400 * 10**9, 300_000, cell="144B")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.rate_bps = 1  # type: ignore[misc]
    assert "<b>Headroom" in found._repr_html_()
    assert f"{found.bytes:,} B" in repr(found)
    assert max(map(len, str(found).splitlines())) <= 100


def test_it_needs_no_numpy() -> None:
    code = "import sys, pyfabric as pf; pf.headroom('400G', '3m'); print('numpy' in sys.modules)"
    env = os.environ | {"PYTHONPATH": str(Path(pf.__file__).resolve().parents[1])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
