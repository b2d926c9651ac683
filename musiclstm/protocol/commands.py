"""Commands: everything that the window, OSC, `musiclstm play` and mapped knobs can ask of the engine.

Class names, field names and their order are a public format; `engine.live.osc` makes the OSC addresses and their
documentation (the first sentence of each docstring) from them. Beats are quarter notes since play was first pressed.
"""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.protocol.controls import Value


@dataclass(frozen=True, slots=True)
class Play:
    """Start playing, or continue from where it stopped."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop: sounding notes end, the memory stays."""


@dataclass(frozen=True, slots=True)
class Panic:
    """End every note on every channel of every port at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """While on, freeze: decide nothing new and keep the sounding notes."""

    on: bool


@dataclass(frozen=True, slots=True)
class Forget:
    """End all notes and clear the memory (zero state, bar 1)."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Go on from the memory before the last `Forget` or `Reset`, entered in the bar as a bookmark is."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Set every control but the mode to what suits the model, and let the music recover.

    If controls were outside their style (`Control.style`), the music goes on from the memory before they left it.
    """


@dataclass(frozen=True, slots=True)
class SetTempo:
    """Set the tempo in BPM (quarter notes per minute); it applies while sync is internal."""

    tempo: float


@dataclass(frozen=True, slots=True)
class SetSync:
    """Choose the clock to follow: internal | midi | link | person.

    port: the MIDI input whose clock `midi` follows. send: send MIDI clock on the outputs.
    """

    source: str
    port: str | None = None
    send: bool = False


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
    *auto* after a rest. volume: 0..127 (CC 7), shared by the parts of a channel. mute: the model plays the part on, and
    nobody hears it. solo: while a part has it, only such parts are heard. The mode *muted* is `mute` as it used to be
    said; any other mode without `mute` ends it.
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
class End:
    """Come to a close of its own and stop, so many whole bars after the next bar line; 0 goes on without an end.

    ritardando: slow down over the last two bars, where the tempo is our own. fade: become softer over the last four.
    since: a beat; the bars are counted from the bar line before it, not from the next one.
    """

    bars: int = 4
    ritardando: bool = False
    fade: bool = False
    since: float | None = None


@dataclass(frozen=True, slots=True)
class SetMeter:
    """Play in another time signature from the next bar line on; one of those that the model knows."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Chords:
    """Let these chords lead, again and again: bars of chords, with bar lines between; an empty text ends that.

    As in `Dm7 | G7 C | %`, where the chords of a bar share it evenly and % repeats the bar before.

    The first bar lies where that of the chords before lay, or is the present one if there were none. The control
    `chords` says how much they lead.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Chord:
    """Let this chord lead from now on, instead of others, or none (N.C.)."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Section:
    """Go to this section (A to H) of the song at the next bar line; while it stands, at once."""

    letter: str


@dataclass(frozen=True, slots=True)
class NextSection:
    """Move on to the section that follows, at the next bar line."""


@dataclass(frozen=True, slots=True)
class Song:
    """Go to the beginning of a song of the set list, counted from 1, at the next bar line; 0 is the next song."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class AddSong:
    """Add a song without sections to the end of the set list, and go there; what is set stays as it is."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class RenameSong:
    """Call a song, counted from 1, by another title."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class MoveSong:
    """Move a song to another place in the set list, both counted from 1."""

    number: int
    place: int


@dataclass(frozen=True, slots=True)
class RemoveSong:
    """Remove a song, counted from 1, from the set list; not the one that plays."""

    number: int


@dataclass(frozen=True, slots=True)
class RestoreSong:
    """Bring back the song that was removed last, where it was."""


@dataclass(frozen=True, slots=True)
class StoreSection:
    """Let this section (A to H) be what is set now: controls, parts' modes and mutes, chords, model and tempo."""

    letter: str


@dataclass(frozen=True, slots=True)
class SetChain:
    """Let the song's sections follow one another like this, as in `A×4 B A`; an empty text: by hand alone."""

    text: str


@dataclass(frozen=True, slots=True)
class LoadSetList:
    """Load the songs and their sections from a file, and begin with the first one at the next bar line.

    Its models are opened first. play: start playing then. Answered by `FormChanged` or a serious `Notice`.
    """

    file: str
    play: bool = False


@dataclass(frozen=True, slots=True)
class SaveSetList:
    """Write the songs and their sections to a file. Answered by `Saved` or a serious `Notice`."""

    file: str


@dataclass(frozen=True, slots=True)
class LoadModel:
    """Play another model (a name from `musiclstm models`, or a file); all notes end and the memory starts empty."""

    name: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Seed the random numbers, to make a take reproducible."""

    seed: int


@dataclass(frozen=True, slots=True)
class OpenOutput:
    """Play to this output: a name from `musiclstm ports`, or virtual | synth | null.

    latency: milliseconds that messages are sent ahead of time.
    """

    name: str
    latency: float = 0.0


@dataclass(frozen=True, slots=True)
class SetLatency:
    """Send to this output, of all parts or of some, so many milliseconds ahead of time, now and when it is opened."""

    output: str
    latency: float


@dataclass(frozen=True, slots=True)
class SetPedal:
    """Play an output with the sustain pedal (CC 64), or with its keys held for as long as the notes sound.

    output: a name, or "" for the main output, whichever that is. Not for drums, nor for parts of one voice.
    """

    output: str
    on: bool


@dataclass(frozen=True, slots=True)
class OpenInput:
    """Listen to this MIDI input; None listens to none."""

    name: str | None


@dataclass(frozen=True, slots=True)
class PlayerNote:
    """Play a note, as the keyboards of the window and the computer do; velocity 0 ends it."""

    pitch: int
    velocity: int
    channel: int = 0


@dataclass(frozen=True, slots=True)
class Back:
    """Go back this many bars (fractions are allowed) and continue from the memory of that moment."""

    bars: float


@dataclass(frozen=True, slots=True)
class GoTo:
    """Go back to the snapshot at or before this beat of the past."""

    beat: float


@dataclass(frozen=True, slots=True)
class Loop:
    """Play the bars of the past from `start` to `end` again and again; without them, leave the loop.

    The music goes on from where the loop is left.
    """

    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True)
class LoopLast:
    """Loop so many of the last whole bars; 0 leaves the loop."""

    bars: int


@dataclass(frozen=True, slots=True)
class SetBookmark:
    """Bookmark the memory in slot A..H: the snapshot at or before `beat`, or the present one."""

    slot: str
    beat: float | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Go to a bookmark."""

    slot: str


@dataclass(frozen=True, slots=True)
class Morph:
    """Continue from a mixture of two bookmarked memories: position 0 is `start`, 1 is `end`."""

    start: str
    end: str
    position: float


@dataclass(frozen=True, slots=True)
class Prime:
    """Feed the notes of a MIDI file to the model and continue from their end."""

    file: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Play a MIDI file as it is, to listen to it; None stops that.

    The model stops first, and does not remember it. It ends by itself when the model plays. See `Heard`.
    """

    file: str | None


@dataclass(frozen=True, slots=True)
class SaveTake:
    """Write the last `minutes` (None: everything since play was pressed) to a MIDI file.

    The name ends in .mid. Without a folder it goes to the takes folder, and an empty one stands for a new name there.
    Only the window, whose person was asked, replaces a file that is not a take of this session. Answered by `Saved` or
    a serious `Notice`.
    """

    file: str
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class SaveBars:
    """Write what was heard from beat `start` to `end` to a MIDI file, which begins just there.

    file: as of `SaveTake`. part: this one alone, -1 the person's. Answered by `Saved` or a serious `Notice`.
    """

    start: float
    end: float
    file: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True)
class SaveLastBars:
    """Write so many of the last whole bars to a MIDI file, as `SaveBars` does."""

    bars: int
    file: str = ""
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Look for other music for bars that were heard, from beat `start` to `end`, which fits what is around them.

    part: whose notes are rewritten, None: all. count: of proposals. Answered by `Rewritten` or a serious `Notice`.
    """

    start: float
    end: float
    part: int | None = None
    count: int = 4


@dataclass(frozen=True, slots=True)
class Capture:
    """Write what the person played since the last long pause to a MIDI file; it need not have been recorded.

    file: as of `SaveTake`. Answered by `Saved` or a serious `Notice`.
    """

    file: str = ""


@dataclass(frozen=True, slots=True)
class BesideDaw:
    """Be an instrument beside a DAW: two virtual ports, and its MIDI clock leads; off goes back to what was before."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetTakesFolder:
    """Save takes to this folder (a whole path) if their name has none."""

    folder: str


@dataclass(frozen=True, slots=True)
class Learn:
    """Map the next CC or note that arrives to this control or action; None stops waiting."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Unlearn:
    """Remove the mapping of this control or action."""

    target: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Choose the telemetry that costs time: state frames (memory view) and expectations (keyboard)."""

    memory: bool = False
    expectation: bool = False


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End all notes and the engine process."""


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
