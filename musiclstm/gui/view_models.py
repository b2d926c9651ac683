"""What the views over time are drawn from, and how telemetry changes it. No widgets."""

from __future__ import annotations

from pathlib import Path

from musiclstm.gui.axes.playhead import Playhead
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.memory.model import MemoryModel
from musiclstm.gui.roll.model import REWOUND
from musiclstm.gui.roll.state import RollState
from musiclstm.protocol.commands import Back, Command, GoTo, Loop, LoopLast, Morph, Prime, Return, SetControl
from musiclstm.protocol.telemetry import Jumped, Loaded, Played, Telemetry, Withdrawn
from musiclstm.words import counted


class ViewModels:
    """Times are seconds, passed in."""

    def __init__(self, axis: TimeAxis) -> None:
        self.playhead = Playhead()
        self.roll = RollState(axis)
        self.memory = MemoryModel()

    def take(self, message: Telemetry, now: float) -> bool:
        """Take a message about notes; returns whether everything must be painted again."""
        beat = self.playhead.beat(now)
        relabelled = isinstance(message, Jumped) and bool(message.relabelled)
        if isinstance(message, Jumped):
            if relabelled:
                # A leader started elsewhere: what was played stays where it was relative to now.
                self.playhead.jump(message.beat, now)
                self.memory.relabel(message.relabelled)
                self.roll.relabel(message.relabelled)
            elif message.beat < beat - REWOUND:
                self.playhead.jump(message.beat, now)
                self.memory.cut(message.beat)
                self.roll.rewind(message.beat)
        elif isinstance(message, Withdrawn):
            self.memory.cut(message.beat)
        in_music = not isinstance(message, Played) or not message.by_person or self.playhead.in_music(message.beat)
        self.roll.notes.take(message, now, beat, in_music=in_music)
        return relabelled

    def start_afresh(self, message: Loaded, now: float) -> None:
        """Another model was loaded: everything starts from zero."""
        self.roll.start_afresh()
        self.memory.shape(message.layers, message.units)
        self.playhead.jump(0.0, now)
        self.roll.axis.bars.reset(message.bar_beats)

    def command(self, command: Command) -> None:
        """Keep the label of the jump that this command will cause, perhaps after others: a file takes time to read."""
        asked = self.roll.notes.asked
        match command:
            case GoTo(beat):
                asked["back"] = self.roll.axis.place(beat)
            case Back(bars):
                asked["back"] = f"{counted(round(bars, 2), 'bar')} back"
            case Loop() | LoopLast():
                asked["back"] = "loop"
            case Return(slot):
                asked["bookmark"] = slot
            case Morph(start, end, position):
                asked["morph"] = f"{start}–{end} {position:.0%}"
            case Prime(file):
                asked["prime"] = Path(file).name
            case SetControl(name, value):
                self.roll.control(name, value)
