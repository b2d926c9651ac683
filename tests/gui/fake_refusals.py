"""What FakeHost refuses, as the engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musiclstm.errors import UsageError
from musiclstm.model.modelfile import find
from musiclstm.protocol import check as fields
from musiclstm.protocol import commands
from musiclstm.protocol.actions import ACTIONS, SLOTS
from musiclstm.protocol.controls import BY_NAME, split
from musiclstm.protocol.limits import MAX_BPM, MAX_LATENCY, MAX_SEED, MIN_BPM
from musiclstm.protocol.modes import SYNC_SOURCES
from tests.gui.fake_music import METERS, PARTS

if TYPE_CHECKING:
    from tests.gui.fake_host import FakeHost


def check(host: FakeHost, command: commands.Command) -> None:
    """Raises UsageError for what the engine refuses; `test_contract` compares the two."""
    refuse = fields.problem(command)
    match command:
        case _ if refuse:
            pass
        case commands.SetTempo(tempo) if not MIN_BPM <= tempo <= MAX_BPM:
            refuse = "The tempo is out of range."
        case commands.Seed(seed) if not 0 <= seed <= MAX_SEED:
            refuse = "The seed is out of range."
        case commands.OpenOutput(_, latency) | commands.SetLatency(_, latency) if not abs(latency) <= MAX_LATENCY:
            refuse = "The latency is out of range."
        case commands.PlayerNote(pitch, velocity, channel) if not (
            0 <= pitch <= 127 and 0 <= velocity <= 127 and 0 <= channel <= 15
        ):
            refuse = "There is no such note."
        case commands.SetSync(source, port, _) if source not in SYNC_SOURCES or (source == "midi" and not port):
            refuse = "To follow MIDI clock, first choose the input where the clock arrives."
        case commands.Learn(str(target)) if target not in ACTIONS and (
            split(target)[1] not in BY_NAME or not host._steering.players.control(target)
        ):
            refuse = "There is nothing of that name to map."
        case commands.SetBookmark(slot, _) if slot not in tuple(SLOTS):
            refuse = "There is no such bookmark."
        case commands.Undo() if not host._forgotten:
            refuse = "Nothing was forgotten."
        case commands.Return(slot) if slot not in host._slots:
            refuse = "That bookmark is not set."
        case commands.Morph(start, end, _) if not {start, end} <= host._slots.keys():
            refuse = "A bookmark is not set."
        case commands.Morph(start, end, _) if host._model_at(host._slots[start]) != host._model_at(host._slots[end]):
            refuse = "They are of two models."
        case commands.Back(bars) if not bars > 0:
            refuse = "Back goes back by a number of bars above 0."
        case commands.SetMeter(numerator, denominator) if (numerator, denominator) not in METERS:
            refuse = "The model does not know this time signature."
        case commands.SetMeter() if host.loop:
            refuse = "The bars of a loop keep their time signature."
        case commands.End(bars, _, _) if not 0 <= bars <= 64 or (bars and not host.playing):
            refuse = "Nothing plays that could end."
        case commands.Loop(start, end) if end > start and host._beat < 4:
            refuse = "There is no bar yet."
        case commands.LoopLast(bars) if bars > 0 and host._beat < 4:
            refuse = "There is no bar yet."
        case commands.LoadModel(name):
            find(name)
        case commands.SetPart(part, source=source) if not (
            0 <= part < len(PARTS) and (source is None or -1 <= source < len(PARTS))
        ):
            refuse = "There is no such part."
        case commands.SaveBars(start, end) if not end > start:
            refuse = "Bars to save end after they begin."
        case commands.SaveLastBars(bars) if bars < 1:
            refuse = "At least one bar is saved."
        case commands.SaveTake(_, minutes) if minutes is not None and not minutes > 0:
            refuse = "The minutes must be above 0."
    if refuse:
        raise UsageError(refuse)
