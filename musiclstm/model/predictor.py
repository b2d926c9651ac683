"""Predictor: from a session's context to the rows the LSTM and the heads receive, and to the heads' logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from musiclstm.model.arrays import FloatArray
from musiclstm.model.context import Context
from musiclstm.model.features.echoes import EchoFeatures, ExpectedEvent, echo_rows
from musiclstm.model.features.events import Fields, chosen_rows, event_rows, held_rows
from musiclstm.model.features.layout import HEAD_GROUPS, LSTM_GROUPS, Layout
from musiclstm.model.features.timing import bar_features, expected_times, timing_features, timing_rows
from musiclstm.model.features.velocities import related_velocities
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.stepper import State, Stepper

Expected = tuple[ExpectedEvent, ...]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The features that follow from the events so far, as of the last one.

    timing: `timing_features`. expected: `EchoFeatures.expected`. held_rows: the rows of the sounding notes.
    """

    timing: list[int]
    expected: Expected
    held_rows: list[int]


class Predictor:
    """Stateless: what it predicts from is passed in. Not for two threads at once."""

    def __init__(self, model: ModelFile, max_match: int | None) -> None:
        """max_match: as of `EchoFeatures`. Raises ModelError as `Stepper` does."""
        self.stepper = Stepper(model)
        self._layout = Layout(model.vocabulary)
        self._echo_features = EchoFeatures(self._layout, max_match)
        self._echoes = int(model.config.get("echoes", 0))
        self._parts = len(model.vocabulary.parts)

    @property
    def no_event(self) -> Fields:
        """The fields before the first event."""
        return self._layout.no_event

    def inputs(self, context: Context) -> Inputs:
        timing = timing_features(self._layout, context)
        return self.inputs_of(context, timing, self._echo_features.expected(context))

    def inputs_of(self, context: Context, timing: list[int], expected: Expected) -> Inputs:
        """The inputs of a context whose timing and echoes are known already."""
        return Inputs(timing, expected, held_rows(self._layout, context))

    def lstm_rows(self, fields: Fields, inputs: Inputs) -> list[int]:
        """What the LSTM reads of an event, given the inputs just after it."""
        return event_rows(self._layout, fields) + self._rows(LSTM_GROUPS, inputs.timing, inputs.expected, inputs)

    def time_logits(self, state: State, inputs: Inputs) -> FloatArray:
        """When the next event comes, counted from the last event."""
        rows = self._rows(HEAD_GROUPS["time"], inputs.timing, inputs.expected, inputs)
        expected = expected_times(self._layout, inputs.timing)
        return self.stepper.logits("time", state, rows, inputs.expected, (), expected=expected)

    def logits(self, field: str, state: State, context: Context, inputs: Inputs, chosen: Sequence[int]) -> FloatArray:
        """Any other field. chosen: the event's fields before it, of which the first is the time."""
        layout, expected = self._layout, inputs.expected
        velocities: Sequence[int] = ()
        if len(chosen) > 1:
            part = chosen[1] % self._parts
            expected = self._echo_features.with_melody(expected, context, part)
            if field == "velocity":
                velocities = related_velocities(layout, context, chosen[0], part, chosen[2])
        groups = HEAD_GROUPS[field]
        timing = (timing_features if layout.has_delays(groups) else bar_features)(layout, context, chosen[0])
        rows = chosen_rows(layout, chosen, velocities) + self._rows(groups, timing, expected, inputs)
        if field == "pitch":
            return self.stepper.pitch_logits(state, rows, expected, chosen, context)
        return self.stepper.logits(field, state, rows, expected, chosen, expected=velocities)

    def _rows(self, groups: tuple[str, ...], timing: list[int], expected: Expected, inputs: Inputs) -> list[int]:
        """The rows of sounding notes, of the timing as far as the groups contain it, and of the echoes."""
        layout = self._layout
        return inputs.held_rows + timing_rows(layout, timing, groups) + echo_rows(layout, expected[: self._echoes])
