"""Routes read back from a plan, for those who follow them without a run."""

from __future__ import annotations

import numpy as np

from pyfabric.compile.plan import Plan
from pyfabric.compile.ports import Ints
from pyfabric.compile.routes import Routes


class _Unknown:
    """Distances are no part of a plan."""

    def between(self, switch: Ints, group: Ints) -> Ints:
        raise NotImplementedError("a plan holds routes, not distances")

    def examples(self, latency_ps: Ints) -> Ints | None:
        return None


def routes_of(plan: Plan) -> Routes:
    """The routes of a compiled plan, without distances."""

    def column(name: str) -> Ints:
        return plan.columns[name].astype(np.int64)

    return Routes(
        group=column("address_group"),
        rank=column("address_rank"),
        base=column("route_base"),
        first=column("route_first"),
        count=column("route_count"),
        shift=column("route_shift"),
        default=column("route_default"),
        entry=plan.columns["route_entry"],
        local_entry=plan.columns["local_entry"],
        ecmp_first=column("ecmp_first"),
        ecmp_port=column("ecmp_port"),
        distances=_Unknown(),
    )
