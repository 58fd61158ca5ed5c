"""Parts of a workload from plain data, and the files that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pyfabric.errors import Fault, ScenarioError, shorten
from pyfabric.spec import Faults
from pyfabric.workload import (
    Flow,
    FlowSizes,
    Workload,
    all_to_all,
    as_workload,
    flow_files,
    flows,
    incast,
    permutation,
    poisson,
)

#: Keys of ``flows`` that name a file: columns of it, or one flow of its own per row.
FLOW_FILES: Final = ("file", "list")


def _poisson(**fields: Any) -> Workload:
    sizes = fields.get("sizes")
    if not isinstance(sizes, Mapping):
        return poisson(**fields)
    found: list[Fault] = []
    made: Any = 1
    for key in ("sizes", ""):  # the table first; then the rest, with a stand-in for a bad one
        try:
            if key:
                made = FlowSizes(**{str(name): value for name, value in sizes.items()})
            else:
                part = poisson(**{**fields, "sizes": made})
        except ScenarioError as error:
            found.extend(error.under(f"poisson.{key}" if key else "poisson").faults)
    if found:
        raise ScenarioError(found)
    return part


def _flows(**fields: Any) -> Workload:
    """Under ``items`` a list of mappings, under ``file`` or ``list`` a file, else columns."""
    named = [key for key in (*FLOW_FILES, "items") if key in fields]
    if len(named) > 1:
        raise ScenarioError(Fault("flows", f"give one of {', '.join(named)}, not several"))
    if named and named[0] in FLOW_FILES:
        return _from_file(named[0], fields)
    if not isinstance(fields.get("items"), list | tuple):
        return flows(**fields)
    return flows(**{**fields, "items": _items(fields["items"])})


def _items(items: Any) -> list[Flow]:
    faults, made = Faults("flows"), []
    for index, item in enumerate(items):
        if not isinstance(item, Mapping):
            faults.add(f"[{index}]", f"must map names to values, got {shorten(item)}")
            continue
        try:
            made.append(Flow(**{str(key): value for key, value in item.items()}))
        except ScenarioError as error:
            faults.found.extend(error.under(f"flows[{index}]").faults)
            if len(faults.found) >= 20:
                break
    faults.raise_all()
    return made


def _from_file(key: str, fields: Mapping[str, Any]) -> Workload:
    path = fields[key]
    rest = {name: value for name, value in fields.items() if name != key}
    if not isinstance(path, str) or not path:
        raise ScenarioError(Fault(f"flows.{key}", f"must be a path, got {shorten(path)}"))
    if key == "file":
        return flows(path, **rest)
    columns = flow_files.read_columns(path, names=True)
    names, cells = list(columns), zip(*columns.values(), strict=True)
    rows = [dict(zip(names, row, strict=True)) for row in cells]
    try:
        items = _items(
            [{k: v for k, v in row.items() if v is not None or k == "size"} for row in rows]
        )
    except ScenarioError as error:
        raise flow_files.at_rows(error, path) from None
    return flows(items, **rest)


#: Kind -> what makes it from the values of a file.
PARTS: Final[dict[str, Callable[..., Workload]]] = {
    "flow": lambda **fields: as_workload(Flow(**fields)),
    "flows": _flows,
    "incast": incast,
    "permutation": permutation,
    "all_to_all": all_to_all,
    "poisson": _poisson,
}


def relative_files(data: Any, folder: Path) -> None:
    """Let files that are named relative to the scenario's own file be found, in place.

    A CDF file that is the same from the working directory keeps its name as written.
    """
    parts = data.get("workload") if isinstance(data, dict) else None
    for item in parts if isinstance(parts, list) else []:
        for kind, fields in item.items() if isinstance(item, dict) else ():
            if kind == "flows" and isinstance(fields, str):
                item[kind] = fields = {"file": fields}
            if kind not in ("flows", "poisson") or not isinstance(fields, dict):
                continue
            for key in ("sizes",) if kind == "poisson" else FLOW_FILES:
                if isinstance(name := fields.get(key), str) and name:
                    fields[key] = beside(name, folder)


def beside(name: str, folder: Path) -> str:
    """``name`` as seen from the working directory: a file in ``folder``, else itself."""
    try:
        found = folder / name
        if found.is_file() and not (Path(name).is_file() and Path(name).samefile(found)):
            return str(found)
    except (OSError, ValueError):  # not a name that a file can have
        pass
    return name
