"""RollState: everything that the roll shows, beside what it is made of. No widgets."""

from __future__ import annotations

from musiclstm.gui.axes.ahead import Ahead
from musiclstm.gui.axes.player_lanes import PlayerLane, PlayerLanes
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.roll.harmony import Harmony
from musiclstm.gui.roll.model import RollModel, RollNote
from musiclstm.gui.roll.phrases import phrase_ends
from musiclstm.gui.roll.selection import Selection
from musiclstm.protocol.controls import BY_NAME, Value
from musiclstm.protocol.telemetry import Loaded, PartChanged


class RollState:
    """phrases: the beats in view where phrases end. Times are seconds, passed in."""

    def __init__(self, axis: TimeAxis) -> None:
        self.axis = axis
        self.notes = RollModel()
        self.lanes = PlayerLanes()
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
        channels = [channel for _name, _program, channel in message.parts]
        self.lanes.load(channels, message.players, message.low, message.high)
        self.notes.drums = frozenset(part for lane in self.lanes if lane.drums for part in lane.parts)
        self.notes.drummed |= bool(self.notes.drums)
        self.notes.silent.clear()

    def lane_of(self, note: RollNote) -> PlayerLane:
        return self.lanes.of(note.part, drum=note.drum)

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
        seen = list(notes.between(axis.left_beat, axis.right_beat))
        seen += [note for note in notes.planned.values() if note.beat <= axis.right_beat]
        for lane in self.lanes:
            pitches = {note.pitch for note in seen if note.drum == lane.drums and self.lane_of(note) is lane}
            lane.pitches.show(pitches, now, grow_only=not axis.following)
        tuned = [] if self.lanes.all_drums else [note for note in seen if not note.drum]
        tuned.sort(key=lambda note: note.beat)
        self.phrases = [beat for beat in phrase_ends(tuned) if beat < axis.now]

    def ease(self, now: float) -> bool:
        """Let the axes glide; returns whether one of them moves."""
        moves = (self.lanes.ease(now), self.ahead.ease(now))
        return any(moves)
