"""The options that an engine process starts with."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.protocol.controls import Value

DEFAULT_MODEL = "chorales"


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine process starts with; names and meanings as in `musiclstm play --help`.

    latency: milliseconds. controls: (name, value) of each control to set. journal: folder, None for the user's data
    folder. osc: UDP port to listen on (loopback interface only), None for no OSC. play: start playing at once.
    soundfont: a file for the built-in synth, None for the General MIDI one. takes: folder for takes whose name has
    none, None for the user's music folder.
    """

    model: str = DEFAULT_MODEL
    output: str = "synth"
    input: str | None = None
    tempo: float | None = None
    seed: int | None = None
    latency: float = 0.0
    controls: tuple[tuple[str, Value], ...] = ()
    journal: str | None = None
    osc: int | None = None
    play: bool = False
    soundfont: str | None = None
    takes: str | None = None
