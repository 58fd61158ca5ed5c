"""How much memory a run may use when nobody says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

#: Limits of control groups, version 2 and version 1 (Linux, cgroups(7)).
CGROUP_LIMITS: Final = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def memory_of_the_machine(share: int = 1) -> int:
    """80 % of the memory of the machine or of its control group, divided by ``share`` runs at once:
    a run that needs more ends with a message and not by the kernel's hand.
    """
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for file in CGROUP_LIMITS:
        try:
            text = file.read_text().strip()
        except OSError:
            continue
        if text.isdigit():  # or "max"
            limits.append(int(text))
    return max(min(limits) * 4 // 5 // share, 1)
