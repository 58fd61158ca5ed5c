"""Lists of routes and faults from plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyfabric.errors import shorten
from pyfabric.scenario.faults import FAULTS, PauseStorm
from pyfabric.scenario.route import Route


def read_routes(reader: Any, data: object) -> list[Route]:
    """Routes as they stand in a file, or objects; ``reader`` collects what is wrong."""
    if not isinstance(data, list | tuple):
        reader.add("routes", f"must be a list of routes, got {shorten(data)}")
        return []
    made = [
        item if isinstance(item, Route) else reader.settings(f"routes[{index}]", item, Route)
        for index, item in enumerate(data)
    ]
    return [route for route in made if route is not None]


def read_faults(reader: Any, data: object) -> list[PauseStorm] | None:
    """Faults, each under its kind, or objects; None: there is no list."""
    data = () if data is None else data
    if not isinstance(data, list | tuple):
        reader.add("faults", f"must be a list of {', '.join(FAULTS)}, got {shorten(data)}")
        return None
    made = [_fault(reader, f"faults[{index}]", item) for index, item in enumerate(data)]
    return [fault for fault in made if fault is not None]


def _fault(reader: Any, path: str, item: object) -> PauseStorm | None:
    if isinstance(item, PauseStorm):
        return item
    name = reader.single(path, item, "kind of fault", FAULTS)
    if name is None or not isinstance(item, Mapping):
        return None
    made: PauseStorm | None = reader.settings(f"{path}.{name}", item[name], FAULTS[name])
    return made
