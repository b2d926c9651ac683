"""MemoryModel: the state frames of the last minutes, by beat, as arrays. Pure data, no Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musiclstm.protocol.telemetry import StateFrame

# Events kept: six to ten minutes of four-part writing, 40 MB for two layers of 512.
KEPT = 4096
FORGET, INPUT, OUTPUT = 0, 1, 2
GATES = ("forget", "input", "output")


class MemoryModel:
    """Frames in order of beat; the arrays are views of the valid part.

    beats (n,); cells (n, layers, units); gates (n, layers, 3, units); surprise (n,). Values are exactly those of the
    StateFrames (float16). changed: the earliest beat whose picture changed since a reader set it to infinity.
    rewritten: an index may mean another event than it did, until a reader clears it.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self.shape(0, 0)

    def shape(self, layers: int, units: int) -> None:
        """Drop all frames; new ones have this many layers and units."""
        self.layers, self.units = layers, units
        self._n = 0
        # Twice the room: the older half is dropped when the end is reached. Untouched pages cost nothing.
        room = 2 * self._kept
        self._beats = np.zeros(room)
        self._surprise = np.zeros(room, np.float32)
        self._cells = np.zeros((room, layers, units), np.float16)
        self._gates = np.zeros((room, layers, 3, units), np.float16)
        self._means = np.zeros((room, layers, 3), np.float32)
        self.changed = float("inf")
        self.rewritten = True

    @property
    def count(self) -> int:
        return self._n

    @property
    def beats(self) -> NDArray[np.float64]:
        return self._beats[: self._n]

    @property
    def surprise(self) -> NDArray[np.float32]:
        return self._surprise[: self._n]

    @property
    def cells(self) -> NDArray[np.float16]:
        return self._cells[: self._n]

    @property
    def gates(self) -> NDArray[np.float16]:
        return self._gates[: self._n]

    @property
    def means(self) -> NDArray[np.float32]:
        """Mean of each gate over the units; (n, layers, 3)."""
        return self._means[: self._n]

    def add(self, frame: StateFrame) -> None:
        """Add a frame; one before the last starts another branch, and drops the later ones."""
        if frame.cell.shape != (self.layers, self.units):
            self.shape(*frame.cell.shape)
        if self._n and frame.beat < self._beats[self._n - 1]:
            self.cut(frame.beat)
        if self._n == len(self._beats):
            keep = self._kept
            for array in (self._beats, self._surprise, self._cells, self._gates, self._means):
                array[:keep] = array[keep:].copy()
            self._n = keep
            self.rewritten = True
        n = self._n
        self._beats[n] = frame.beat
        self._surprise[n] = frame.surprise
        self._cells[n] = frame.cell
        self._gates[n] = frame.gates
        self._means[n] = frame.gates.astype(np.float32).mean(axis=2)
        self._n += 1
        self.changed = min(self.changed, frame.beat)

    def cut(self, beat: float) -> None:
        """Drop every frame at or after `beat`."""
        n = int(np.searchsorted(self.beats, beat, side="left"))
        if n < self._n:
            self._n = n
            self.rewritten = True
            self.changed = min(self.changed, beat)

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on."""
        self._beats[: self._n] += beats
        self.rewritten = True

    def index_at(self, beat: float) -> int | None:
        """The frame in force at `beat`: the last one at or before it."""
        index = int(np.searchsorted(self.beats, beat, side="right")) - 1
        return index if index >= 0 else None

    def indices(self, beats: NDArray[np.float64]) -> NDArray[np.intp]:
        """`index_at` of many; -1 where there is none."""
        return np.searchsorted(self.beats, beats, side="right") - 1


def unit_rows(units: int, rows: int) -> NDArray[np.intp]:
    """First unit of each of `rows` rows (rows + 1 edges), when units are spread over rows of pixels."""
    return np.floor(np.linspace(0, units, rows + 1)).astype(np.intp)


def pool(values: NDArray[np.float16], rows: int) -> NDArray[np.float32]:
    """Units (last axis) -> rows: of the units that share a row the one farthest from 0 is shown.

    With more rows than units each unit fills several rows.
    """
    units = values.shape[-1]
    wide = values.astype(np.float32)
    if rows >= units:
        return wide[..., (np.arange(rows) * units) // rows]
    starts = unit_rows(units, rows)[:-1]
    high = np.maximum.reduceat(wide, starts, axis=-1)
    low = np.minimum.reduceat(wide, starts, axis=-1)
    return np.where(high >= -low, high, low)


def unit_at(values: NDArray[np.float16], row: int, rows: int) -> int:
    """The unit that a row shows: of those sharing it the one farthest from 0. `values`: (units,)."""
    units = len(values)
    if rows >= units:
        return row * units // rows
    edges = unit_rows(units, rows)
    low, high = int(edges[row]), int(edges[row + 1])
    return low + int(np.argmax(np.abs(values[low:high].astype(np.float32))))


def packed(colours: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """(n, 3) red, green, blue -> (n,) as Format_RGB32 has them."""
    whole = np.uint32(0xFF000000) | (colours[:, 0] << 16) | (colours[:, 1] << 8) | colours[:, 2]
    return np.ascontiguousarray(whole, dtype=np.uint32)
