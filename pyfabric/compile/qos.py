"""Columns of switches with maps, pools, WRED or bounces of their own: one qos profile a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np

from pyfabric.compile.nodes import Columns, class_mask
from pyfabric.compile.plan import COLUMNS
from pyfabric.compile.pools import SwitchPools
from pyfabric.compile.profiles import Profiles, priority_dscp
from pyfabric.scenario import Switch
from pyfabric.units import parse_fraction

_ONE_Q32: Final = 1 << 32
_CLASSES: Final = 8
_DEFAULT_DSCP: Final = tuple(range(0, 64, 8))
_NAMES: Final = tuple(name for name in COLUMNS if name.startswith("qos_"))

Row = dict[str, Any]


def needs_qos(profiles: Profiles) -> bool:
    """Whether any node has other than the default maps and the single pool."""
    plain = all(profiles.switches[i].is_plain for i in np.unique(profiles.switch_of).tolist())
    return not plain or priority_dscp(profiles) != _DEFAULT_DSCP


def no_qos(nodes: int) -> Columns:
    """The columns where no switch has a profile, and hosts send class selectors."""
    made: Columns = {name: np.zeros(0, dtype=COLUMNS[name].dtype) for name in _NAMES}
    made["node_qos"] = np.full(nodes, -1, dtype=np.int32)
    return made | {"priority_dscp": np.array(_DEFAULT_DSCP, dtype=np.uint8)}


@dataclass
class QosTable:
    """Rows of the profiles made so far; equal ones once."""

    rows: list[Row]
    index: dict[bytes, int]

    def add(self, row: Row) -> int:
        """The number of a row."""
        arrays = {name: np.asarray(row[name], dtype=COLUMNS[name].dtype) for name in _NAMES}
        key = b"".join(arrays[name].tobytes() for name in _NAMES)
        if key not in self.index:
            self.index[key] = len(self.rows)
            self.rows.append(arrays)
        return self.index[key]

    def columns(self) -> Columns:
        """[K] and [K, n]"""
        return {name: np.stack([row[name] for row in self.rows]) for name in _NAMES}


def qos_columns(
    profiles: Profiles, hosts: int, pools: Callable[[int], SwitchPools]
) -> tuple[Columns, dict[int, dict[str, int]]]:
    """(columns of the profiles, switch -> node columns that sum up its first lossless group).

    ``pools`` gives the sizes of the switch of an index [S].
    """
    count = len(profiles.switch_of)
    table, dscp = QosTable([], {}), priority_dscp(profiles)
    node_qos = np.full(hosts + count, -1, dtype=np.int32)
    summaries = {}
    for index, profile in enumerate(profiles.switch_of.tolist()):
        switch, sizes = profiles.switches[profile], pools(index)
        row = _maps(switch, dscp) | _wred(switch) | sizes.columns
        node_qos[hosts + index] = table.add(row)
        summaries[index] = sizes.summary
    made = table.columns() | {"node_qos": node_qos}
    made["priority_dscp"] = np.array(dscp, dtype=np.uint8)
    return made, summaries


def _maps(switch: Switch, dscp: tuple[int, ...]) -> Row:
    tc, bounces = switch.dscp_tc, switch.bounces
    names = ("tc_to_pg", "tc_to_queue", "pfc_to_pg", "pfc_to_queue")
    after = [dscp[bounces[tc[d]]] if tc[d] in bounces else d for d in range(len(tc))]
    return {
        "qos_dscp_to_tc": tc,
        **{f"qos_{name}": switch.class_map(name) for name in names},
        "qos_pfc_mask": class_mask(switch.lossless_priorities),
        "qos_bounce": after,
    }


def _wred(switch: Switch) -> Row:
    curves = switch.wred_curves
    row: Row = {"qos_wred_mask": class_mask(curves)}
    for name in ("kmin_bytes", "kmax_bytes", "pmax_q32"):
        row[f"qos_wred_{name}"] = [0] * _CLASSES
    for queue, curve in curves.items():
        row["qos_wred_kmin_bytes"][queue] = curve.kmin_bytes
        row["qos_wred_kmax_bytes"][queue] = curve.kmax_bytes
        pmax = round(Fraction(parse_fraction(curve.pmax)) * _ONE_Q32)
        row["qos_wred_pmax_q32"][queue] = pmax
    return row
