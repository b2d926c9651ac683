"""Windows: the features of many events at once, as arrays, for training; computed by the same code as live."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.context import Context
from musiclstm.model.features.echoes import EchoFeatures, ExpectedEvent
from musiclstm.model.features.events import fields_of
from musiclstm.model.features.layout import ECHO_GROUPS, FIELDS, Layout
from musiclstm.model.features.pitches import AGES, PitchFeatures
from musiclstm.model.features.timing import timing_features
from musiclstm.model.features.velocities import related_velocities
from musiclstm.model.sizes import LAGS, NO_PITCH, RECENT_PITCHES, SPANS
from musiclstm.music.event import Kind

_WAIT = int(Kind.WAIT)
_RECENT, _LAGS, _FIELDS, _ECHOES = RECENT_PITCHES, len(LAGS), len(FIELDS), len(ECHO_GROUPS)


class Windows:
    """A window of `events` events in each of `lanes` lanes. `model.net.batch.Batch` explains the arrays.

    Where nothing is written, there is no event. tied: whether the ages of pitches are wanted. past: whether their pasts
    are, too.
    """

    def __init__(self, layout: Layout, lanes: int, events: int, *, tied: bool = False, past: bool = False) -> None:
        v = layout.vocabulary
        self.layout, self.echo_features, self.tied, self.past = layout, EchoFeatures(layout), tied, past
        self.pitch_features = PitchFeatures(v, window=False, past=past, recent=0)
        shape, none = (lanes, events), np.array(layout.no_event)
        none_expected = np.array([*layout.no_event, 0])
        timings = len(layout.timing_groups)
        self.arrays: dict[str, NDArray[Any]] = {
            "event": np.tile(none, (*shape, 1)),
            "previous": np.tile(none, (*shape, 1)),
            "timing": np.zeros((*shape, timings), dtype=np.int64),
            "timing_before": np.zeros((*shape, timings), dtype=np.int64),
            "held": np.zeros((*shape, len(v.parts) * v.pitches), dtype=np.uint8),
            "echoes": np.tile(none_expected, (*shape, len(ECHO_GROUPS))),
            "melody": np.tile(none_expected, (*shape, 1)),
            "velocities": np.zeros((*shape, len(layout.velocity_groups)), dtype=np.int64),
            "pitch_classes": np.zeros((*shape, len(SPANS) * 12), dtype=np.float32),
            "real": np.zeros(shape, dtype=np.uint8),
            "recent": np.full((*shape, len(v.parts) * RECENT_PITCHES), NO_PITCH, dtype=np.int64),
            "age": np.full((*shape, v.pitches), AGES - 1, dtype=np.uint8),
            "past": np.zeros((*shape, 2 * len(LAGS) * past * v.pitches), dtype=np.uint8),
        }
        a = self.arrays
        self.event, self.previous, self.held, self.real = a["event"], a["previous"], a["held"], a["real"]
        self.timing, self.timing_before, self.velocities = a["timing"], a["timing_before"], a["velocities"]
        self.echoes, self.melody, self.pitch_classes = a["echoes"], a["melody"], a["pitch_classes"]
        self.recent, self.age, self.pasts = a["recent"], a["age"], a["past"]

    def fill(
        self,
        lane: int,
        context: Context,
        previous: tuple[int, ...],
        columns: NDArray[np.int32],
        changes: list[tuple[int, int, int, int]],
        shift: int,
    ) -> tuple[int, ...]:
        """Writes events into a lane, while `context` reads them; returns the fields of the last one.

        lane: -1 to read them only. previous: the fields of the event before. columns: (n, 5), delta, kind, part, pitch
        and velocity of each; n at most a window. changes: (index, tick, bar ticks, meter's index) of each change of
        meter, which comes before the event of that index. shift: semitones by which all parts but percussive ones are
        transposed. Raises ValueError for what is no event, and for more events than there is room for.
        """
        d = context.dimensions
        if columns.shape[1] != 5 or d.vocabulary != self.layout.vocabulary:
            raise ValueError("these are not events of this vocabulary")
        if lane >= self.real.shape[0] or (lane >= 0 and columns.shape[0] > self.real.shape[1]):
            raise ValueError("there is no room for so many events")
        next_change = 0
        for index in range(columns.shape[0]):
            # Not as numpy's numbers: uncompiled, shifts of those overflow.
            delta, kind, part = int(columns[index, 0]), int(columns[index, 1]), int(columns[index, 2])
            pitch, velocity = int(columns[index, 3]), int(columns[index, 4])
            d.check(delta, kind, part, pitch, velocity)
            if kind != _WAIT and not d.percussive[part]:
                pitch += shift
            expected = self._write_before(lane, index, context, previous) if lane >= 0 else ()
            while next_change < len(changes) and changes[next_change][0] <= index:
                _, tick, bar_ticks, meter = changes[next_change]
                context.set_meter(tick, bar_ticks, meter)
                next_change += 1
            previous = fields_of(context.dimensions, delta, kind, part, pitch, velocity)
            if lane >= 0:
                self._write(lane, index, context, previous, expected)
            context.read(delta, kind, part, pitch, velocity)
        return previous

    def _write_before(
        self, lane: int, index: int, context: Context, previous: tuple[int, ...]
    ) -> tuple[ExpectedEvent, ...]:
        """What is known before an event, and before a change of meter. Returns `EchoFeatures.expected`."""
        timing = timing_features(self.layout, context)
        for n in range(len(timing)):
            self.timing_before[lane, index, n] = timing[n]
        for n in range(_FIELDS):
            self.previous[lane, index, n] = previous[n]
        expected = self.echo_features.expected(context)
        for number in range(_ECHOES):
            one = expected[number]
            for n in range(5):
                self.echoes[lane, index, 5 * number + n] = one[n]
        return expected

    def _write(
        self,
        lane: int,
        index: int,
        context: Context,
        fields: tuple[int, ...],
        expected: tuple[ExpectedEvent, ...],
    ) -> None:
        """The event itself, and what is known at its time."""
        d, (time, symbol, pitch, _) = context.dimensions, fields
        part = symbol % d.parts
        self.real[lane, index] = 1
        for n in range(_FIELDS):
            self.event[lane, index, n] = fields[n]
        timing = timing_features(self.layout, context, time)
        for n in range(len(timing)):
            self.timing[lane, index, n] = timing[n]
        melody = self.echo_features.with_melody(expected, context, part)[_ECHOES - 1]
        for n in range(5):
            self.melody[lane, index, n] = melody[n]
        if d.parts <= symbol < d.symbols:
            related = related_velocities(self.layout, context, time, part, pitch)
            for n in range(len(related)):
                self.velocities[lane, index, n] = related[n]
        else:
            for n in range(self.velocities.shape[2]):
                self.velocities[lane, index, n] = d.velocities
        classes = context.pitch_classes_after(time)
        for n in range(len(classes)):
            self.pitch_classes[lane, index, n] = classes[n]
        for other in range(d.parts):
            for n in range(_RECENT):
                self.recent[lane, index, _RECENT * other + n] = context.recent_pitches[_RECENT * other + n]
            for n in range(d.pitches):
                self.held[lane, index, d.pitches * other + n] = context.sounds(other, d.low + n)
        if self.tied:
            self._write_past(lane, index, context, time)

    def _write_past(self, lane: int, index: int, context: Context, time: int) -> None:
        d, features = context.dimensions, self.pitch_features
        features.describe_past(context, time)
        for n in range(d.pitches):
            self.age[lane, index, n] = features.ages[n]
            if self.past:
                pitch = d.low + n
                for which in range(2 * _LAGS):
                    bit = features.pasts[2 * which + (pitch >> 6)] >> (pitch & 63) & 1
                    self.pasts[lane, index, d.pitches * which + n] = bit
