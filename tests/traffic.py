"""Endpoints for tests of traffic alone."""

import numpy as np

from pyfabric.workload.arrays import WorkloadContext


def context(hosts=8, gpus=1, seed=1, rate_bps=400 * 10**9):
    names = {f"host{i}": (i * gpus, gpus) for i in range(hosts)}
    return WorkloadContext(np.full(hosts * gpus, rate_bps), names, seed)
