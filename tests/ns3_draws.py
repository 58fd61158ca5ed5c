"""First numbers of the streams of MRG32k3a (L'Ecuyer, 1999; streams and substreams: 2002), as the
simulator published with HPCC draws them: by powers of the recurrences' matrices."""

from __future__ import annotations

Matrix = list[list[int]]

_MODULI = (4294967087, 4294944443)
_STEPS = (
    [[0, 1, 0], [0, 0, 1], [-810728, 1403580, 0]],
    [[0, 1, 0], [0, 0, 1], [-1370589, 0, 527612]],
)


def _times(a: Matrix, b: Matrix, modulus: int) -> Matrix:
    columns = list(zip(*b, strict=True))
    return [
        [sum(x * y for x, y in zip(row, column, strict=True)) % modulus for column in columns]
        for row in a
    ]


def _power(matrix: Matrix, exponent: int, modulus: int) -> Matrix:
    result = [[int(i == j) for j in range(3)] for i in range(3)]
    while exponent:
        if exponent & 1:
            result = _times(result, matrix, modulus)
        matrix, exponent = _times(matrix, matrix, modulus), exponent >> 1
    return result


class Streams:
    """The first number of stream ``first``, of the one after it, ..."""

    def __init__(self, first: int, substream: int = 1, seed: int = 1) -> None:
        self.states: list[Matrix] = []
        self.jumps: list[Matrix] = []
        for step, modulus in zip(_STEPS, _MODULI, strict=True):
            jump = _power(step, first * 2**127 + substream * 2**76 + 1, modulus)
            self.states.append(_times(jump, [[seed]] * 3, modulus))
            self.jumps.append(_power(step, 2**127, modulus))

    def next(self) -> float:
        """Above 0 and below 1."""
        x, y = (state[2][0] for state in self.states)
        self.skip()
        return ((x - y) % _MODULI[0] or _MODULI[0]) / (_MODULI[0] + 1)

    def skip(self) -> None:
        """One draw whose number is not asked for."""
        self.states = [
            _times(jump, state, modulus)
            for jump, state, modulus in zip(self.jumps, self.states, _MODULI, strict=True)
        ]
