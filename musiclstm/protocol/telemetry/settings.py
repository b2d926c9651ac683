"""What is set and what is connected: the model, controls, parts, chords, form, ports."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.protocol.controls import Value


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model is ready to play, or plays again because the music went back to its past.

    parts: (name, program, channel) of each. low..high: its pitch range. base: a `TimeBase` value. bar_beats: beats in a
    bar. defaults: (name, value) of the controls that the model sets. meters: the time signatures that it knows, its own
    first; none if it hears no bars. parent: the title of the model that it has learnt from, if the two can be mixed.
    players: (name, number of parts) of each model of a band, in the order of `parts`.
    """

    model: str
    title: str
    parts: tuple[tuple[str, int, int], ...]
    low: int
    high: int
    layers: int
    units: int
    base: str
    bar_beats: float
    defaults: tuple[tuple[str, Value], ...] = ()
    meters: tuple[tuple[int, int], ...] = ()
    parent: str = ""
    players: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ControlChanged:
    """The value of a control, sent when a knob, OSC, a preset, a model or clamping changed it, or its mapping changed.

    learnt: what is mapped to the control, for example "CC 21 ch 1"; None: nothing, or it waits to be mapped.
    """

    name: str
    value: Value
    learnt: str | None = None


@dataclass(frozen=True, slots=True)
class MeterChanged:
    """From `beat` on, a bar line, the music has another time signature; replaces any told before from there on.

    When a model was loaded, it is the first of `Loaded.meters`, with a bar at beat 0.
    """

    beat: float
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class ChordsChanged:
    """The chords that lead, `text` as in `Chords`; "" for none. The first bar lies at `beat`; a bar has `bar` beats."""

    text: str
    beat: float = 0.0
    bar: float = 4.0


@dataclass(frozen=True, slots=True)
class FormChanged:
    """Which section of the song plays, and which one comes.

    songs: the titles of the set list's. song: counted from 0; -1 for one that was removed since. step: in the chain,
    from 0, -1 outside it. sections: the letters that the song has. chain: as in `SetChain`. letter: of the section that
    plays, "" for none; it began at beat `begin`. coming: the section that follows at beat `until`; "" where it ends
    there, or nobody knows yet (until: None). filling: it becomes denser before the change.
    """

    songs: tuple[str, ...]
    song: int
    sections: tuple[str, ...]
    chain: str
    step: int
    letter: str
    begin: float
    coming: str
    until: float | None
    filling: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class PartChanged:
    """How one part is played, sent when a model was loaded and whenever something changed it.

    Fields as in `SetPart`. mode: the chosen one, also while a part is punched in. port: None is the main output.
    polyphony, longest: None is no limit. silent: nobody hears it, for it is muted, or others have solo.
    """

    part: int
    mode: str
    channel: int
    port: str | None
    program: int
    low: int
    high: int
    polyphony: int | None
    longest: float | None
    transpose: int
    source: int
    punch_in: bool
    volume: int = 100
    mute: bool = False
    solo: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class BookmarkSet:
    """The memory of this beat is bookmarked in this slot. title: of the model whose memory it is."""

    slot: str
    beat: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class PortsChanged:
    """The MIDI ports that exist now."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
