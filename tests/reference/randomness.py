"""Random words and the ECMP hash (docs/model.md, sections 1 and 9)."""

from __future__ import annotations

MARKING, LINK_ERRORS, TIE_ROTATION, WRED_WORDS = 1, 2, 3, 7
_MASK = 0xFFFFFFFF


def philox_word(seed: int, index: int, stream: int, purpose: int) -> int:
    """Word 0 of the Philox4x32-10 block (Salmon et al., SC'11) of one draw."""
    key0, key1 = seed & _MASK, (seed >> 32) & _MASK
    c0, c1, c2, c3 = index & _MASK, (index >> 32) & _MASK, stream & _MASK, purpose & _MASK
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ key0, p1 & _MASK, (p0 >> 32) ^ c3 ^ key1, p0 & _MASK
        key0, key1 = (key0 + 0x9E3779B9) & _MASK, (key1 + 0xBB67AE85) & _MASK
    return c0


class Stream:
    """The words of one (purpose, stream), drawn one after the other."""

    def __init__(self, seed: int, stream: int, purpose: int) -> None:
        self.seed, self.stream, self.purpose, self.drawn = seed, stream, purpose, 0

    def next(self) -> int:
        word = philox_word(self.seed, self.drawn, self.stream, self.purpose)
        self.drawn += 1
        return word


def ecmp_index(entropy: int, seed: int, count: int) -> int:
    """Which of ``count`` equal next hops a switch with this seed takes."""
    h = ((entropy ^ seed) * 0x9E3779B1) & _MASK
    h = ((h ^ (h >> 15)) * 0x85EBCA77) & _MASK
    h = ((h ^ (h >> 13)) * 0xC2B2AE3D) & _MASK
    h ^= h >> 16
    return (h * count) >> 32
