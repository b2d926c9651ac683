"""Everything the window (or `musiclstm play`, or OSC) and the engine process say to each other.

Frozen dataclasses of plain values and numpy arrays: they cross a pipe between two processes, and each side may see
the other restart. Commands go to the engine, telemetry comes back. Telemetry marked *may drop* is left out when the
window is slow; the rest is always delivered. Times are seconds on the machine's monotonic clock
(`time.perf_counter`, the same in both processes); beats are quarter notes since play was first pressed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from musiclstm.protocol.controls import Value

# ---- commands: window -> engine ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Play:
    """Start, or go on from where it stopped."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop: sounding notes end, the memory stays."""


@dataclass(frozen=True, slots=True)
class Panic:
    """End every note on every channel of every port, now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """on: decide nothing new and keep what sounds."""

    on: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """End the notes and empty the memory (state zero, bar one)."""


@dataclass(frozen=True, slots=True)
class SetTempo:
    """Quarter notes a minute; only leads while sync is internal."""

    tempo: float


@dataclass(frozen=True, slots=True)
class SetSync:
    """internal | midi | link. `port` names the MIDI input for `midi`; `send` sends MIDI clock on the outputs."""

    source: str
    port: str | None = None
    send: bool = False


@dataclass(frozen=True, slots=True)
class SetControl:
    """Set a control of `controls.CONTROLS`."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class SetPart:
    """How one part is played; None leaves a field as it is.

    mode: one of `controls.PART_MODES`. source: the part (or -1 for the person) that a *follow* part answers.
    longest: beats. transpose: semitones. punch_in: becomes *input* when the person plays, *auto* after a rest.
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


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Play another model (a name of `musiclstm models` or a file); notes end, the memory starts empty."""

    name: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Seed of the dice, for takes that can be had again."""

    seed: int


@dataclass(frozen=True, slots=True)
class OpenOutput:
    """Send to this port: a name of `musiclstm ports`, or virtual | synth | null."""

    name: str
    latency: float = 0.0  # milliseconds sent ahead of time


@dataclass(frozen=True, slots=True)
class OpenInput:
    """Listen to this port; None listens to none."""

    name: str | None


@dataclass(frozen=True, slots=True)
class PlayerNote:
    """The person plays on the window's or the computer's keyboard; velocity 0 ends the note."""

    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Back:
    """Go back this many bars (may be a fraction), and go on from the memory it had then."""

    bars: float


@dataclass(frozen=True, slots=True)
class GoTo:
    """Go back to the snapshot at or before this beat of the past."""

    beat: float


@dataclass(frozen=True, slots=True)
class SetBookmark:
    """Keep this moment's memory in slot A..H (the snapshot at or before `beat`, or now)."""

    slot: str
    beat: float | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Go to a bookmark."""

    slot: str


@dataclass(frozen=True, slots=True)
class Morph:
    """Play from the memory that lies between two bookmarks: position 0 is `start`, 1 is `end`."""

    start: str
    end: str
    position: float


@dataclass(frozen=True, slots=True)
class Prime:
    """Feed a MIDI file's notes to the memory and continue from its end."""

    file: str


@dataclass(frozen=True, slots=True)
class SaveTake:
    """Write the last `minutes` (None: since play was pressed) as a MIDI file; answered by Saved or a serious Notice."""

    file: str
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Learn:
    """The next CC or note that arrives turns this control or command; None stops waiting."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Unlearn:
    """Take back what was learnt for this target."""

    target: str


@dataclass(frozen=True, slots=True)
class Watch:
    """What the window wants to see: state frames (memory view) and expectations (keyboard)."""

    memory: bool = False
    expectation: bool = False


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End the notes and the process."""


Command = (
    Play
    | Stop
    | Panic
    | Hold
    | Forget
    | SetTempo
    | SetSync
    | SetControl
    | SetPart
    | LoadModel
    | Seed
    | OpenOutput
    | OpenInput
    | PlayerNote
    | Back
    | GoTo
    | SetBookmark
    | Return
    | Morph
    | Prime
    | SaveTake
    | Learn
    | Unlearn
    | Watch
    | Shutdown
)

# ---- telemetry: engine -> window ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model is ready. parts: (name, program, channel) of each; low..high its pitch range."""

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


@dataclass(frozen=True, slots=True)
class Status:
    """*May drop.* About ten a second, and at once when something changes; from when a model is ready on.

    time, beat: a moment and its beat, from which (with `tempo`) the window reckons any other while `playing`.
    lateness: milliseconds, median and 99th percentile of the last 1,000 messages; late: how many were over 5 ms.
    step: milliseconds the model takes for an event. locked: the clock followed is steady.
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


@dataclass(frozen=True, slots=True)
class ControlChanged:
    """A control has this value now (turned by a knob, OSC, a preset, or clamped)."""

    name: str
    value: Value
    learnt: str | None = None  # for example "CC 21 ch 1"


@dataclass(frozen=True, slots=True)
class Planned:
    """A note begins at `beat` if nothing changes; `end` is None while the model has not decided it."""

    id: int
    beat: float
    part: int
    pitch: int
    velocity: int
    end: float | None = None
    surprise: float = 0.0  # nats


@dataclass(frozen=True, slots=True)
class PlanEnded:
    """The planned or sounding note `id` is now to end at `end`."""

    id: int
    end: float


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What was planned at or after `beat` will not be played; ends planned there are open again."""

    beat: float


@dataclass(frozen=True, slots=True)
class Played:
    """A note-on (velocity > 0) or note-off was sent, or came from the person (`by_person`).

    id: of the planned note, or a new one for the person's. time: when it was sent; intended: when it was due.
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
    """*May drop.* What the memory did at one event (only while watched), float16.

    cell, hidden: (layers, units). gates: (layers, 3, units), forget, input, output, each 0..1. surprise: nats.
    """

    beat: float
    cell: NDArray[np.float16]
    hidden: NDArray[np.float16]
    gates: NDArray[np.float16]
    surprise: float


@dataclass(frozen=True, slots=True)
class Expectation:
    """*May drop.* Probability that the next note to begin has this MIDI pitch; shape (128,), sums to 1 or is 0."""

    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Jumped:
    """Time went back (or a branch began): what lies after `beat` is of another branch now.

    source: the beat of the past whose music goes on at `beat` (back, bookmark), or what `beat` was called until now
    (clock); None for a memory that is of no beat (morph, prime, forget).
    """

    beat: float
    reason: str  # back | bookmark | morph | prime | forget | clock
    source: float | None = None


@dataclass(frozen=True, slots=True)
class BookmarkSet:
    """This moment's memory is kept in this slot."""

    slot: str
    beat: float


@dataclass(frozen=True, slots=True)
class PortsChanged:
    """The ports there are now."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """*May drop.* Something arrived at the input (for the light); `text` says what, for the log."""

    text: str


@dataclass(frozen=True, slots=True)
class Saved:
    """The take is in this file."""

    file: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person. `serious` ones stay until read; `details` are for the log."""

    text: str
    serious: bool = False
    details: str = ""


@dataclass(frozen=True, slots=True)
class Exited:
    """Said by the host: the engine process ended. `restarting` says whether it comes back by itself."""

    code: int | None
    restarting: bool


Telemetry = (
    Loaded
    | Status
    | ControlChanged
    | Planned
    | PlanEnded
    | Withdrawn
    | Played
    | StateFrame
    | Expectation
    | Jumped
    | BookmarkSet
    | PortsChanged
    | Traffic
    | Saved
    | Notice
    | Exited
)
MAY_DROP = (Status, StateFrame, Expectation, Traffic)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """What the engine process starts with. Names as in `musiclstm play --help`."""

    model: str = "chorales"
    output: str = "synth"
    input: str | None = None
    tempo: float | None = None
    seed: int | None = None
    latency: float = 0.0
    controls: tuple[tuple[str, Value], ...] = field(default=())
    journal: str | None = None  # folder; None: the user's data folder
    osc: int | None = None  # UDP port to listen on (loopback); None: no OSC
    play: bool = False  # start playing at once
