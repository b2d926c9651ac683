"""RollState: everything that the roll shows, beside what it is made of. No widgets."""

from __future__ import annotations

from musiclstm.gui.axes.ahead import Ahead
from musiclstm.gui.axes.drum_lanes import DRUMS
from musiclstm.gui.axes.pitch_axis import PitchAxis
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.roll.harmony import Harmony
from musiclstm.gui.roll.model import RollModel
from musiclstm.gui.roll.phrases import phrase_ends
from musiclstm.gui.roll.selection import Selection
from musiclstm.protocol.controls import BY_NAME, Value
from musiclstm.protocol.telemetry import Loaded, PartChanged


class RollState:
    """phrases: the beats in view where phrases end. Times are seconds, passed in."""

    def __init__(self, axis: TimeAxis) -> None:
        self.axis = axis
        self.notes = RollModel()
        self.pitches = PitchAxis()
        self.selection = Selection()
        self.harmony = Harmony(self.notes)
        self.phrases: list[float] = []
        self.ahead = Ahead(axis)
        self.control("horizon", BY_NAME["horizon"].default)

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on. The notes hear of it by themselves."""
        self.axis.relabel(beats)
        self.selection.relabel(beats)
        self.harmony.clear()

    def rewind(self, beat: float) -> None:
        """Time itself went back to `beat`. The notes hear of it by themselves."""
        self.harmony.cut(beat)
        self.selection.clear()

    def start_afresh(self) -> None:
        """Everything starts from zero."""
        self.notes.clear()
        self.harmony.clear()
        self.selection.clear()
        self.axis.begin = 0.0

    def load(self, message: Loaded) -> None:
        drums = bool(message.parts) and all(channel == DRUMS for _name, _program, channel in message.parts)
        self.notes.drums = drums
        self.notes.drummed |= drums
        self.notes.silent.clear()
        self.pitches.set_range(message.low, message.high, drums=drums)

    def part(self, message: PartChanged) -> None:
        """A part is played in another way."""
        (self.notes.silent.add if message.silent else self.notes.silent.discard)(message.part)

    def control(self, name: str, value: Value) -> None:
        """A control was turned."""
        if name == "horizon" and isinstance(value, (int, float)):
            self.ahead.horizon = float(value)

    def survey(self, now: float) -> None:
        """Look at what is in view: which pitches, how far plans reach, where phrases end. A few times a second."""
        axis, notes = self.axis, self.notes
        self.ahead.plan(notes.farthest() - axis.now, now)
        seen = [note for note in notes.between(axis.left_beat, axis.right_beat) if note.drum == notes.drums]
        seen += [n for n in notes.planned.values() if n.beat <= axis.right_beat and n.drum == notes.drums]
        if notes.drums:
            self.phrases = []
            self.pitches.include({note.pitch for note in seen})
            return
        seen.sort(key=lambda note: note.beat)
        self.phrases = [beat for beat in phrase_ends(seen) if beat < axis.now]
        if seen:
            pitches = [note.pitch for note in seen]
            self.pitches.need(min(pitches), max(pitches), now, grow_only=not axis.following)

    def ease(self, now: float) -> bool:
        """Let the axes glide; returns whether one of them moves."""
        moves = (self.pitches.ease(now), self.ahead.ease(now))
        return any(moves)
