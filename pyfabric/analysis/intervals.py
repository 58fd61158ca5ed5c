"""Disjoint time intervals by key, such as the pauses of each (port, class)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


class Intervals:
    """Intervals ``[start, end)``; those of one key are disjoint. All arrays are [N]."""

    def __init__(self, key: Ints, start: Ints, end: Ints) -> None:
        self._order = np.lexsort((start, key))
        self._key, self._start = key[self._order], start[self._order]
        self._end = end[self._order]
        length = np.cumsum(self._end - self._start)
        self._before = length - (self._end - self._start)  # of all intervals before, any key
        first = np.searchsorted(self._key, self._key)
        self._of_key = self._before - self._before[first] if len(key) else self._before

    def last(self, key: Ints, time: Ints) -> Ints:
        """[Q] row of the last interval of a key that has begun at or before a time; -1: none."""
        place = self._place(key, time)
        return np.where(place >= 0, self._order[np.maximum(place, 0)], -1) if len(self) else place

    def covered(self, key: Ints, time: Ints) -> Ints:
        """[Q] how much of the time before ``time`` the intervals of a key cover."""
        if not len(self):
            return np.zeros(len(key), dtype=np.int64)
        place = self._place(key, time)
        row = np.maximum(place, 0)
        inside = np.minimum(self._end[row], time) - self._start[row]
        return np.where(place >= 0, self._of_key[row] + inside, 0)

    def __len__(self) -> int:
        return len(self._key)

    def _place(self, key: Ints, time: Ints) -> Ints:
        """[Q] position in sorted order of what :meth:`last` finds."""
        n, queries = len(self._key), len(key)
        keys = np.concatenate([self._key, key])
        times = np.concatenate([self._start, time])
        is_query = np.arange(n + queries) >= n
        order = np.lexsort((is_query, times, keys))
        seen = np.cumsum(~is_query[order]) - 1
        place = np.empty(queries, dtype=np.int64)
        at = order >= n
        place[order[at] - n] = seen[at]
        if not n:
            return np.full(queries, -1, dtype=np.int64)
        return np.where((place >= 0) & (self._key[np.maximum(place, 0)] == key), place, -1)
