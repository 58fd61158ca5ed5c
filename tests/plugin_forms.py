"""The algorithm of ``tests/plugin/third_party`` in all its forms, and where it runs."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

import pyfabric as pf

#: Marks early, so that windows move; losses, so that more callbacks than ACKs come.
SCENARIO = pf.Scenario(
    topology=pf.leaf_spine(leaves=2, spines=2, hosts_per_leaf=4, host_rate="100Gbps"),
    workload=pf.incast("host0", size="200kB") + pf.permutation("100kB", start="10us"),
    switch=pf.Switch(ecn=pf.ECN(kmin="10kB", kmax="60kB", pmax=0.5)),
    congestion_control=pf.NoCongestionControl(),
)
FORMS = ("in_c:aimd", "in_cython:__self__", "in_numba:Aimd", "in_python:Aimd")


def form(name: str) -> Any:
    """An algorithm of the package; ``__self__`` stands for the module."""
    module, _, attribute = name.partition(":")
    if module == "in_numba":
        pytest.importorskip("numba")
    found = importlib.import_module(f"aimd_plugin.{module}")
    return found if attribute == "__self__" else getattr(found, attribute)
