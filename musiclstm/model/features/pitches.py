"""Pitch features: what a tied head receives for every pitch, relative to that pitch."""

from __future__ import annotations

import numpy as np

from musiclstm.model.arrays import FloatArray, IntArray
from musiclstm.model.context import Context
from musiclstm.model.drum_hits import hits_at
from musiclstm.model.echo import Echo
from musiclstm.model.features.chords import CHORD_BLOCKS
from musiclstm.model.past import event_up_to, sounded, started
from musiclstm.model.sizes import LAGS, MOST_PARTS, NO_PITCH, RECENT_PITCHES, SPANS
from musiclstm.music.vocabulary import Vocabulary

# How long ago a pitch changed is put into bins that widen, ten for a factor of a hundred.
AGES = 16
# The neighbouring pitches: so many semitones up and down, each in the planes "sounds in this part", "sounds in any
# part", "ended at this very tick", "started at this very tick".
REACH = 12
WINDOW = 2 * REACH + 1
PLANES = 4
# The interval from a reference pitch (`PitchFeatures.references`): so many semitones up and down, or "none".
MAX_INTERVAL = 24
INTERVALS = 2 * MAX_INTERVAL + 2
# The most rows that describe one pitch.
MOST_ROWS = 2 + PLANES * WINDOW + 2 * len(LAGS) + RECENT_PITCHES + MOST_PARTS

# The bin of each number of ticks: 0 only for 0 ticks, AGES - 1 also for "never".
_AGES = [int(age) for age in np.minimum(1.5 * np.log2(1 + np.arange(2048)), AGES - 1)]
_ONE, _WORD = 1, (1 << 64) - 1  # words
_LAGS, _RECENT, _NO_PITCH = len(LAGS), RECENT_PITCHES, NO_PITCH
_AGE_COUNT, _AGE_ROWS, _REACH, _WINDOW, _PLANES = AGES, 2 * AGES, REACH, WINDOW, PLANES
_MAX_INTERVAL, _INTERVALS = MAX_INTERVAL, INTERVALS
_SPANS, _TOLD = 12 * len(SPANS), 12 * len(CHORD_BLOCKS)


class PitchFeatures:
    """For one event at a time: `describe` it, then ask for the `rows` of each pitch.

    window, past: whether the head receives the neighbouring pitches, and what happened some beats ago. recent: from how
    many of its part's last note-ons the head receives the interval to a pitch; with 0 it receives no intervals at all.
    Sets of pitches are two words, as in `Context`. own: what sounds in the event's part. planes: see PLANES. pasts: for
    each of `LAGS` what sounded and what started (for a drum kit, what was hit and what was hit loudly). classes: for
    each of `SPANS` how much each pitch class has sounded lately, C first; then the features of a chord (`tell`).
    """

    def __init__(self, vocabulary: Vocabulary, *, window: bool, past: bool, recent: int) -> None:
        self.window, self.past, self.recent = window, past, recent
        self.low, self.pitches = vocabulary.low, vocabulary.pitches
        self.first_loud_bin = vocabulary.first_loud_bin
        self.own, self.planes, self.pasts = [0] * 2, [0] * 8, [0] * 40
        self.ages = [0] * 128
        self.classes = [0.0] * 96
        # (index of the table of intervals, MIDI pitch) of each reference
        self.reference_tables, self.reference_pitches, self.references = [0] * 32, [0] * 32, 0
        # (plane, pitch) of each neighbour that sounds or has changed
        self.neighbour_planes, self.neighbour_pitches, self.neighbours = [0] * 512, [0] * 512, 0

    def describe(self, context: Context, delta: int, symbol: int) -> None:
        """Describes an event that comes `delta` ticks after a context's now, with a symbol."""
        part = symbol % context.dimensions.parts
        self.own[0], self.own[1] = context.words[2 * part], context.words[2 * part + 1]
        self.describe_past(context, delta)
        for index, share in enumerate(context.pitch_classes_after(delta)):
            self.classes[index] = share
        if self.window:
            self._describe_planes(context, part)
        if self.recent:
            self._describe_references(context, part)

    def tell(self, chord: FloatArray | None) -> None:
        """Adds the chord to what `describe` has found: `chord_features`, (blocks, 12); None if no chord is named."""
        for index in range(_TOLD):
            self.classes[_SPANS + index] = 0.0 if chord is None else chord[index // 12, index % 12]

    def describe_past(self, context: Context, delta: int) -> None:
        """Describes only the `ages` and `pasts` of an event that comes `delta` ticks after a context's now."""
        self._describe_ages(context, delta)
        if self.past:
            if context.dimensions.tuned:
                self._describe_notes(context, delta)
            else:
                self._describe_hits(context, delta)

    def _describe_ages(self, context: Context, delta: int) -> None:
        """How long ago each pitch changed, in bins."""
        now = context.tick + delta
        for index in range(self.pitches):
            pitch = self.low + index
            ticks = now - context.changed[pitch]
            self.ages[index] = _AGES[max(0, min(ticks, 2047))]

    def _describe_planes(self, context: Context, part: int) -> None:
        d, count = context.dimensions, 0
        for half in range(2):
            own, any_, changed = context.words[2 * part + half], 0, 0
            for other in range(d.parts):
                any_ |= context.words[2 * other + half]
            for index in range(self.pitches):
                pitch = self.low + index
                if pitch >> 6 == half and self.ages[index] == 0:
                    changed |= _ONE << (pitch & 63)
            in_range = d.in_range[half]
            self.planes[half] = own & in_range
            self.planes[2 + half] = any_ & in_range
            self.planes[4 + half] = changed & in_range & ~any_
            self.planes[6 + half] = changed & any_ & in_range
        for plane in range(_PLANES):
            for index in range(self.pitches):
                pitch = self.low + index
                if self.planes[2 * plane + (pitch >> 6)] >> (pitch & 63) & 1:
                    self.neighbour_planes[count], self.neighbour_pitches[count] = plane, index
                    count += 1
        self.neighbours = count

    def _describe_notes(self, context: Context, delta: int) -> None:
        """What sounded at each lag, and what started then."""
        for lag in range(_LAGS):
            tick = context.tick + delta - LAGS[lag] * context.dimensions.resolution
            number = event_up_to(context, tick)
            for half in range(2):
                self.pasts[4 * lag + half] = sounded(context, number, half)
                self.pasts[4 * lag + 2 + half] = started(context, number, tick, half)

    def _describe_hits(self, context: Context, delta: int) -> None:
        d = context.dimensions
        first: Echo = context.echoes[0]
        log = first.log
        for lag in range(_LAGS):
            for half in range(4):
                self.pasts[4 * lag + half] = 0
            start, end = hits_at(context, LAGS[lag] * d.resolution, delta)
            for number in range(start, end):
                pitch = log.pitch(number)
                half, bit = pitch >> 6, _ONE << (pitch & 63)
                self.pasts[4 * lag + half] |= bit
                # Of several hits of one drum, the last decides whether it was loud.
                self.pasts[4 * lag + 2 + half] &= _WORD ^ bit
                if d.velocity_bin(log.velocity(number)) >= self.first_loud_bin:
                    self.pasts[4 * lag + 2 + half] |= bit

    def _describe_references(self, context: Context, part: int) -> None:
        """The pitches from which intervals are measured, each with the index of its table; NO_PITCH if there is none.

        Of the last `recent` note-ons of the event's own part all but the very last, then the last note-on of each part.
        """
        count, parts = 0, context.dimensions.parts
        for earlier in range(1, self.recent):
            self.reference_tables[count] = earlier - 1
            self.reference_pitches[count] = context.recent_pitches[_RECENT * part + earlier]
            count += 1
        for other in range(parts):
            self.reference_tables[count] = self.recent - 1 + part * parts + other
            self.reference_pitches[count] = context.recent_pitches[_RECENT * other]
            count += 1
        self.references = count

    def rows(self, index: int, out: IntArray, at: int) -> int:
        """Writes the rows that describe a pitch, given by its index in the vocabulary, to `out` from the index `at` on.

        The rows are numbered through the head's tables, one after another: that of the pitch itself, of its age, of its
        neighbours (plane by plane, from below), of what happened at each lag, and of the intervals (table by table).
        Returns the index after the last one written, at most `at` + MOST_ROWS.
        """
        start, pitch = self.pitches, self.low + index
        is_own = self.own[pitch >> 6] >> (pitch & 63) & 1
        out[at], out[at + 1] = index, start + self.ages[index] + (_AGE_COUNT if is_own else 0)
        at += 2
        start += _AGE_ROWS
        if self.window:
            for number in range(self.neighbours):
                away = self.neighbour_pitches[number] - index + _REACH
                if 0 <= away < _WINDOW:
                    out[at] = start + self.neighbour_planes[number] * _WINDOW + away
                    at += 1
            start += _PLANES * _WINDOW
        if self.past:
            for number in range(2 * _LAGS):
                if self.pasts[2 * number + (pitch >> 6)] >> (pitch & 63) & 1:
                    out[at] = start + number
                    at += 1
            start += 2 * _LAGS
        if self.recent:
            for number in range(self.references):
                other = self.reference_pitches[number]
                interval = max(-_MAX_INTERVAL, min(pitch - other, _MAX_INTERVAL)) + _MAX_INTERVAL
                if other == _NO_PITCH:
                    interval = _INTERVALS - 1
                out[at] = start + self.reference_tables[number] * _INTERVALS + interval
                at += 1
        return at
