"""Compile-time draws are the engine's Philox4x32-10."""

import numpy as np

from pyfabric.compile.draws import Purpose, draw32


def test_known_answer():
    """Vectors of the authors' Random123 library: all zero, all ones, digits of pi."""
    zero = draw32(0, 0, 0)  # type: ignore[arg-type]
    assert int(zero) == 0x6627E8D5
    ones = draw32(2**64 - 1, 2**32 - 1, 2**32 - 1, 2**64 - 1)  # type: ignore[arg-type]
    assert int(ones) == 0x408F276D
    key, index = 0x299F31D0_A4093822, 0x85A308D3_243F6A88
    pi = draw32(key, 0x13198A2E, 0x03707344, index)  # type: ignore[arg-type]
    assert int(pi) == 0xD16CFE09


def test_a_draw_does_not_depend_on_the_others():
    many = draw32(7, np.arange(100), Purpose.START_JITTER)
    assert int(draw32(7, 42, Purpose.START_JITTER)) == int(many[42])
    assert len(set(many.tolist())) == 100
