"""Random settings of nodes and ports as plan columns, small enough that everything happens."""

from __future__ import annotations

from random import Random
from typing import Any

from reference.fabric import Fabric

CLASS_SETS = ((3,), (3,), (3, 4), (3, 0), (1, 3, 5), (0,), (3, 6), (0, 1, 3, 7))


def random_framing(dice: Random) -> dict[str, int]:
    mtu = dice.choice((256, 1000, 1024, 4096))
    ns3 = dice.random() < 0.15
    return {
        "mtu_bytes": mtu,
        "header_bytes": 48 if ns3 else 62,
        "reth_bytes": 0 if ns3 else 16,
        "aeth_bytes": 0 if ns3 else 4,
        "ack_bytes": 60 if ns3 else 66,
        "cnp_bytes": 60 if ns3 else 78,
        "pfc_bytes": 43 if ns3 else 64,
        "gap_bytes": 0 if ns3 else 20,
        "pad_bytes": 1 if ns3 else 4,
        "truncate_ns": int(ns3),
        "dwrr_quantum_bytes": mtu + dice.choice((80, 80, 300)),
    }


def node_columns(
    dice: Random, fabric: Fabric, mtu: int, classes: tuple[int, ...]
) -> dict[str, Any]:
    """Alike for all hosts and for all switches, or each switch for itself."""
    host, switch = _host(dice), _switch(dice, mtu, classes)
    mixed = dice.random() < 0.2
    rows = []
    for node in range(fabric.nodes):
        is_switch = node >= fabric.hosts
        if is_switch and mixed:
            switch = _switch(dice, mtu, classes)
        rows.append({**host, **(switch if is_switch else {}), "node_is_switch": int(is_switch)})
        rows[-1]["node_ecmp_seed"] = dice.getrandbits(32) if is_switch else 0
    return {name: [row[name] for row in rows] for name in rows[0]}


def _host(dice: Random) -> dict[str, Any]:
    return {
        "node_latency_ps": dice.choice((0, 0, 0, 250_000)),
        "node_lossless_mask": 0x08,
        "node_strict_mask": dice.choice((0x40, 0x40, 0x40, 0, 0xC1)),
        "node_weights": [dice.randint(1, 4) for _ in range(8)],
        "node_pfc_mode": dice.choice((1, 1, 1, 1, 2, 2, 0)),
        "node_pfc_quanta": 65535,
        "node_pfc_reaction_ps": dice.choice((0, 200_000, 200_000)),
        "node_shared_bytes": 0,
        "node_alpha_shift": 0,
        "node_lossy_alpha_shift": 0,
        "node_reserve_bytes": 0,
        "node_xoff_bytes": -1,
        "node_xon_offset_bytes": 0,
        "node_ecn_mask": 0,
        "node_ecn_at_enqueue": 0,
        "node_rto_ps": dice.choice((0, 1, 1, 1, 1)) * dice.randint(30_000_000, 200_000_000),
        "node_retries": dice.choice((0, 1, 2, 3, 7)),
        "node_ack_every": dice.choice((1, 1, 2, 3, 8)),
        "node_ack_class": dice.choice((-1, -1, -1, 0, 3, 6)),
        "node_cnp_class": dice.choice((6, 6, 6, 3, 0)),
        "node_cnp_interval_ps": dice.choice((0, 1_000_000, 4_000_000, 50_000_000)),
        "node_cnp_scope": dice.randrange(3),
        "node_cnp_on_ack": int(dice.random() < 0.2),
        "node_nak_interval_ps": dice.choice((0, 0, 2_000_000, 20_000_000)),
        "node_receive_rate_bps": 0,
        "node_go_back_zero": 0,
        "node_rto_low_ps": 0,
        "node_rto_low_packets": 0,
        "node_ttl": 64,
    }


def _switch(dice: Random, mtu: int, classes: tuple[int, ...]) -> dict[str, Any]:
    frames = dice.choice((4, 10, 10, 25, 60))
    lossless = dice.choice((0x08, 0x08, 0x18, 0xFF, 0))
    return {
        "node_latency_ps": dice.choice((0, 0, 0, 400_000, 1_000)),
        "node_lossless_mask": lossless,
        "node_strict_mask": dice.choice((0x40, 0x40, 0x40, 0, 0xC1)),
        "node_weights": [dice.randint(1, 4) for _ in range(8)],
        "node_pfc_mode": dice.choice((1, 1, 1, 2, 2, 0)),
        "node_pfc_quanta": dice.choice(
            (65535, max(4, dice.randint(2, 30)), dice.randint(30, 400), dice.randint(100, 3000))
        ),
        "node_pfc_reaction_ps": dice.choice((0, 200_000, 200_000)),
        "node_shared_bytes": frames * mtu + dice.randrange(mtu),
        "node_alpha_shift": dice.choice((-3, -1, 0, 1, 1, 2, 3)),
        "node_lossy_alpha_shift": dice.choice((-1, 0, 1, 2, 3)),
        "node_reserve_bytes": dice.choice((0, 0, 1000, 4096)),
        "node_xoff_bytes": dice.choice((-1, -1, -1, -1, 3 * mtu)),
        "node_xon_offset_bytes": dice.choice((0, mtu, 2 * mtu)),
        "node_ecn_mask": dice.choice((0, 0x08, 0xFF, sum(1 << cls for cls in classes))),
        "node_ecn_at_enqueue": int(dice.random() < 0.25),
    }


def port_columns(dice: Random, fabric: Fabric, mtu: int) -> dict[str, list[int]]:
    ports = fabric.ports
    errors = dice.random() < 0.3
    headroom = dice.choice((0, mtu, 4 * mtu, 15 * mtu, 100 * mtu, 400_000))
    kmin = dice.choice((0, mtu, 2 * mtu, 6 * mtu))
    kmax = kmin + dice.choice((0, 2 * mtu, 10 * mtu, 30 * mtu))
    pmax = dice.choice((0, 1 << 30, 1 << 31, 1 << 32))
    odd = dice.random() < 0.2
    return {
        "port_error_q32": [
            dice.randint(1, 1 << 27) if errors and dice.random() < 0.3 else 0 for _ in range(ports)
        ],
        "port_headroom_bytes": [
            dice.randrange(10 * mtu) if odd else headroom for _ in range(ports)
        ],
        "port_ecn_kmin_bytes": [kmin] * ports,
        "port_ecn_kmax_bytes": [kmax + (dice.randrange(mtu) if odd else 0) for _ in range(ports)],
        "port_ecn_pmax_q32": [pmax] * ports,
    }


def congestion_control(dice: Random, line_rate: int, read: bool) -> tuple[int, list[float], int]:
    """Native algorithm, its parameters, window of one queue pair."""
    window = dice.choice((1, 1000, 10_000, 40_000))
    kind = dice.choice(("none", "window", "paper", "paper", "firmware", "firmware", "variable"))
    if kind == "none":
        return 0, [], 0
    if kind == "window":
        return 1, [float(line_rate)], window
    firmware, variable = kind != "paper", kind == "variable" and not read
    parameters = [
        dice.choice((1 / 256, 1 / 16, 0.3)),
        dice.choice((1e6, 5.5e6, 3.3e6)),
        dice.choice((1.5e6, 5.5e6, 2e7)),
        0.0 if firmware else dice.choice((0.0, 5e3, 4e4, 1e7)),
        float(dice.choice((0, 1, 2, 5))),
        line_rate * dice.choice((0.001, 0.01)),
        line_rate * dice.choice((0.005, 0.05)),
        line_rate * dice.choice((0.01, 0.1)),
        dice.choice((2e6, 4e6)) if firmware else 0.0,
        float(dice.random() < (0.5 if firmware else 0.7)),
        dice.choice((1.0, 1.0, 0.5)),
        float(firmware),
        float(variable),
        float(line_rate),
    ]
    return 2, parameters, window if variable or dice.random() < 0.2 else 0


def hpcc_parameters(dice: Random, line_rate: int) -> list[float]:
    by_window = dice.random() < 0.5
    return [
        dice.choice((0.95, 0.95, 0.5, 1.0)),
        float(dice.choice((0, 1, 5))),
        80.0 if by_window else 0.0,
        0.0 if by_window else line_rate * 0.01,
        line_rate * dice.choice((0.001, 0.05)),
        float(dice.choice((0, line_rate))),
        dice.choice((0.0, 3e6, 2e7)),
        float(dice.random() < 0.3),
        float(dice.random() < 0.8),
        float(dice.choice((0, 0, 1, 4))),
        float(dice.random() < 0.5),
    ]
