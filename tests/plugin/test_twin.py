"""The built-in DCQCN, built once more as a plug-in: the same runs."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import pyfabric as pf

NATIVE = Path(__file__).resolve().parents[2] / "csrc"
#: Every parameter by number, so that the values of the built-in can be handed over.
COUNT = 14
SOURCE = """
#include "fabric/cc/registry.h"
extern "C" {
[[gnu::visibility("default")]] extern pf_cc_algorithm twin;
pf_cc_algorithm twin = [] {
  pf_cc_algorithm made = fabric::kDcqcn;
  made.name = "twin";
  made.event_size = sizeof(pf_cc_event);
  made.wishes_size = sizeof(pf_cc_wishes);
  made.hop_size = sizeof(pf_cc_hop);
  made.state_bytes = PF_CC_STATE_BYTES;
  made.parameters = "PARAMETERS";
  return made;
}();
}
"""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> pf.cc.Algorithm:
    compiler = shutil.which(os.environ.get("CXX", "c++"))
    dcqcn = NATIVE / "fabric" / "cc" / "dcqcn.cc"
    if compiler is None or not dcqcn.exists():
        pytest.skip("needs a C++ compiler and the native sources")
    folder = tmp_path_factory.mktemp("twin")
    names = " ".join(f"p{i}" for i in range(COUNT))
    (folder / "twin.cc").write_text(SOURCE.replace("PARAMETERS", names))
    command = [compiler, "-std=c++20", "-O2", "-fPIC", "-shared", "-ffp-contract=off"]
    command += [f"-I{NATIVE}", f"-I{pf.get_include()}", str(folder / "twin.cc"), str(dcqcn)]
    subprocess.run([*command, "-o", str(folder / "twin.so")], check=True)
    return pf.cc.Algorithm.in_dll(ctypes.CDLL(str(folder / "twin.so")), "twin")


@pytest.mark.parametrize("settings", [{}, {"firmware": True}], ids=["paper", "firmware"])
def test_a_plugin_twin_of_dcqcn_gives_its_runs(twin: Any, settings: dict[str, Any]) -> None:
    given: dict[str, Any] = {"increase_timer": "7us", "byte_counter": "100kB"}
    if settings:
        given = settings | {"byte_counter": None, "decrease_interval": "4us"}
    built_in = pf.DCQCN(alpha_timer="5us", window="64kB", variable_window=True, **given)
    scenario = pf.Scenario(
        topology=pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps"),
        workload=pf.incast("host0", size="500kB") + pf.permutation("100kB", start="20us"),
        switch=pf.Switch(ecn=pf.ECN(kmin="10kB", kmax="60kB", pmax=0.5)),
        congestion_control=built_in,
    )
    values = built_in.parameters_for(100 * 10**9)
    assert len(values) == COUNT
    parameters = {f"p{i}": value for i, value in enumerate(values)}
    control = pf.CustomCongestionControl(twin, parameters, window=built_in.window)
    expected = pf.simulate(scenario, record="cc")
    found = pf.simulate(scenario.replace(congestion_control=control), record="cc")
    assert found.fingerprint == expected.fingerprint
    assert found.cc == expected.cc
    assert expected.queue_pairs["cnps_received"].sum() > 0
