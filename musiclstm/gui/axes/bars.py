"""Bars: where they begin and how they are counted, also where the time signature changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars of one length. beat: where the first of them begins. number: its own, counted from 0."""

    beat: float
    length: float
    number: int


class Bars:
    """Beats as bars and the other way round. Where a change cuts a bar short, it counts as one all the same."""

    def __init__(self) -> None:
        self._stretches = [Stretch(0.0, 4.0, 0)]

    @property
    def length(self) -> float:
        """Beats in the bars of now."""
        return self._stretches[-1].length

    def reset(self, length: float) -> None:
        """All bars have so many beats, and one begins at beat 0."""
        self._stretches = [Stretch(0.0, length, 0)]

    def change(self, beat: float, length: float) -> None:
        """From `beat` on, where a bar begins. What was said of later beats does not hold any more."""
        kept = [stretch for stretch in self._stretches if stretch.beat < beat - NEAR]
        if not kept:
            self._stretches = [Stretch(beat, length, math.floor(beat / length + NEAR))]
            return
        self._stretches = kept
        bar = self.at(beat)
        if length != kept[-1].length or abs(bar - round(bar)) > NEAR:
            self._stretches = [*kept, Stretch(beat, length, math.ceil(bar - NEAR))]

    def at(self, beat: float) -> float:
        """The bar, with the share of it that has passed: 2.5 is the middle of the third."""
        index = len(self._stretches) - 1
        while index > 0 and self._stretches[index].beat > beat + NEAR:
            index -= 1
        found = self._stretches[index]
        bar = found.number + (beat - found.beat) / found.length
        last = index == len(self._stretches) - 1
        return bar if last else min(bar, self._stretches[index + 1].number - NEAR)

    def number(self, beat: float) -> int:
        """The bar that a beat lies in, counted from 0."""
        return math.floor(self.at(beat) + NEAR)

    def beat(self, bar: float) -> float:
        """Where a bar, or a share of it, begins."""
        index = len(self._stretches) - 1
        while index > 0 and self._stretches[index].number > bar + NEAR:
            index -= 1
        found = self._stretches[index]
        beat = found.beat + (bar - found.number) * found.length
        last = index == len(self._stretches) - 1
        return beat if last else min(beat, self._stretches[index + 1].beat)

    def lines(self, low: float, high: float) -> Iterator[float]:
        """The beats of the bar lines from `low` to `high`, and one before."""
        bar = self.number(low)
        while (beat := self.beat(bar)) <= high:
            yield beat
            bar += 1
