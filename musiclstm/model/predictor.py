"""Predictor: computes from a session's context what the LSTM reads, and rates or draws the next event."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from musiclstm.model import linear
from musiclstm.model.arrays import ByteArray, FloatArray
from musiclstm.model.constraints import Constraints
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import EchoFeatures, ExpectedEvent
from musiclstm.model.features.events import Fields, held_rows
from musiclstm.model.features.layout import BAR, ECHO_GROUPS, FIELDS, HEAD_GROUPS, LSTM_GROUPS, Layout
from musiclstm.model.features.timing import bar_features, timing_features
from musiclstm.model.features.velocities import related_velocities
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.pitch_sets import PitchSets
from musiclstm.model.quoting import Quoting
from musiclstm.model.sampling import Sampler

Expected = tuple[ExpectedEvent, ...]
_TIME, _SYMBOL, _PITCH, _VELOCITY = range(len(FIELDS))
_BAR = len(BAR)


class Inputs:
    """The features that follow from the events up to the last one.

    timing: `timing_features`. expected: `EchoFeatures.expected`. held: the rows of the sounding notes.
    """

    def __init__(self, timing: list[int], expected: Expected, held: list[int]) -> None:
        self.timing, self.expected, self.held = timing, expected, held


class Predictor:
    """Has no state but room to compute in, so it is not for two threads at once.

    Masks are bytes, 0 or 1. projections: (4, head width), `State.projections`. A time is the ticks from the last event
    to the next; bias and told are functions of the part. max_match: see `EchoFeatures`.
    """

    def __init__(self, model: ModelFile, max_match: int | None) -> None:
        v = model.vocabulary
        self.layout = layout = Layout(v)
        self.echo_features = EchoFeatures(layout, max_match)
        self.echoes = int(model.config.get("echoes", 0))
        self.parts, self.low, self.pitches, self.velocities = len(v.parts), v.low, v.pitches, v.velocities
        self.symbols, self.max_delta = v.symbols, v.max_delta
        self.input_table = model.tables["input"]
        self.time, self.symbol, self.pitch, self.velocity = model.heads
        self.tied = model.tied_head
        starts = layout.starts
        self.field_starts = [starts[name] for name in FIELDS]
        self.class_start = starts["class"]
        self.timing_starts = [starts[name] for name in layout.timing_groups]
        self.echo_starts = [starts[name] for groups in ECHO_GROUPS for name in groups]
        self.velocity_starts = [starts[name] for name in layout.velocity_groups]
        self.delays = [layout.has_delays(HEAD_GROUPS[name]) for name in FIELDS]
        self.lstm_delays = layout.has_delays(LSTM_GROUPS)
        self.expected_times = len(layout.expectation_groups["time"])
        choices = max(v.times, v.symbols, v.pitches, v.velocities)
        self.sampler = Sampler(choices)
        self.possible, self.allowed = np.zeros(choices, dtype=np.uint8), np.zeros(choices, dtype=np.uint8)
        self.every = np.ones(choices, dtype=np.uint8)
        # The event drawn last: its fields, "none" where there is none, and its surprise.
        self.drawn: Fields = layout.no_event
        self.surprise = 0.0

    # ---- what the LSTM reads -------------------------------------------------------------------------------------

    def inputs(self, context: Context) -> Inputs:
        timing = timing_features(self.layout, context)
        return self.inputs_of(context, timing, self.echo_features.expected(context))

    def inputs_of(self, context: Context, timing: list[int], expected: Expected) -> Inputs:
        """The inputs of a context whose timing and echoes are known already."""
        return Inputs(timing, expected, held_rows(self.layout, context))

    def read(self, fields: Fields, inputs: Inputs, out: FloatArray) -> None:
        """Writes to `out`, x (embedding,), what the LSTM reads of an event. inputs: those just after the event."""
        rows = [self.field_starts[field] + fields[field] for field in range(3)]
        rows.append(self.class_start + self.pitch_class(fields[_PITCH]))
        rows.append(self.field_starts[_VELOCITY] + fields[_VELOCITY])
        self.add_rows(rows, inputs.timing, self.lstm_delays, inputs.expected, inputs)
        linear.sum_rows(self.input_table, rows, out)

    def pitch_class(self, pitch: int) -> int:
        """Index of the pitch class of a pitch index, 12 for "none"."""
        return 12 if pitch == self.pitches else (self.low + pitch) % 12

    def add_rows(self, rows: list[int], timing: list[int], delays: bool, expected: Expected, inputs: Inputs) -> None:
        """Appends the rows of sounding notes, of the timing (with delays or without), and of the echoes."""
        rows += inputs.held
        for index in range(len(timing) if delays else _BAR):
            rows.append(self.timing_starts[index] + timing[index])
        for number in range(self.echoes):
            one = expected[number]
            for index in range(5):
                rows.append(self.echo_starts[5 * number + index] + one[index])

    # ---- logits --------------------------------------------------------------------------------------------------

    def time_logits(self, projections: FloatArray, inputs: Inputs) -> FloatArray:
        """Logits of the time, (times,). As all logits here, they are valid until the next call."""
        rows: list[int] = []
        timing = inputs.timing
        self.add_rows(rows, timing, self.delays[_TIME], inputs.expected, inputs)
        expected = timing[len(timing) - self.expected_times :]
        hidden = self.time.hidden(projections[_TIME], rows)
        return self.time.logits(hidden, inputs.expected, (), tuple(expected))

    def symbol_logits(self, projections: FloatArray, context: Context, inputs: Inputs, time: int) -> FloatArray:
        """Logits of kind and part, (symbols,), given the time."""
        rows = [self.field_starts[_TIME] + time]
        self.add_rows(rows, self.timing(_SYMBOL, context, time), self.delays[_SYMBOL], inputs.expected, inputs)
        return self.symbol.logits(self.symbol.hidden(projections[_SYMBOL], rows), inputs.expected, (time,))

    def pitch_logits(
        self,
        projections: FloatArray,
        context: Context,
        inputs: Inputs,
        time: int,
        symbol: int,
        wanted: ByteArray,
        chord: FloatArray | None = None,
    ) -> FloatArray:
        """Logits of the pitch, (pitches,), given time and symbol; without a meaning for pitches that are not `wanted`.

        chord: see `PitchFeatures.tell`.
        """
        expected = self.echo_features.with_melody(inputs.expected, context, symbol % self.parts)
        rows = [self.field_starts[_TIME] + time, self.field_starts[_SYMBOL] + symbol]
        self.add_rows(rows, self.timing(_PITCH, context, time), self.delays[_PITCH], expected, inputs)
        hidden = self.pitch.hidden(projections[_PITCH], rows)
        logits = self.pitch.logits(hidden, expected, (time, symbol))
        if self.tied is not None:
            self.tied.features.describe(context, time, symbol)
            self.tied.features.tell(chord)
            self.tied.add_scores(hidden, wanted, logits)
        return logits

    def velocity_logits(
        self, projections: FloatArray, context: Context, inputs: Inputs, time: int, symbol: int, pitch: int
    ) -> FloatArray:
        """Logits of a note-on's velocity, (velocities,), given its other fields."""
        part = symbol % self.parts
        expected = self.echo_features.with_melody(inputs.expected, context, part)
        velocities = related_velocities(self.layout, context, time, part, pitch)
        rows = [self.field_starts[_TIME] + time, self.field_starts[_SYMBOL] + symbol, self.field_starts[_PITCH] + pitch]
        rows.append(self.class_start + self.pitch_class(pitch))
        for index in range(len(velocities)):
            rows.append(self.velocity_starts[index] + velocities[index])  # noqa: PERF401 (compiled, a loop is faster)
        self.add_rows(rows, self.timing(_VELOCITY, context, time), self.delays[_VELOCITY], expected, inputs)
        hidden = self.velocity.hidden(projections[_VELOCITY], rows)
        return self.velocity.logits(hidden, expected, (time, symbol, pitch), velocities)

    def timing(self, field: int, context: Context, time: int) -> list[int]:
        """The timing that the head of a field receives of an event, given its time."""
        if self.delays[field]:
            return timing_features(self.layout, context, time)
        return bar_features(self.layout, context, time)

    # ---- the next event ------------------------------------------------------------------------------------------

    def rate(
        self,
        projections: FloatArray,
        context: Context,
        inputs: Inputs,
        possible: PitchSets,
        times: ByteArray,
        fields: Fields,
        bias: Callable[[int], FloatArray | None] | None = None,
        told: Callable[[int], FloatArray | None] | None = None,
    ) -> tuple[float, float, float, float]:
        """Nats of each field of an event. times: the mask of the possible times. bias, told: see `draw_note`."""
        time, symbol, pitch, velocity = fields
        sampler, later = self.sampler, time > 0
        sampler.rate(self.time_logits(projections, inputs), times, time)
        of_time, of_symbol, of_pitch, of_velocity = sampler.surprise, 0.0, 0.0, 0.0
        if symbol < self.symbols:
            mask = self.possible[: self.symbols]
            possible.mark_symbols(later, mask)
            sampler.rate(self.symbol_logits(projections, context, inputs, time), mask, symbol)
            of_symbol = sampler.surprise
            if pitch < self.pitches:
                mask = self.possible[: self.pitches]
                possible.mark_pitches(later, symbol, mask)
                wanted = mask if mask[pitch] else self.every[: self.pitches]
                chord = None if told is None else told(symbol % self.parts)
                logits = self.pitch_logits(projections, context, inputs, time, symbol, wanted, chord)
                added = None if bias is None or symbol < self.parts else bias(symbol - self.parts)
                sampler.rate(logits if added is None else np.add(logits, added), mask, pitch)
                of_pitch = sampler.surprise
            if symbol >= self.parts and self.velocities > 1:
                logits = self.velocity_logits(projections, context, inputs, time, symbol, pitch)
                sampler.rate(logits, self.every[: self.velocities], velocity)
                of_velocity = sampler.surprise
        return of_time, of_symbol, of_pitch, of_velocity

    def draw_time(
        self,
        projections: FloatArray,
        inputs: Inputs,
        possible: ByteArray,
        allowed: ByteArray,
        bias: FloatArray | None,
        constraints: Constraints,
        uniform: float,
    ) -> int:
        """Draws a time that is `allowed`, a mask of some of the possible ones. bias: added to the logits."""
        logits, settings = self.time_logits(projections, inputs), constraints.time
        tempered = logits if bias is None else np.add(logits, bias)
        self.sampler.draw(logits, tempered, possible, allowed, settings.temperature, settings.top_p, uniform)
        self.drawn = (self.sampler.index, self.symbols, self.pitches, self.velocities)
        self.surprise = self.sampler.surprise
        return self.sampler.index

    def draw_note(
        self,
        projections: FloatArray,
        context: Context,
        inputs: Inputs,
        time: int,
        possible: PitchSets,
        allowed: PitchSets,
        constraints: Constraints,
        quoting: Quoting | None,
        uniforms: Sequence[float],
        bias: Callable[[int], FloatArray | None] | None = None,
        starting: FloatArray | None = None,
        loudness: FloatArray | None = None,
        told: Callable[[int], FloatArray | None] | None = None,
    ) -> None:
        """Draws kind, part, pitch and velocity of an event at a time already chosen, into `drawn` and `surprise`.

        uniforms: random numbers for the symbol, the pitch and the velocity. bias: given a part, what is added to the
        logits of the pitches that start. starting, loudness: added to the logits of the symbols and of the velocities.
        told: given a part, what the network is told of the chord.
        """
        sampler, later = self.sampler, time > 0
        settings = constraints.pitch
        temperature, top_p = settings.temperature, settings.top_p
        mask, left = self.possible[: self.symbols], self.allowed[: self.symbols]
        symbol, surprise = 0, 0.0
        if possible.mark_symbols(later, mask) == 1 and allowed.mark_symbols(later, left) == 1:
            while not left[symbol]:
                symbol += 1
        else:
            allowed.mark_symbols(later, left)
            logits = tempered = self.symbol_logits(projections, context, inputs, time)
            if quoting is not None:
                tempered = leaning(logits, quoting.expected(_SYMBOL, self.symbols, inputs.expected))
            tempered = leaning(tempered, starting)
            sampler.draw(logits, tempered, mask, left, temperature, top_p, uniforms[0])
            symbol, surprise = sampler.index, sampler.surprise
        mask, left = self.possible[: self.pitches], self.allowed[: self.pitches]
        possible.mark_pitches(later, symbol, mask)
        allowed.mark_pitches(later, symbol, left)
        chord = None if told is None else told(symbol % self.parts)
        logits = tempered = self.pitch_logits(projections, context, inputs, time, symbol, mask, chord)
        if quoting is not None:
            expected = self.echo_features.with_melody(inputs.expected, context, symbol % self.parts)
            tempered = leaning(logits, quoting.pitches(context, symbol, expected))
        added = None if bias is None or symbol < self.parts else bias(symbol - self.parts)
        if added is not None:
            tempered = np.add(tempered, added)
        sampler.draw(logits, tempered, mask, left, temperature, top_p, uniforms[1])
        pitch, surprise, velocity = sampler.index, surprise + sampler.surprise, self.velocities
        if symbol >= self.parts:
            velocity = 0
            if self.velocities > 1:
                logits = self.velocity_logits(projections, context, inputs, time, symbol, pitch)
                settings, all_ = constraints.velocity, self.every[: self.velocities]
                tempered = leaning(logits, loudness)
                sampler.draw(logits, tempered, all_, all_, settings.temperature, settings.top_p, uniforms[2])
                velocity, surprise = sampler.index, surprise + sampler.surprise
        self.drawn, self.surprise = (time, symbol, pitch, velocity), surprise


def leaning(logits: FloatArray, bias: FloatArray | None) -> FloatArray:
    """The logits plus a bias, if there is one."""
    return logits if bias is None else np.add(logits, bias)
