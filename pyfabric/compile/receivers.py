"""NICs that hand received data to their host below line rate: buffer, headroom, thresholds."""

from __future__ import annotations

import numpy as np

from pyfabric.compile.buffers import link_headrooms
from pyfabric.compile.nodes import Columns
from pyfabric.compile.switches import SwitchPorts
from pyfabric.errors import Fault, ScenarioError
from pyfabric.units import format_size


def set_receivers(ports: SwitchPorts, columns: Columns) -> None:
    """Fill in the buffer columns of hosts with a ``receive_rate`` (docs/model.md 8).

    The pool is the buffer less a headroom for every lossless class of every port; XOFF is due when
    it is full. Raises ScenarioError when less than two largest frames are left of it.
    """
    table, largest = ports.table, ports.frames.largest
    faults = []
    for host in np.flatnonzero(columns["node_receive_rate_bps"][: table.hosts]).tolist():
        profile = int(ports.profiles.nic_of[host])
        nic = ports.profiles.nics[profile]
        own = np.arange(table.first[host], table.first[host + 1])
        classes = int(columns["node_lossless_mask"][host]).bit_count()
        headroom = np.zeros(len(own), dtype=np.int64)
        if columns["node_pfc_mode"][host] and classes:
            reaction = columns["node_pfc_reaction_ps"][table.peer_node[own]]
            headroom = link_headrooms(
                ports.frames, table.rate_bps[own], table.delay_ps[own], reaction, reaction * 0
            )
        pool = nic.receive_buffer_bytes - classes * int(headroom.sum())
        if pool < 2 * largest:
            needed = nic.receive_buffer_bytes - pool + 2 * largest
            faults.append(
                Fault(
                    f"{ports.profiles.nic_paths[profile]}.receive_buffer",
                    f"{format_size(nic.receive_buffer_bytes)} is too small for the headroom of the "
                    f"host's links and two largest frames (allowed: from {format_size(needed)})",
                )
            )
        columns["port_headroom_bytes"][own] = headroom
        columns["node_shared_bytes"][host] = pool
        columns["node_xoff_bytes"][host] = pool
        columns["node_xon_offset_bytes"][host] = 2 * ports.frames.full_packet
    if faults:
        raise ScenarioError(list(dict.fromkeys(faults)))
