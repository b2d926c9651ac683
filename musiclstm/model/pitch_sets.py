"""Pitch sets: the pitches with which each symbol may come, now (at a context's own tick) and later."""

from __future__ import annotations

from collections.abc import Sequence

from musiclstm.model.arrays import ByteArray
from musiclstm.model.context import Context
from musiclstm.model.dimensions import Dimensions

_WORD = (1 << 64) - 1


class PitchSets:
    """words: for each symbol two of 64 bits, the lower pitches first; from index 0 on for now, from 64 on for later.

    In all methods `later` is 0 for now and 1 for later. It does not change once it is made.
    """

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.words = [0] * 128

    def common(self, other: PitchSets, full: int) -> PitchSets:
        """The pitches that are in both sets, without note-ons in the parts whose bits are set in `full`."""
        found, d = PitchSets(self.dimensions), self.dimensions
        for symbol in range(d.symbols):
            if symbol >= d.parts and full >> (symbol - d.parts) & 1:
                continue
            for later in range(2):
                for half in range(2):
                    at = 64 * later + 2 * symbol + half
                    found.words[at] = self.words[at] & other.words[at]
        return found

    def has(self, later: int, symbol: int) -> bool:
        """Whether there is a pitch for a symbol."""
        at = 64 * later + 2 * symbol
        return self.words[at] != 0 or self.words[at + 1] != 0

    def any(self, later: int) -> bool:
        """Whether there is a pitch for any symbol."""
        found = False
        for symbol in range(self.dimensions.symbols):
            found = found or self.has(later, symbol)
        return found

    def bits(self, later: int, symbol: int) -> int:
        """The MIDI pitches of a symbol, as bits."""
        low, high = [self.words[64 * later + 2 * symbol + half] for half in range(2)]
        return low | high << 64

    def mark_symbols(self, later: int, out: ByteArray) -> int:
        """out: 1 for each symbol for which there is a pitch, else 0. Returns how many there are."""
        count = 0
        for symbol in range(self.dimensions.symbols):
            out[symbol] = self.has(later, symbol)
            count += out[symbol]
        return count

    def mark_pitches(self, later: int, symbol: int, out: ByteArray) -> None:
        """out: 1 for each pitch of the vocabulary that the symbol may take, else 0."""
        at, low = 64 * later + 2 * symbol, self.dimensions.low
        for index in range(self.dimensions.pitches):
            pitch = low + index
            out[index] = self.words[at + (pitch >> 6)] >> (pitch & 63) & 1


def sets_after(context: Context) -> PitchSets:
    """What may come next according to the music alone."""
    found = PitchSets(context.dimensions)
    for symbol in range(context.dimensions.symbols):
        for half in range(2):
            found.words[2 * symbol + half] = context.following(symbol, 0, half)
            found.words[64 + 2 * symbol + half] = context.following(symbol, 1, half)
    return found


def sets_of(dimensions: Dimensions, bits: Sequence[int]) -> PitchSets:
    """The same pitches now and later. bits: for each symbol its MIDI pitches, as bits."""
    found = PitchSets(dimensions)
    for symbol in range(dimensions.symbols):
        for half in range(2):
            word = bits[symbol] >> (64 * half) & _WORD
            found.words[2 * symbol + half] = word
            found.words[64 + 2 * symbol + half] = word
    return found
