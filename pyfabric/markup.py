"""Small HTML tables for notebooks, everything escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, Final

MAX_ROWS: Final = 24
MAX_LETTERS: Final = 200


def table(title: str, rows: Iterable[tuple[str, Any]], text: str = "") -> str:
    """A title, a row per (name, value), and under them ``text`` as it is laid out."""
    listed = list(rows)
    lines = [_row(name, value) for name, value in listed[:MAX_ROWS]]
    if len(listed) > MAX_ROWS:
        lines.append(_row("...", f"{len(listed) - MAX_ROWS} more"))
    body = f"<table><tbody>{''.join(lines)}</tbody></table>" if lines else ""
    below = f"<pre>{escape(text)}</pre>" if text else ""
    return f"<div><b>{escape(title)}</b>{body}{below}</div>"


def _row(name: str, value: Any) -> str:
    return f'<tr><th style="text-align:left">{_cell(name)}</th><td>{_cell(value)}</td></tr>'


def _cell(value: Any) -> str:
    text = str(value)
    return escape(text if len(text) <= MAX_LETTERS else f"{text[: MAX_LETTERS - 3]}...")
