"""Random small scenarios by seed, straight as plans."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np

from pyfabric.compile.plan import MODEL_VERSION, OPS, Plan
from pyfabric.compile.qos import no_qos
from reference.fabric import Fabric, random_fabric
from reference.profiles import (
    CLASS_SETS,
    congestion_control,
    hpcc_parameters,
    node_columns,
    port_columns,
    random_framing,
)
from reference.queue_pairs import QueuePair, marked, other_algorithms
from reference.random_credits import credit_columns, no_credits, random_credits
from reference.random_cycles import round_the_ring
from reference.random_pauses import no_pauses, random_pauses
from reference.random_qos import random_qos

DEFAULT_SCENARIOS = 1000


@dataclass(frozen=True)
class Scenario:
    """A plan in parts, so that a difference can be shrunk to few queue pairs and messages."""

    seed: int
    fabric: Fabric
    scalars: dict[str, int]
    columns: dict[str, Any]
    queue_pairs: tuple[QueuePair, ...]

    def smaller(self) -> list[Scenario]:
        """The same with one queue pair or one message less, big steps first."""
        pairs = self.queue_pairs
        found = [pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]] if len(pairs) > 3 else []
        found += [pairs[:i] + pairs[i + 1 :] for i in range(len(pairs)) if len(pairs) > 1]
        for i, pair in enumerate(pairs):
            for j in range(len(pair.messages)):
                rest = pair.messages[:j] + pair.messages[j + 1 :]
                if rest:
                    found.append((*pairs[:i], replace(pair, messages=rest), *pairs[i + 1 :]))
        return [replace(self, queue_pairs=each) for each in found]

    def plan(self) -> Plan:
        pairs: dict[str, Any] = _queue_pair_columns(self.queue_pairs)
        pairs |= credit_columns(self.queue_pairs, self.scalars)
        flows: dict[str, Any] = _flow_columns(
            self.queue_pairs, self.scalars["mtu_bytes"], self.fabric.nodes
        )
        single = no_qos(len(self.columns["node_lossless_mask"]))
        single["port_goes_up"] = np.zeros(len(self.columns["port_peer"]), dtype=np.uint8)
        return Plan({**single, **self.columns, **pairs, **flows}, self.scalars)


def random_scenario(seed: int) -> Scenario:
    """The scenario of a seed."""
    dice = Random(seed)
    fabric = random_fabric(dice)
    framing = random_framing(dice)
    classes = dice.choice(CLASS_SETS)
    scalars = {
        **framing,
        "model_version": MODEL_VERSION,
        "model_seed": dice.getrandbits(60),
        "stop_grid_ps": 10_000_000,
        "stall_grid_ps": Random(f"{seed} stall").choice((1_000_000_000, 200_000_000, 30_000_000)),
        "creation_order": 0,
        "rate_moves_packet": 0,
        "first_stream": 0,
        **dict.fromkeys(("credit_quantum_packets", "credit_reclaim_ps"), 0),
        "until_ps": dice.randint(5_000_000, 300_000_000) if dice.random() < 0.2 else -1,
    }
    mtu = framing["mtu_bytes"]
    columns = {
        "node_first_port": fabric.first_port,
        **fabric.port_columns(),
        **_routes(dice, seed, fabric),
        **node_columns(dice, fabric, mtu, classes),
        **port_columns(dice, fabric, mtu),
        **no_pauses(fabric.nodes),
        **no_credits(),
    }
    pairs = _random_queue_pairs(dice, fabric, mtu, classes, endless=scalars["until_ps"] >= 0)
    if Random(f"{seed} recovery").random() < 0.3:
        pairs = _selective(Random(f"{seed} selective"), columns, pairs, mtu)
    if fabric.clockwise and Random(f"{seed} round").random() < 0.8:
        scalars["stall_grid_ps"] = 30_000_000
        pairs = round_the_ring(Random(f"{seed} ring"), fabric, mtu, columns, pairs)
    _switch_tables(Random(f"{seed} switches"), fabric, columns, mtu, classes)
    telemetry = Random(seed)  # draws of its own
    scalars["int_hops"] = telemetry.choice((0, 0, 1, 2, 5, 5))
    if scalars["int_hops"] > 0:
        pairs = tuple(_perhaps_hpcc(telemetry, fabric, pair) for pair in pairs)
    elif (granting := Random(f"{seed} credits")).random() < 0.5:
        pairs = random_credits(granting, columns, pairs, scalars)
    if Random(f"{seed} algorithms").random() < 0.4:
        parameters = Random(f"{seed} parameters")
        if parameters.random() < 0.7:
            marked(parameters, fabric, mtu, classes, columns)
        pairs = other_algorithms(parameters, fabric, mtu, pairs)
    return Scenario(seed, fabric, scalars, columns, pairs)


def _selective(
    dice: Random, columns: dict[str, Any], pairs: tuple[QueuePair, ...], mtu: int
) -> tuple[QueuePair, ...]:
    """Some queue pairs repeat selectively; lossy links and switches are frequent."""
    hosts = len(columns["node_rto_ps"])
    columns["node_rto_low_ps"] = [dice.choice((0, 10_000_000, 30_000_000))] * hosts
    columns["node_rto_low_packets"] = [dice.randint(0, 4)] * hosts
    if dice.random() < 0.5:
        columns["node_lossless_mask"] = [0] * hosts
    if dice.random() < 0.3:
        errors = columns["port_error_q32"]
        columns["port_error_q32"] = [dice.choice((0, 1 << 27, 1 << 29)) for _ in errors]
    return tuple(
        replace(
            pair,
            reorder=dice.choice((0, 1, 2, 5, 40, 1000, 1000)),
            cap=dice.choice((0, 0, 1, 3 * mtu, 20 * mtu)),
            window=pair.window or dice.choice((0, 0, 5 * mtu)) * int(pair.algorithm == 1),
        )
        for pair in pairs
    )


def _perhaps_hpcc(dice: Random, fabric: Fabric, pair: QueuePair) -> QueuePair:
    if dice.random() < 0.6:
        return pair
    parameters = hpcc_parameters(dice, fabric.rate_bps(pair.sender, pair.sender_port))
    window = 0 if pair.read else dice.choice((0, 1000, 10_000, 40_000))
    padded = tuple(parameters + [0.0] * (32 - len(parameters)))
    return replace(pair, algorithm=3, parameters=padded, window=window)


def _random_queue_pairs(
    dice: Random, fabric: Fabric, mtu: int, classes: tuple[int, ...], endless: bool
) -> tuple[QueuePair, ...]:
    packets_left = dice.choice((30, 100, 300, 800))
    incast = dice.random() < 0.6
    target = dice.randrange(fabric.hosts)
    spread = dice.choice((0, 100_000, 3_000_000, 20_000_000))
    pairs = []
    for _ in range(dice.randint(1, 3 * fabric.hosts)):
        ends = dice.sample(range(fabric.hosts), 2)
        if incast and target != ends[0]:
            ends[1] = target
        read = dice.random() < 0.2
        messages = []
        for _ in range(dice.choice((1, 1, 1, 2, 4))):
            size = dice.randint(1, dice.choice((1, 4, 12, 60)) * mtu)
            packets_left -= -(-size // mtu)
            op = "read" if read else dice.choice(("write", "send"))
            messages.append((dice.randint(0, spread), size, op))
        if endless and not read and dice.random() < 0.1:
            messages.append((spread, -1, "write"))
        messages.sort(key=lambda message: message[0])
        pairs.append(_random_queue_pair(dice, fabric, ends, classes, tuple(messages)))
        if packets_left < 0:
            break
    return tuple(pairs)


def _random_queue_pair(
    dice: Random,
    fabric: Fabric,
    ends: list[int],
    classes: tuple[int, ...],
    messages: tuple[tuple[int, int, str], ...],
) -> QueuePair:
    sender, receiver = ends
    sender_port = dice.randrange(len(fabric.ends[sender]))
    ports = len(fabric.ends[receiver])
    receiver_port = dice.randrange(ports) if fabric.switches else sender_port
    rate = fabric.rate_bps(sender, sender_port)
    read = messages[0][2] == "read"
    algorithm, parameters, window = congestion_control(dice, rate, read)
    return QueuePair(
        sender,
        receiver,
        sender_port,
        receiver_port,
        dice.getrandbits(32),
        dice.choice(classes),
        algorithm,
        tuple(parameters + [0.0] * (32 - len(parameters))),
        0 if read else window,
        messages,
    )


def _queue_pair_columns(pairs: tuple[QueuePair, ...]) -> dict[str, list[Any]]:
    return {
        "qp_tx_node": [pair.sender for pair in pairs],
        "qp_tx_port": [pair.sender_port for pair in pairs],
        "qp_tx_address": [pair.sender for pair in pairs],
        "qp_rx_node": [pair.receiver for pair in pairs],
        "qp_rx_port": [pair.receiver_port for pair in pairs],
        "qp_rx_address": [pair.receiver for pair in pairs],
        "qp_entropy": [pair.entropy for pair in pairs],
        "qp_class": [pair.cls for pair in pairs],
        "qp_read": [int(pair.read) for pair in pairs],
        "qp_cc": list(range(len(pairs))),
        "qp_window_bytes": [pair.window for pair in pairs],
        "qp_base_rtt_ps": [pair.base_rtt for pair in pairs],
        "qp_hops": [pair.hops for pair in pairs],
        **{name: [] for name in ("node_ip", "qp_udp_ports", "port_alpha_shift")},  # ns-3 only
        "qp_reorder_packets": [pair.reorder for pair in pairs],
        "qp_bdp_bytes": [pair.cap for pair in pairs],
        "cc_algorithm": [pair.algorithm for pair in pairs],
        "cc_parameters": [list(pair.parameters) for pair in pairs],
    }


def _flow_columns(pairs: tuple[QueuePair, ...], mtu: int, nodes: int) -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {
        name: []
        for name in ("flow_qp", "flow_op", "flow_size_bytes", "flow_start_ps", "flow_first_psn")
    }
    columns["flow_packets"] = []
    first_message, posts = [0], list[tuple[int, int, int]]()
    for qp, pair in enumerate(pairs):
        psn = 0
        for start, size, op in pair.messages:
            flow = len(columns["flow_qp"])
            packets = -(-size // mtu) if size >= 0 else 0xFFFFFFFF
            row = (qp, OPS[op], size, start, psn, packets)
            for name, value in zip(columns, row, strict=True):
                columns[name].append(value)
            psn += packets
            posts.append((pair.receiver if op == "read" else pair.sender, start, flow))
        first_message.append(len(columns["flow_qp"]))
    posts.sort()
    posters = [node for node, _, _ in posts]
    return {
        **columns,
        "qp_message_first": first_message,
        "message_flow": list(range(len(posts))),
        "start_flow": [flow for _, _, flow in posts],
        "start_first": [sum(p < node for p in posters) for node in range(nodes + 1)],
    }


def _routes(dice: Random, seed: int, fabric: Fabric) -> dict[str, list[int]]:
    forms = Random(seed)
    if dice.random() < 0.03:
        return fabric.route_columns(forms, grouped=False, broken=0)
    written = Random(f"{seed} explicit routes")
    explicit = written if written.random() < 0.15 else None
    return fabric.route_columns(forms, grouped=dice.random() < 0.6, explicit=explicit)


def _switch_tables(
    dice: Random, fabric: Fabric, columns: dict[str, Any], mtu: int, classes: tuple[int, ...]
) -> None:
    """Some have maps and pools of their own, some a short time to live."""
    if fabric.switches and dice.random() < 0.35:
        columns |= random_qos(dice, fabric, mtu, columns, set(classes))
    if dice.random() < 0.2:
        columns["node_ttl"] = [dice.choice((1, 2, 3, 5, 9)) for _ in range(fabric.nodes)]
    if dice.random() < 0.25:
        columns |= random_pauses(dice, fabric, mtu, columns, set(classes))
