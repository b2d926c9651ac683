"""Commands: everything that the window, OSC, `musiclstm play` and mapped knobs can ask of the engine.

playing      start and stop, tempo, sync and time signature, the end
steering     controls, parts, chords that lead, the model
form         sections, songs and set lists
past         back, loops, bookmarks, what the music goes on from
files        takes and other files
connections  ports, a DAW, mapped knobs, whoever watches

Class names, field names and their order are a public format; `engine.live.osc` makes the OSC addresses and their
documentation (the first sentence of each docstring) from them, in the order of `Command`. Beats are quarter notes since
play was first pressed.
"""

from __future__ import annotations

from musiclstm.protocol.commands.connections import (
    BesideDaw,
    Learn,
    OpenInput,
    OpenOutput,
    SetLatency,
    SetPedal,
    Shutdown,
    Unlearn,
    Watch,
)
from musiclstm.protocol.commands.files import (
    Capture,
    Hear,
    SaveBars,
    SaveLastBars,
    SaveTake,
    SetTakesFolder,
)
from musiclstm.protocol.commands.form import (
    AddSong,
    LoadSetList,
    MoveSong,
    NextSection,
    RemoveSong,
    RenameSong,
    RestoreSong,
    SaveSetList,
    Section,
    SetChain,
    Song,
    StoreSection,
)
from musiclstm.protocol.commands.past import (
    Back,
    Forget,
    GoTo,
    Loop,
    LoopLast,
    Morph,
    Prime,
    Return,
    Rewrite,
    SetBookmark,
    Undo,
)
from musiclstm.protocol.commands.playing import (
    End,
    Hold,
    Panic,
    Play,
    PlayerNote,
    Seed,
    SetMeter,
    SetSync,
    SetTempo,
    Stop,
)
from musiclstm.protocol.commands.steering import (
    Chord,
    Chords,
    LoadModel,
    Reset,
    SetControl,
    SetPart,
)

Command = (
    Play
    | Stop
    | Panic
    | Hold
    | Forget
    | Undo
    | Reset
    | SetTempo
    | SetSync
    | SetControl
    | SetPart
    | End
    | SetMeter
    | Chords
    | Chord
    | Section
    | NextSection
    | Song
    | AddSong
    | RenameSong
    | MoveSong
    | RemoveSong
    | RestoreSong
    | StoreSection
    | SetChain
    | LoadSetList
    | SaveSetList
    | LoadModel
    | Seed
    | OpenOutput
    | SetLatency
    | SetPedal
    | OpenInput
    | PlayerNote
    | Back
    | GoTo
    | Loop
    | LoopLast
    | SetBookmark
    | Return
    | Morph
    | Prime
    | Hear
    | SaveTake
    | SaveBars
    | SaveLastBars
    | Rewrite
    | Capture
    | BesideDaw
    | SetTakesFolder
    | Learn
    | Unlearn
    | Watch
    | Shutdown
)

__all__ = [
    "AddSong",
    "Back",
    "BesideDaw",
    "Capture",
    "Chord",
    "Chords",
    "Command",
    "End",
    "Forget",
    "GoTo",
    "Hear",
    "Hold",
    "Learn",
    "LoadModel",
    "LoadSetList",
    "Loop",
    "LoopLast",
    "Morph",
    "MoveSong",
    "NextSection",
    "OpenInput",
    "OpenOutput",
    "Panic",
    "Play",
    "PlayerNote",
    "Prime",
    "RemoveSong",
    "RenameSong",
    "Reset",
    "RestoreSong",
    "Return",
    "Rewrite",
    "SaveBars",
    "SaveLastBars",
    "SaveSetList",
    "SaveTake",
    "Section",
    "Seed",
    "SetBookmark",
    "SetChain",
    "SetControl",
    "SetLatency",
    "SetMeter",
    "SetPart",
    "SetPedal",
    "SetSync",
    "SetTakesFolder",
    "SetTempo",
    "Shutdown",
    "Song",
    "Stop",
    "StoreSection",
    "Undo",
    "Unlearn",
    "Watch",
]
