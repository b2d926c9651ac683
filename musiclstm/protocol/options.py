"""The options that an engine process starts with."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.protocol.commands import OpenInput, OpenOutput, SetSync
from musiclstm.protocol.controls import Value

DEFAULT_MODEL = "chorales"
KEEP_DAYS, KEEP_GIB = 30.0, 2.0


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine process starts with; names and meanings as in `musiclstm play --help`.

    latency: milliseconds. latencies: those of other outputs, by name. pedals: names of the outputs that are played with
    the sustain pedal, "" for the main one. controls: (name, value) of each control to set.
    journal: folder, None for the user's data folder. osc: UDP port to listen on (loopback interface only), None for no
    OSC. play: start playing at once. soundfont: a file for the built-in synth, None for the General MIDI one. takes:
    folder for takes whose name has none, None for the user's music folder. keep_days, keep_gib: journals without a name
    are deleted when they are older than that, or when all together take more room (in GiB), oldest first; None for no
    limit. before_daw: what is opened when it no longer plays beside a DAW, though something else was open before.
    """

    model: str = DEFAULT_MODEL
    output: str = "synth"
    input: str | None = None
    tempo: float | None = None
    seed: int | None = None
    latency: float = 0.0
    latencies: tuple[tuple[str, float], ...] = ()
    pedals: tuple[str, ...] = ()
    controls: tuple[tuple[str, Value], ...] = ()
    journal: str | None = None
    osc: int | None = None
    play: bool = False
    soundfont: str | None = None
    takes: str | None = None
    keep_days: float | None = KEEP_DAYS
    keep_gib: float | None = KEEP_GIB
    before_daw: tuple[OpenOutput | OpenInput | SetSync, ...] = ()
