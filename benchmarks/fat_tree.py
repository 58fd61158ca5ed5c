"""The scenario of the benchmark: the yardstick's permutation with the whole model at work."""

from __future__ import annotations

from typing import Final

import pyfabric as pf
from pyfabric.bench.cases import MTU_BYTES, permutation_case
from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import Plan

#: Data packets that each host sends; the yardstick's default.
PACKETS: Final = 500


def scenario(k: int, packets: int = PACKETS) -> pf.Scenario:
    """Fat tree of k-port switches, 400 Gb/s, 1 us; every host sends ``packets`` full packets.

    One ACK per packet, 64 packets in flight, DCQCN with ECN and PFC: the defaults.
    """
    return permutation_case(k, packets * MTU_BYTES)


def plan(k: int, packets: int = PACKETS) -> Plan:
    """The same, compiled."""
    return compile_scenario(scenario(k, packets))
