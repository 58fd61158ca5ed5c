"""Small experiments in the files of the HPCC simulator, written for tests."""

from __future__ import annotations

from pathlib import Path

CONFIG = """\
ENABLE_QCN 1
USE_DYNAMIC_PFC_THRESHOLD 1
PACKET_PAYLOAD_SIZE 1000
TOPOLOGY_FILE topology.txt
FLOW_FILE flow.txt
TRACE_FILE nowhere/trace.txt
FCT_OUTPUT_FILE nowhere/fct.txt
SIMULATOR_STOP_TIME 4.00
CC_MODE 1
ALPHA_RESUME_INTERVAL 1
RATE_DECREASE_INTERVAL 4
CLAMP_TARGET_RATE 0
RP_TIMER 300
EWMA_GAIN 0.00390625
FAST_RECOVERY_TIMES 1
RATE_AI 20Mb/s
RATE_HAI 200Mb/s
MIN_RATE 1000Mb/s
ERROR_RATE_PER_LINK 0.0000
L2_CHUNK_SIZE 4000
L2_ACK_INTERVAL 1
L2_BACK_TO_ZERO 0
HAS_WIN 0
GLOBAL_T 1
VAR_WIN 0
FAST_REACT 1
RATE_BOUND 1
ACK_HIGH_PRIO 0
LINK_DOWN 0 0 0
KMAX_MAP 2 100000000000 1600 400000000000 6400
KMIN_MAP 2 100000000000 400 400000000000 1600
PMAX_MAP 2 100000000000 0.2 400000000000 0.2
BUFFER_SIZE 32
"""
#: Hosts 1, 2 and 4, 5 at the leaves 0 and 3 below the spine 6: ids of hosts and switches mixed.
TOPOLOGY = """\
7 3 6
0 3 6
1 0 100Gbps 1000ns 0.000000
2 0 100Gbps 1000ns 0
4 3 100Gbps 1000ns 0
3 5 100Gbps 0.001ms 0
0 6 400Gbps 1us 0
3 6 400Gbps 1us 0
a legend that is never read
"""
FLOWS = """\
1
1 4 3 100 1000000 2.0002
4 1 3 100 5 0 behind the last flow nothing is read
"""


def with_keys(**changes: str | None) -> str:
    """CONFIG with other values for some keys; None: without the key."""
    lines = [line for line in CONFIG.splitlines() if line.split()[0] not in changes]
    lines += [f"{key} {value}" for key, value in changes.items() if value is not None]
    return "\n".join(lines) + "\n"


def write_files(
    folder: Path, config: str = CONFIG, topology: str = TOPOLOGY, flows: str = FLOWS
) -> Path:
    """Write one experiment into ``folder``; the path of its configuration."""
    (folder / "topology.txt").write_text(topology)
    (folder / "flow.txt").write_text(flows)
    (folder / "config.txt").write_text(config)
    return folder / "config.txt"
