"""Lanes: pieces in parallel, cut into windows. The LSTM's state is carried along each lane."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.chords import CHORD_BLOCKS
from musiclstm.model.features.layout import ECHO_GROUPS, Layout
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig
from musiclstm.model.sizes import RECENT_PITCHES, SPANS
from musiclstm.model.windows import Windows
from musiclstm.music.chord_track import ChordTrack
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from training.harmony import chords_of, features
from training.store import Store
from training.variations import AS_PLAYED, Variation, in_triplets, varied

# The share of the pieces whose chords are told to a network that knows chords, so that it also learns to play without.
TOLD = 0.5
# The chords of so many pieces are kept, because recognising those of one takes as long as some steps.
KEPT = 4096


@dataclass
class Cursor:
    """A place in a piece. position: the next event.

    shift: semitones by which the piece is transposed. events, changes: those of the piece, varied. previous: the fields
    of the event before. context: what is known here; it moves on with the cursor. told: whether the chords of the piece
    are told.
    """

    piece: int
    shift: int
    variation: Variation
    events: Packed
    changes: NDArray[np.int64]
    context: Context
    previous: tuple[int, ...]
    position: int = 0
    told: bool = False

    @property
    def at_end(self) -> bool:
        return self.position == len(self.events)


class Cutter:
    """Cuts windows of pieces as tensors, with features computed from the events. config: decides which are needed."""

    def __init__(self, store: Store, vocabulary: Vocabulary, config: ModelConfig | None = None) -> None:
        self.store, self.layout = store, Layout(vocabulary)
        self._tied, self._past = config is not None and config.tied > 0, config is not None and config.past
        self.knows_chords = config is not None and config.chords
        self._tracks: dict[tuple[int, Variation], ChordTrack] = {}

    def _chords_of(self, cursor: Cursor) -> ChordTrack:
        """The chords of a cursor's piece, as it is varied."""
        key = cursor.piece, cursor.variation
        if key not in self._tracks:
            if len(self._tracks) == KEPT:
                del self._tracks[next(iter(self._tracks))]
            self._tracks[key] = chords_of(cursor.events, cursor.changes, self.layout.vocabulary)
        return self._tracks[key]

    def _read(self, piece: int, variation: Variation) -> tuple[Packed, NDArray[np.int64]]:
        """The events of a piece and its changes of meter, varied."""
        changes = self.store.changes(piece)
        if variation.triplets:
            variation, changes = in_triplets(changes, self.layout.vocabulary)
        return varied(self.store.piece(piece), variation, self.layout.vocabulary), changes

    def at(
        self, piece: int, position: int = 0, shift: int = 0, *, told: bool = False, variation: Variation = AS_PLAYED
    ) -> Cursor:
        """A cursor before an event of a piece, which has read all before it."""
        context = Context.start(self.layout.vocabulary)
        events, changes = self._read(piece, variation)
        context.set_meter(*changes[0].tolist())
        cursor = Cursor(piece, shift, variation, events, changes, context, self.layout.no_event, told=told)
        self._advance(cursor, position, Windows(self.layout, 0, 0), -1)
        return cursor

    def cut(self, cursors: Sequence[Cursor], window: int) -> Batch:
        """The next window of each; the cursors move on by as many events, or to the end of their piece."""
        v, config = self.layout.vocabulary, {"tied": self._tied, "past": self._past}
        windows = Windows(self.layout, len(cursors), window, **config)
        begins = [cursor.position == 0 for cursor in cursors]
        told = np.zeros((len(cursors), window, len(CHORD_BLOCKS), 12), dtype=np.float32)
        for lane, cursor in enumerate(cursors):
            if self.knows_chords and cursor.told:
                self._tell(cursor, told[lane])
            self._advance(cursor, window, windows, lane)
        arrays = {name: torch.from_numpy(array) for name, array in windows.arrays.items()}
        shape = (len(cursors), window)
        return Batch(
            event=arrays["event"],
            previous=arrays["previous"],
            timing=arrays["timing"],
            timing_before=arrays["timing_before"],
            held=arrays["held"].view(torch.bool).view(*shape, len(v.parts), v.pitches),
            echoes=arrays["echoes"].view(*shape, len(ECHO_GROUPS), 5),
            melody=arrays["melody"],
            velocities=arrays["velocities"],
            pitch_classes=torch.cat([arrays["pitch_classes"].view(*shape, len(SPANS), 12), torch.from_numpy(told)], -2),
            real=arrays["real"].view(torch.bool),
            begins=torch.tensor(begins),
            recent=arrays["recent"].view(*shape, len(v.parts), RECENT_PITCHES),
            age=arrays["age"] if self._tied else None,
            past=arrays["past"].view(torch.bool).view(*shape, -1, v.pitches) if self._tied and self._past else None,
        )

    def _tell(self, cursor: Cursor, out: FloatArray) -> None:
        """Writes the chord features of the next events to `out`, (window, blocks, 12)."""
        events = cursor.events[cursor.position : cursor.position + len(out)]
        ticks = cursor.context.tick + np.cumsum(events["delta"], dtype=np.int64)
        track = self._chords_of(cursor)
        found = features(track, ticks.tolist(), self.layout.vocabulary.resolution)
        out[: len(found)] = np.roll(found, cursor.shift, axis=-1)

    def _advance(self, cursor: Cursor, count: int, windows: Windows, lane: int) -> None:
        """Reads the next `count` events of a cursor's piece, or as many as are left, into a lane; -1 into none."""
        first, end = cursor.position, min(cursor.position + count, len(cursor.events))
        if first < end:
            columns = columns_of(cursor.events[first:end])
            changes = self._changes(cursor, columns[:, 0])
            cursor.previous = windows.fill(lane, cursor.context, cursor.previous, columns, changes, cursor.shift)
            cursor.position = end

    def _changes(self, cursor: Cursor, deltas: NDArray[np.int32]) -> list[tuple[int, int, int, int]]:
        """The changes of meter for `Windows.fill`; each comes before the first event after its bar line."""
        before = cursor.context.tick + np.cumsum(deltas) - deltas  # the tick up to which each event's delta counts
        at = np.searchsorted(before, cursor.changes[:, 0])
        return [
            (int(index), *change)
            for index, change in zip(at, cursor.changes.tolist(), strict=True)
            if index < len(before)  # earlier changes are among them, too; the last of those is in force already
        ]


def columns_of(events: NDArray[np.void]) -> NDArray[np.int32]:
    """(n, 5): delta, kind, part, pitch and velocity of packed events."""
    return np.stack([events[name] for name in ("delta", "kind", "part", "pitch", "velocity")], 1, dtype=np.int32)


class Lanes:
    """Endless windows of `lanes` pieces in parallel, each cut in a thread while the one before is in use.

    Each piece begins at the start of a window, where its lane's `begins` is set; its last window is padded. Pieces come
    in random order, each once per epoch, and each is transposed as a whole by a random number of semitones that keeps
    it in the range of the instruments, and read in one of `variations`. A network that knows chords is told those of a
    share `told` of the pieces. The same seed gives the same windows.

    rank, size: only the lanes rank, rank + size, … are cut, because other processes cut the others. The places of these
    are known all the same, so all processes have the same state. events: how many the last window has in all lanes.
    """

    def __init__(
        self,
        store: Store,
        vocabulary: Vocabulary,
        *,
        lanes: int = 16,
        window: int = 96,
        transpose: tuple[int, int] = (0, 0),
        variations: Sequence[Variation] = (AS_PLAYED,),
        seed: int = 0,
        config: ModelConfig | None = None,
        rank: int = 0,
        size: int = 1,
        told: float = TOLD,
    ) -> None:
        if not store.pieces:
            raise ValueError("there are no pieces")
        self._rank, self._size, self.events, self._told = rank, size, 0, told
        self.store, self.window, self.transpose, self.variations = store, window, transpose, tuple(variations)
        self.cutter = Cutter(store, vocabulary, config)
        tuned = [part for part in vocabulary.parts if not part.percussive] or vocabulary.parts
        self._low = max(vocabulary.low, min(part.low for part in tuned))
        self._high = min(vocabulary.high, max(part.high for part in tuned))
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._order: list[int] = []
        self._epochs = -1
        self._cursors = [self._take() for _ in range(lanes)]
        self._state = self._now()
        self._thread = ThreadPoolExecutor(1)
        self._ahead: Future[tuple[Batch, int, dict[str, Any]]] | None = None

    def _take(self) -> Cursor:
        """The beginning of the next piece."""
        if not self._order:
            self._order = self._rng.permutation(self.store.pieces).tolist()
            self._epochs += 1
        piece = self._order.pop()
        lowest, highest = (int(pitch) for pitch in self.store.span[piece])
        down = max(self.transpose[0], self._low - lowest) if lowest <= highest else 0
        up = min(self.transpose[1], self._high - highest) if lowest <= highest else 0
        shift = int(self._rng.integers(min(down, 0), max(up, 0) + 1))
        told = self.cutter.knows_chords and bool(self._rng.random() < self._told)
        several = len(self.variations) > 1
        variation = self.variations[int(self._rng.integers(len(self.variations))) if several else 0]
        return self.cutter.at(piece, 0, shift, told=told, variation=variation)

    def next(self) -> Batch:
        """The next window of every lane that is cut."""
        ahead = self._ahead or self._thread.submit(self._cut)
        batch, self.events, self._state = ahead.result()
        self._ahead = self._thread.submit(self._cut)
        return batch

    def _cut(self) -> tuple[Batch, int, dict[str, Any]]:
        before = sum(cursor.position for cursor in self._cursors)
        batch = self.cutter.cut(self._cursors[self._rank :: self._size], self.window)
        for lane, cursor in enumerate(self._cursors):
            if not self._is_cut(lane):
                cursor.position = min(cursor.position + self.window, len(cursor.events))
        events = sum(cursor.position for cursor in self._cursors) - before
        for lane, cursor in enumerate(self._cursors):
            if cursor.at_end:
                self._cursors[lane] = self._take()
        return batch, events, self._now()

    def _is_cut(self, lane: int) -> bool:
        return lane % self._size == self._rank

    def _now(self) -> dict[str, Any]:
        return {
            "rng": self._rng.bit_generator.state,
            "order": list(self._order),
            "epochs": self._epochs,
            "lanes": [
                [each.piece, each.position, each.shift, each.told, self.variations.index(each.variation)]
                for each in self._cursors
            ],
        }

    @property
    def epochs(self) -> int:
        """How often every piece has been taken up to the last window."""
        epochs: int = self._state["epochs"]
        return epochs

    def state(self) -> dict[str, Any]:
        """Plain values from which `restore` continues exactly."""
        return self._state

    def restore(self, state: dict[str, Any]) -> None:
        if self._ahead:
            self._ahead.result()
        self._rng.bit_generator.state = state["rng"]
        self._order, self._epochs = list(state["order"]), state["epochs"]
        self._cursors = [self._at(lane, *place) for lane, place in enumerate(state["lanes"])]
        self._state, self._ahead = state, None

    def _at(self, lane: int, piece: int, position: int, shift: int, told: bool = False, variation: int = 0) -> Cursor:
        if self._is_cut(lane):
            return self.cutter.at(piece, position, shift, told=told, variation=self.variations[variation])
        # This process need not read what is before.
        cursor = self.cutter.at(piece, 0, shift, told=told, variation=self.variations[variation])
        cursor.position = position
        return cursor
