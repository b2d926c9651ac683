"""Telemetry: everything that the engine (and for its process the host) reports to the window, OSC and `musiclstm play`.

settings  the model, controls, parts, chords, form, bookmarks, ports
playing   time, turns, loops, the end, jumps
notes     planned and played; what the LSTM does and expects
answers   files that were written or found, notices, the engine's end

Messages marked *May drop.* are left out when the receiver is slow; all others are always delivered. Times are seconds
on the machine's monotonic clock (`time.perf_counter`, the same in both processes); beats are quarter notes since play
was first pressed. As for commands, names, fields and their order are a public format.
"""

from __future__ import annotations

from musiclstm.protocol.telemetry.answers import (
    Exited,
    Heard,
    Notice,
    Rewritten,
    Saved,
)
from musiclstm.protocol.telemetry.notes import (
    Expectation,
    PlanEnded,
    Planned,
    Played,
    StateFrame,
    Traffic,
    Withdrawn,
)
from musiclstm.protocol.telemetry.playing import (
    EndChanged,
    Jumped,
    LoopChanged,
    Status,
    TurnChanged,
)
from musiclstm.protocol.telemetry.settings import (
    BookmarkSet,
    ChordsChanged,
    ControlChanged,
    FormChanged,
    Loaded,
    MeterChanged,
    PartChanged,
    PortsChanged,
)

Telemetry = (
    Loaded
    | Status
    | ControlChanged
    | MeterChanged
    | ChordsChanged
    | FormChanged
    | PartChanged
    | TurnChanged
    | Planned
    | PlanEnded
    | Withdrawn
    | Played
    | StateFrame
    | Expectation
    | Jumped
    | LoopChanged
    | EndChanged
    | BookmarkSet
    | PortsChanged
    | Traffic
    | Saved
    | Rewritten
    | Heard
    | Notice
    | Exited
)
MAY_DROP = (Status, StateFrame, Expectation, Traffic)

__all__ = [
    "MAY_DROP",
    "BookmarkSet",
    "ChordsChanged",
    "ControlChanged",
    "EndChanged",
    "Exited",
    "Expectation",
    "FormChanged",
    "Heard",
    "Jumped",
    "Loaded",
    "LoopChanged",
    "MeterChanged",
    "Notice",
    "PartChanged",
    "PlanEnded",
    "Planned",
    "Played",
    "PortsChanged",
    "Rewritten",
    "Saved",
    "StateFrame",
    "Status",
    "Telemetry",
    "Traffic",
    "TurnChanged",
    "Withdrawn",
]
