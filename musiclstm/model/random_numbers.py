"""Random numbers, four for each event, reproducible from a seed; the position in the sequence is a plain value."""

from __future__ import annotations

import numpy as np

_EACH = 4  # for time, symbol, pitch and velocity
_BLOCK = 256  # events whose numbers are drawn together


class RandomNumbers:
    """position: (seed, events so far); setting it goes there."""

    def __init__(self, seed: int) -> None:
        self.position = (seed, 0)
        self._block: tuple[int, int] | None = None  # (seed, which) of the numbers that are at hand
        self._numbers: list[tuple[float, ...]] = []

    def draw(self) -> tuple[float, ...]:
        """The next four, each 0 <= number < 1."""
        seed, count = self.position
        self.position = (seed, count + 1)
        which, index = divmod(count, _BLOCK)
        if self._block != (seed, which):
            bits = np.random.PCG64(seed).advance(which * _BLOCK * _EACH)
            self._numbers = [tuple(row) for row in np.random.Generator(bits).random((_BLOCK, _EACH)).tolist()]
            self._block = (seed, which)
        return self._numbers[index]
