"""Harmony: the chords of a piece, recognised from its notes; a network learns from them what chord symbols mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import FloatArray
from musiclstm.model.features.chords import CHORD_BLOCKS, chord_features
from musiclstm.music.chord_recognition import recognise
from musiclstm.music.chord_symbol import ChordSymbol, parse
from musiclstm.music.chord_track import ChordTrack
from musiclstm.music.event import Kind
from musiclstm.music.note import TimeBase
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary

_SECONDS = 4  # what takes the place of a bar in music in seconds


class _Sound(NamedTuple):
    """A note, in ticks."""

    begin: int
    end: int
    pitch: int


def chords_of(events: Packed, changes: NDArray[np.int64], vocabulary: Vocabulary) -> ChordTrack:
    """The chords of a piece: one a bar; where that is not clear, one each half bar or beat; else no chord.

    changes: `Store.changes`. The track is in beats, or in seconds; it does not loop.
    """
    sounds, beat, end = _sounds(events, vocabulary), vocabulary.resolution, int(events["delta"].sum())
    starts: list[float] = []
    chords: list[ChordSymbol | None] = []
    still: list[_Sound] = []
    number = 0
    for line, length in _bars(changes, end, vocabulary):
        while number < len(sounds) and sounds[number].begin < line + length:
            still.append(sounds[number])
            number += 1
        still = [sound for sound in still if sound.end > line]
        for begin, chord in _clear(still, line, line + length, beat):
            if chords[-1:] != [chord]:
                starts.append(begin / beat)
                chords.append(chord)
    return ChordTrack(tuple(starts), tuple(chords), end / beat + 1.0, loops=False)


def _sounds(events: Packed, vocabulary: Vocabulary) -> list[_Sound]:
    """The notes of all parts but drums, in order of their beginnings."""
    ticks = np.cumsum(events["delta"], dtype=np.int64).tolist()
    begun: dict[tuple[int, int], int] = {}
    found = []
    rows = zip(ticks, *(events[name].tolist() for name in ("kind", "part", "pitch")), strict=True)
    for tick, kind, part, pitch in rows:
        if kind == Kind.WAIT or vocabulary.parts[part].percussive:
            continue
        if kind == Kind.ON:
            begun[part, pitch] = tick
        elif (part, pitch) in begun:
            found.append(_Sound(begun.pop((part, pitch)), tick, pitch))
    return sorted(found)


def _bars(changes: NDArray[np.int64], end: int, vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
    """(beginning, length) of each bar, in ticks."""
    if vocabulary.base is TimeBase.SECONDS:
        length = _SECONDS * vocabulary.resolution
        yield from ((begin, length) for begin in range(0, end, length))
        return
    rows = changes.tolist()
    for (tick, length, _), after in zip(rows, [*(row[0] for row in rows[1:]), end], strict=True):
        yield from ((begin, min(length, after - begin)) for begin in range(tick, after, length))


def _clear(sounds: Sequence[_Sound], begin: int, end: int, beat: int) -> list[tuple[int, ChordSymbol | None]]:
    """(beginning, chord) of a span; where that is not clear, of each of its halves or beats."""
    chord = recognise((each.pitch, min(each.end, end) - max(each.begin, begin)) for each in sounds)
    if chord is not None or end - begin <= beat:
        return [(begin, None if chord is None else _symbol(chord.name))]
    step = (end - begin) // 2 if (end - begin) % (2 * beat) == 0 else beat
    found = []
    for start in range(begin, end, step):
        found += _clear(sounds, start, min(start + step, end), beat)
    return found


@lru_cache(1024)
def _symbol(name: str) -> ChordSymbol | None:
    return parse(name)


def features(track: ChordTrack, ticks: Sequence[int], beat: int) -> FloatArray:
    """`chord_features` of events at these ticks, (N, blocks, 12); zeros where there is no chord. beat: in ticks."""
    found = np.zeros((len(ticks), len(CHORD_BLOCKS), 12), dtype=np.float32)
    for index, tick in enumerate(ticks):
        place = track.at(tick / beat)
        if place.chord is not None:
            found[index] = chord_features(place, tick / beat)
    return found
