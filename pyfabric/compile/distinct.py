"""Equal rows among many, without sorting them as a whole."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from pyfabric.compile.ports import Ints


def distinct(columns: Iterable[Ints]) -> tuple[Ints, Ints]:
    """Different rows of equally long columns: (first row of each kind, kind of each row [R]).

    Kinds are numbered in the order of their values, first column first.
    """
    first, kind = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for column in columns:
        values, code = np.unique(column, return_inverse=True)
        # Fewer than rows x values: far below 2^63 for whatever fits into memory.
        _, first, kind = np.unique(
            kind * len(values) + code.reshape(-1), return_index=True, return_inverse=True
        )
        kind = kind.reshape(-1)
    return first, kind
