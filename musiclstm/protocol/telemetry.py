"""Telemetry: everything that the engine (and for its process the host) reports to the window, OSC and `musiclstm play`.

Messages marked *May drop.* are left out when the receiver is slow; all others are always delivered. Times are seconds
on the machine's monotonic clock (`time.perf_counter`, the same in both processes); beats are quarter notes since play
was first pressed. As for commands, names, fields and their order are a public format.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
class Status:
    """*May drop.* Sent about ten times a second and after every change, once a model is ready.

    time, beat: a moment and its beat; with `tempo` they give the beat of any other moment while `playing`.
    lateness: milliseconds, median and 99th percentile of the last 1,000 messages. late: how many of them were more than
    5 ms late. step: milliseconds that the model takes for an event. locked: the followed clock is steady. held: `Hold`
    is on. counting: the music is being counted in.
    """

    time: float
    beat: float
    tempo: float
    playing: bool
    mode: str
    sync: str
    locked: bool
    output: str
    output_alive: bool
    input: str | None
    input_alive: bool
    lateness_median: float = 0.0
    lateness_p99: float = 0.0
    late: int = 0
    step: float = 0.0
    cpu: float = 0.0
    events: int = 0
    held: bool = False
    person_plays: bool = False
    part_modes: tuple[str, ...] = ()
    counting: bool = False


@dataclass(frozen=True, slots=True)
class ControlChanged:
    """The value of a control, sent when a knob, OSC, a preset, a model or clamping changed it.

    learnt: what is mapped to the control, for example "CC 21 ch 1".
    """

    name: str
    value: Value
    learnt: str | None = None


@dataclass(frozen=True, slots=True)
class MeterChanged:
    """From `beat` on, where a bar begins, the music has another time signature; a later one for that stretch counts.

    When a model was loaded, it is the first of `Loaded.meters`, with a bar at beat 0.
    """

    beat: float
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class ChordsChanged:
    """The chords that lead, `text` as of `Chords`; "" for none. The first bar lies at `beat`; a bar has `bar` beats."""

    text: str
    beat: float = 0.0
    bar: float = 4.0


@dataclass(frozen=True, slots=True)
class FormChanged:
    """Which section of the song plays, and which one comes.

    songs: the titles of the set list's. song: counted from 0; -1 for one that was removed since. step: in the chain,
    from 0, -1 outside it. sections: the letters that the song has. chain: as of `SetChain`. letter: of the section that
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

    Fields as of `SetPart`. mode: the chosen one, also while a part is punched in. port: None is the main output.
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
class TurnChanged:
    """Whose turn it is, sent when it or its end changes, in the modes that take turns (continue, call and response).

    who: person | model | listening (the model waits until the person rests), "" if nobody takes turns now. until: the
    beat at which the turn ends; None if nobody knows yet, for the person decides.
    """

    who: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A note will start at `beat` unless plans change; `end` is None until the model has decided it.

    surprise: nats.
    """

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    end: float | None = None
    surprise: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """The planned or sounding note `id` will end at `end`."""

    id: int
    end: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The plan from `beat` on was rolled back: notes planned there will not play, and note-offs there are undecided."""

    beat: float


@dataclass(frozen=True, slots=True)
class Played:
    """A note-on (velocity > 0) or note-off was sent, or received from the person (`by_person`).

    id: of the planned note, or a new one for the person's. time: when it was sent. intended: when it was due.
    """

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    time: float
    intended: float
    by_person: bool = False


@dataclass(frozen=True, slots=True)
class StateFrame:
    """*May drop.* The LSTM's activity at one event, float16, sent while it is watched.

    cell, hidden: (layers, units). gates: (layers, 3, units), forget, input, output, each 0..1. surprise: nats.
    """

    beat: float
    cell: NDArray[np.float16]
    hidden: NDArray[np.float16]
    gates: NDArray[np.float16]
    surprise: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """*May drop.* The probability of each MIDI pitch to be the next note; shape (128,), sums to 1 or is all 0."""

    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Jumped:
    """The music continues at `beat` as another branch: everything that was later belongs to the old one.

    source: the beat of the past whose music continues at `beat` (back, bookmark, undo, reset), or what `beat` was
    called until now (clock: a leader started elsewhere, so every past beat, and bookmark, is called `beat - source`
    more from now on); None for a memory that belongs to no beat (morph, prime, forget, model).

    Where another model goes on from here, its Loaded came before; `model`: one that was just loaded, from nothing.
    """

    beat: float
    reason: str  # back | bookmark | morph | prime | forget | undo | reset | model | clock
    source: float | None = None

    @property
    def relabelled(self) -> float:
        """By how much past beats are called more than they were; 0 for all jumps but a clock's."""
        return 0.0 if self.reason != "clock" or self.source is None else self.beat - self.source


@dataclass(frozen=True, slots=True)
class LoopChanged:
    """The bars of the past from `start` to `end` go round; None: the loop was left."""

    start: float | None = None
    end: float | None = None


@dataclass(frozen=True, slots=True)
class EndChanged:
    """The music ends at this beat, and stops there; None: it goes on, or has ended."""

    end: float | None = None


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


@dataclass(frozen=True, slots=True)
class Traffic:
    """*May drop.* Something arrived at the input; `text` describes it for the log."""

    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The take was written to this file."""

    file: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Other music was found for bars, from beat `start` to `end`: MIDI files with the bars around them.

    The one that fits best comes first. nats: of what is kept, behind these bars and in other parts, in the light of
    each; original: in that of what was played.
    """

    start: float
    end: float
    original: float
    files: tuple[str, ...]
    nats: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI file is played to listen to, so far `seconds` of `length`; None: no more."""

    file: str | None
    seconds: float = 0.0
    length: float = 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person; a serious one stays until it is read, `details` are for the log."""

    text: str
    serious: bool = False
    details: str = ""


@dataclass(frozen=True, slots=True)
class Exited:
    """The engine process ended; `restarting` tells whether the host starts it again."""

    code: int | None
    restarting: bool


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
