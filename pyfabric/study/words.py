"""Columns of names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pyfabric.results.table import Words


def words(texts: Sequence[str]) -> Words:
    """A text column of a result table."""
    different = list(dict.fromkeys(texts))
    number = {word: index for index, word in enumerate(different)}
    return Words(np.array([number[text] for text in texts], dtype=np.int64), tuple(different))
