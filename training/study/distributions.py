"""Distributions: histograms of what happens in music, and their overlap between two sets of pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np

from musiclstm.music.note import Note, TimeBase
from musiclstm.music.vocabulary import Vocabulary

Notes = Sequence[Note]
Histogram = Counter[Hashable]
Measure = Callable[[Notes, Vocabulary], Iterable[Hashable]]

# Semitones above the key, of a major scale; the minor ones are among its rotations.
MAJOR = (0, 2, 4, 5, 7, 9, 11)
SECONDS_GRID = 20  # performed onsets are alike if they agree to 1/20 s
LONGEST = 200  # ticks; what is longer counts as this


def tick_grid(vocabulary: Vocabulary) -> int:
    """Parts of a beat or second within which times count as the same."""
    return vocabulary.resolution if vocabulary.base is TimeBase.BEATS else SECONDS_GRID


# ---- histograms ---------------------------------------------------------------------------------------------


def pitch_class(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    return (note.pitch % 12 for note in notes)


def pitch(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    return (note.pitch for note in notes)


def interval(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Semitones from one note of a part to the next."""
    last: dict[int, int] = {}
    for note in notes:
        if note.part in last:
            yield max(-24, min(24, note.pitch - last[note.part]))
        last[note.part] = note.pitch


def harmony(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Semitones, modulo 12, above the lowest sounding note at each onset; 0 for a note alone."""
    sounding: list[Note] = []
    for onset, group in groupby(notes, key=lambda note: note.onset):
        sounding = [note for note in sounding if note.end > onset + 1e-6]
        sounding += group
        lowest = min(note.pitch for note in sounding)
        yield from ((note.pitch - lowest) % 12 for note in sounding if note.pitch > lowest or len(sounding) == 1)


def between_onsets(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    """Time between onsets, in parts of `tick_grid`."""
    grid = tick_grid(vocabulary)
    return (min(LONGEST, round((b.onset - a.onset) * grid)) for a, b in pairwise(notes))


def place_in_beat(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    return (round(note.onset * vocabulary.resolution) % vocabulary.resolution for note in notes)


def duration(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    grid = tick_grid(vocabulary)
    return (min(LONGEST, round(note.duration * grid)) for note in notes if not vocabulary.parts[note.part].percussive)


def polyphony(notes: Notes, _: Vocabulary) -> Iterator[int]:
    """How many notes sound at each onset."""
    ends: list[float] = []
    for onset, group in groupby(notes, key=lambda note: note.onset):
        ends = [end for end in ends if end > onset + 1e-6]
        ends += (note.end for note in group)
        yield len(ends)


def velocity(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    return (vocabulary.velocity_bin(note.velocity) for note in notes)


def scale(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """For each 32 notes: how many lie in the major scale that contains the most of them."""
    for first in range(0, len(notes) - 31, 32):
        yield in_scale(notes[first : first + 32])


def in_scale(notes: Notes) -> int:
    """How many of the notes lie in the major scale that contains the most of them."""
    classes = Counter(note.pitch % 12 for note in notes)
    return max(sum(classes[(key + degree) % 12] for degree in MAJOR) for key in range(12))


def density(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Notes in each four beats or seconds."""
    if notes:
        bins = np.floor(np.array([note.onset for note in notes]) / 4).astype(int)
        yield from np.bincount(bins - bins[0]).tolist()


def measures(vocabulary: Vocabulary) -> dict[str, Measure]:
    """The histograms that mean something for music of this kind."""
    found: dict[str, Measure] = {}
    if vocabulary.percussive:
        found["drum"] = pitch
    else:
        found |= {"pitch": pitch, "pitch class": pitch_class, "interval": interval, "harmony": harmony, "scale": scale}
        found["duration"] = duration
    found["time between onsets"] = between_onsets
    if vocabulary.base is TimeBase.BEATS:
        found["place in the beat"] = place_in_beat
    found |= {"notes at once": polyphony, "density": density}
    if vocabulary.velocities > 1:
        found["velocity"] = velocity
    return found


# ---- overlap -------------------------------------------------------------------------------------------------------


def histograms(pieces: Iterable[Notes], vocabulary: Vocabulary) -> dict[str, Histogram]:
    found: dict[str, Histogram] = {name: Counter() for name in measures(vocabulary)}
    for notes in pieces:
        for name, measure in measures(vocabulary).items():
            found[name].update(measure(notes, vocabulary))
    return found


def overlap(a: Histogram, b: Histogram) -> float:
    """Overlapping area of two normalised histograms, 0..1; 1 if both are empty."""
    all_a, all_b = a.total(), b.total()
    if not all_a or not all_b:
        return float(all_a == all_b)
    return sum(min(a[key] / all_a, b[key] / all_b) for key in a)


def overlaps(a: dict[str, Histogram], b: dict[str, Histogram]) -> dict[str, float]:
    return {name: overlap(a[name], b[name]) for name in a}
