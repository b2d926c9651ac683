"""What is set: controls, parts, chords that lead, the model."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.protocol.controls import Value


@dataclass(frozen=True, slots=True)
class SetControl:
    """Set a control by its name; the value is clamped to the control's range."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class SetPart:
    """Change how one part is played; None leaves a field unchanged.

    mode: one of `modes.PART_MODES`. source: the part (or -1 for the person) that a *follow* part answers.
    port: "" for the main output. longest: beats. transpose: semitones. punch_in: becomes *input* when the person plays,
    *auto* after a rest. volume: 0..127 (CC 7), shared by the parts of a channel. mute: the model goes on playing the
    part, unheard. solo: while a part has it, only such parts are heard. The mode *muted* is the older way to set
    `mute`; any other mode, if `mute` is None, ends it.
    """

    part: int
    mode: str | None = None
    channel: int | None = None
    port: str | None = None
    program: int | None = None
    low: int | None = None
    high: int | None = None
    polyphony: int | None = None
    longest: float | None = None
    transpose: int | None = None
    source: int | None = None
    punch_in: bool | None = None
    volume: int | None = None
    mute: bool | None = None
    solo: bool | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """Set every control of the music but the mode to what suits the model, and let the music recover.

    If controls were outside their style (`Control.style`), the music goes on from the memory before they left it.
    """


@dataclass(frozen=True, slots=True)
class Chords:
    """Let these chords lead, in a loop: bars of chords, with bar lines between; an empty text ends that.

    As in `Dm7 | G7 C | %`, where the chords of a bar share it evenly and % repeats the bar before.

    The first bar stays where that of the previous chords was; without any, it is the present bar. The control
    `chords` says how much they lead.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Chord:
    """Let this chord lead from now on, instead of others, or none (N.C.)."""

    symbol: str


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Play another model (a name from `musiclstm models`, or a file); all notes end and the memory starts empty."""

    name: str
