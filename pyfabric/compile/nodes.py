"""Node columns: the settings of NICs and switches, one value per node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from pyfabric.compile.draws import Purpose, draw32
from pyfabric.compile.plan import COLUMNS
from pyfabric.compile.ports import Ints
from pyfabric.compile.profiles import Profiles
from pyfabric.scenario import PFC, Nic, Switch
from pyfabric.scenario.nic import DEFAULT_TTL
from pyfabric.scenario.watchdog import ACTIONS

Columns = dict[str, NDArray[Any]]
T = TypeVar("T")

PFC_MODES: Final = {"quanta": 1, "on_off": 2}
CNP_SCOPES: Final = {"qp": 0, "destination": 1, "port": 2}


def class_mask(classes: Iterable[int]) -> int:
    """Bit c set for every class c."""
    return sum(1 << c for c in set(classes))


def pfc_mode(pfc: PFC) -> int:
    """``node_pfc_mode``: 0 off, 1 quanta, 2 on/off."""
    return PFC_MODES[pfc.mode] if pfc.enabled else 0


def node_columns(profiles: Profiles, default: Switch) -> Columns:
    """The columns that depend on one node's settings alone.

    ``default`` is the scenario's switch: NICs take from it which classes are lossless and how
    pauses are counted. Columns about buffers and ECN come from :mod:`pyfabric.compile.switches`.
    """
    hosts, switches = len(profiles.nic_of), len(profiles.switch_of)
    nodes = hosts + switches
    columns: Columns = {
        name: np.zeros((nodes, 8) if column.dimension == "N,8" else nodes, dtype=column.dtype)
        for name, column in COLUMNS.items()
        if column.dimension in ("N", "N,8") and name.startswith("node_")
    }
    columns["node_is_switch"][hosts:] = 1
    for name, of_nic in _nic_values(default).items():
        columns[name][:hosts] = _spread(profiles.nics, profiles.nic_of, of_nic)
    for name, of_switch in _SWITCH_VALUES.items():
        columns[name][hosts:] = _spread(profiles.switches, profiles.switch_of, of_switch)
    return columns


def _spread(settings: tuple[T, ...], owner: Ints, value: Callable[[T], Any]) -> NDArray[Any]:
    return np.array([value(item) for item in settings])[owner]


def _nic_values(default: Switch) -> dict[str, Callable[[Nic], Any]]:
    lossless = class_mask(default.lossless_priorities)
    mode = PFC_MODES[default.pfc.mode]
    return {
        "node_lossless_mask": lambda nic: lossless,
        "node_strict_mask": lambda nic: class_mask(nic.strict_priorities),
        "node_weights": lambda nic: nic.class_weights,
        "node_pfc_mode": lambda nic: mode if nic.pfc else 0,
        "node_pfc_quanta": lambda nic: default.pfc.quanta,
        "node_pfc_reaction_ps": lambda nic: nic.pfc_reaction_ps,
        "node_xoff_bytes": lambda nic: -1,
        "node_rto_ps": lambda nic: nic.rto_ps,
        "node_retries": lambda nic: nic.retries,
        "node_ack_every": lambda nic: nic.ack_every,
        "node_ack_class": lambda nic: -1 if nic.ack_priority is None else nic.ack_priority,
        "node_cnp_class": lambda nic: nic.cnp_priority,
        "node_cnp_interval_ps": lambda nic: nic.cnp_interval_ps,
        "node_cnp_scope": lambda nic: CNP_SCOPES[nic.cnp_scope],
        "node_cnp_on_ack": lambda nic: int(nic.cnp_style == "ack"),
        "node_nak_interval_ps": lambda nic: nic.nak_interval_ps,
        "node_receive_rate_bps": lambda nic: nic.receive_rate_bps,
        "node_rto_low_ps": lambda nic: nic.rto_low_ps,
        "node_rto_low_packets": lambda nic: nic.rto_low_packets if nic.rto_low_ps else 0,
        "node_go_back_zero": lambda nic: int(nic.recovery == "go_back_0"),
        "node_ttl": lambda nic: nic.ttl,
        "node_pause_limit_ps": lambda nic: nic.pause_watchdog_ps,
    }


def _ecn_mask(switch: Switch) -> int:
    if switch.ecn is None:
        return 0
    marked = switch.ecn.priorities
    return class_mask(switch.lossless_queues if marked is None else marked)


_SWITCH_VALUES: Final[dict[str, Callable[[Switch], Any]]] = {
    "node_latency_ps": lambda switch: switch.latency_ps,
    "node_lossless_mask": lambda switch: class_mask(switch.lossless_groups),
    "node_strict_mask": lambda switch: class_mask(switch.strict_priorities),
    "node_weights": lambda switch: switch.class_weights,
    "node_pfc_mode": lambda switch: pfc_mode(switch.pfc),
    "node_pfc_quanta": lambda switch: switch.pfc.quanta,
    "node_pfc_reaction_ps": lambda switch: switch.pfc.reaction_ps,
    "node_alpha_shift": lambda switch: switch.alpha_shift,
    "node_lossy_alpha_shift": lambda switch: switch.lossy_alpha_shift,
    "node_reserve_bytes": lambda switch: switch.reserve_bytes,
    "node_xoff_bytes": lambda switch: (
        -1 if switch.pfc.xoff_bytes is None else switch.pfc.xoff_bytes
    ),
    "node_ecn_mask": _ecn_mask,
    "node_ecn_at_enqueue": lambda switch: int(
        switch.ecn is not None and switch.ecn.mark_at == "enqueue"
    ),
    "node_ack_class": lambda switch: -1,
    "node_ack_every": lambda switch: 1,
    "node_ttl": lambda switch: DEFAULT_TTL,
    "node_watchdog_poll_ps": lambda switch: switch.watchdog.poll_ps if switch.watchdog else 0,
    "node_watchdog_detection_ps": lambda switch: (
        switch.watchdog.detection_ps if switch.watchdog else 0
    ),
    "node_watchdog_restoration_ps": lambda switch: (
        switch.watchdog.restoration_ps if switch.watchdog else 0
    ),
    "node_watchdog_action": lambda switch: (
        1 + ACTIONS.index(switch.watchdog.action) if switch.watchdog else 0
    ),
}


def start_jitter_ps(profiles: Profiles, seed: int) -> Ints:
    """[H] constant delay of everything a host starts, uniform in [0, start_jitter) of its NIC."""
    bound = _spread(profiles.nics, profiles.nic_of, lambda nic: nic.start_jitter_ps)
    words = draw32(seed, np.arange(len(bound)), Purpose.START_JITTER)
    drawn = [word * limit >> 32 for word, limit in zip(words.tolist(), bound.tolist(), strict=True)]
    return np.array(drawn, dtype=np.int64)
