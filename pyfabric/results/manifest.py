"""What can stand in the manifest of a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pyfabric.results.result import LATER_TABLES, STOP_REASONS, TABLES


def wrong_values(manifest: Mapping[str, Any]) -> list[str]:
    """Names of values that are missing, or of another type than they are written in."""
    wrong = [name for name, fits in _FITS.items() if not fits(manifest.get(name))]
    old = manifest["format"] == 1
    for name in TABLES:
        if name in LATER_TABLES and name not in manifest["tables"]:
            continue
        table = manifest["tables"].get(name)
        if old:
            table = {"file": "", "rows": table}
        if not isinstance(table, dict) or not _is_name(table.get("file")):
            wrong.append(f"tables.{name}")
        elif not _is_count(table.get("rows")):
            wrong.append(f"tables.{name}.rows")
    texts = [] if old else manifest.get("scenario")
    if not isinstance(texts, list) or not all(map(_is_name, texts)):
        wrong.append("scenario")
    return wrong


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and "/" not in value and "\0" not in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _mapping_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


#: Field of the manifest -> whether a value can stand there.
_FITS: Final[dict[str, Callable[[Any], bool]]] = {
    "stop_reason": lambda value: _is_text(value) and value in STOP_REASONS,
    "end_ps": _is_count,
    "fingerprint": lambda value: value is None or _is_text(value),
    "plan_hash": _is_text,
    "seed": _is_count,
    "stats": _mapping_of(_is_number),
    "versions": _mapping_of(_is_text),
    "rows_not_kept": _mapping_of(_is_count),
}
