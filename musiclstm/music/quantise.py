"""Quantise: a part's notes on a grid that can be written down, and laid out in voices.

Each beat has a grid of its own, of 2, 3, 4, 6 or 8, whichever its onsets come closest to; so a beat is either a triplet
or is not. All beats here are exact fractions of a quarter note.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor

from musiclstm.music.note import Note

# Divisions of a beat, and what each costs beyond its error, in beats: a simpler one is preferred.
_GRIDS = ((1, 0.0), (2, 0.004), (4, 0.01), (3, 0.015), (8, 0.03), (6, 0.035))

_TOGETHER = 1 / 10  # beats between an end and a beginning that are meant to be one


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes that are written on one stem, from beat `start` to `end`."""

    start: Fraction
    end: Fraction
    pitches: tuple[int, ...]


def on_grid(notes: Iterable[Note], *, percussive: bool = False) -> list[Chord]:
    """The notes as chords, in order. percussive: a stroke has no length, and is written up to the next one or beat."""
    notes = sorted(notes)
    onsets: defaultdict[int, list[float]] = defaultdict(list)
    ends: defaultdict[int, list[float]] = defaultdict(list)
    for note in notes:
        onsets[floor(note.onset + 1 / 16)].append(note.onset)
        ends[floor(note.end + 1 / 16)].append(note.end)
    grids = {beat: _grid(beat, times) for beat, times in onsets.items()}

    def nearest(time: float) -> Fraction:
        beat = floor(time + 1 / 16)
        if beat not in grids:
            grids[beat] = _grid(beat, ends[beat])
        return beat + Fraction(round((time - beat) * grids[beat]), grids[beat])

    spans: defaultdict[tuple[Fraction, Fraction], set[int]] = defaultdict(set)
    starts = sorted({max(Fraction(0), nearest(note.onset)) for note in notes})
    following = dict(pairwise(starts))
    raw = sorted({note.onset for note in notes})

    def ending(note: Note) -> Fraction:
        """Where the next note begins, if the note ends about there."""
        index = bisect(raw, note.end)
        close = min(raw[max(0, index - 1) : index + 1], key=lambda onset: abs(onset - note.end))
        return nearest(close if abs(close - note.end) < _TOGETHER else note.end)

    for note in notes:
        start = max(Fraction(0), nearest(note.onset))
        if percussive:
            beat_end = Fraction(floor(start) + 1)
            end = min(beat_end, following.get(start, beat_end))
        else:
            end = max(ending(note), start + Fraction(1, grids[floor(note.onset + 1 / 16)] * 2))
        spans[start, end].add(note.pitch)
    return [Chord(start, end, tuple(sorted(pitches))) for (start, end), pitches in sorted(spans.items())]


def _grid(beat: int, times: list[float]) -> int:
    def cost(grid: int, extra: float) -> float:
        return (
            sum(abs((time - beat) * grid - round((time - beat) * grid)) / grid for time in times) / len(times) + extra
        )

    return min(_GRIDS, key=lambda each: cost(*each))[0]


def voices(chords: Iterable[Chord], most: int) -> list[list[Chord]]:
    """The chords in at most so many voices, the highest first; within one nothing overlaps.

    Where there are more at once, the one that ends soonest is written as if it ended where the next begins; and what
    begins together is written on one stem, as long as the longest.
    """
    found: list[list[Chord]] = []
    at_once: defaultdict[Fraction, list[Chord]] = defaultdict(list)
    for chord in chords:
        at_once[chord.start].append(chord)
    for start in sorted(at_once):
        together = sorted(at_once[start], key=lambda chord: -chord.pitches[-1])
        while len(together) > most:
            *together, one, other = together
            together.append(Chord(start, max(one.end, other.end), tuple(sorted({*one.pitches, *other.pitches}))))
        free = [voice for voice in found if voice[-1].end <= start]
        while len(free) < len(together) and len(found) < most:
            found.append([])
            free.append(found[-1])
        busy = sorted((voice for voice in found if voice not in free), key=lambda voice: voice[-1].end)
        while len(free) < len(together):
            voice = busy.pop(0)
            voice[-1] = Chord(voice[-1].start, start, voice[-1].pitches)
            free.append(voice)
        free.sort(key=found.index)
        for voice, chord in zip(free, together, strict=False):
            voice.append(chord)
    return found
