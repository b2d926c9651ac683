"""Every control a person can turn while it plays, in one table.

The window draws its sliders from it, OSC its addresses, MIDI learn its targets and the command line its options; the
performer reads the values. Pure data: no engine behind it, so the window may import it.
"""

from __future__ import annotations

from dataclasses import dataclass

Value = float | int | bool | str | None


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    name: the stable identifier, dotted by group (`time.temperature`). low, high, default: in `unit`; a choice has
    `choices` instead, and a switch has low 0, high 1. `optional` controls also take None (no limit).
    left, right: the words at the two ends. label and hint are for a person: the hint says what one will hear, and
    gives the technical name.
    """

    name: str
    label: str
    group: str
    default: Value
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    left: str = ""
    right: str = ""
    hint: str = ""
    choices: tuple[str, ...] = ()
    optional: bool = False
    integer: bool = False

    def clamp(self, value: Value) -> Value:
        """The nearest value the control takes. Raises ValueError for one of the wrong type or an unknown choice."""
        if value is None:
            if self.optional:
                return None
            raise ValueError(f"{self.name} needs a value")
        if self.choices:
            if value not in self.choices:
                raise ValueError(f"{self.name} is one of {', '.join(self.choices)}, not {value}")
            return value
        if isinstance(self.default, bool):
            return bool(value)
        if isinstance(value, str):
            raise ValueError(f"{self.name} is a number, not {value!r}")
        number = min(self.high, max(self.low, float(value)))
        return round(number) if self.integer else number

    def from_unit(self, position: float) -> Value:
        """The value at a knob's position 0..1 (a MIDI CC divided by 127)."""
        position = min(1.0, max(0.0, position))
        if self.choices:
            return self.choices[min(len(self.choices) - 1, int(position * len(self.choices)))]
        if isinstance(self.default, bool):
            return position >= 0.5
        return self.clamp(self.low + position * (self.high - self.low))


KEYS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Scale degrees in semitones above the key.
SCALES: dict[str, tuple[int, ...]] = {
    "off": tuple(range(12)),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
}
MODES = ("solo", "continue", "call and response", "accompany", "harmonise")
PART_MODES = ("auto", "input", "follow", "muted")

# fmt: off: one control a paragraph reads better than one argument a line
CONTROLS: tuple[Control, ...] = (
    Control(
        "time.temperature",
        "Time",
        "time",
        1.0,
        0.1,
        2.0,
        "",
        "calm",
        "wild",
        "How surprising the rhythm is (temperature of the time field).",
    ),
    Control(
        "time.top_p",
        "Time choice",
        "time",
        1.0,
        0.05,
        1.0,
        "",
        "safe",
        "anything",
        "Only the likeliest rhythms are drawn from (top-p of the time field).",
    ),
    Control(
        "density",
        "Density",
        "time",
        0.0,
        -1.0,
        1.0,
        "",
        "sparse",
        "dense",
        "Fewer or more notes (a tilt of the time probabilities).",
    ),
    Control(
        "swing",
        "Swing",
        "time",
        0.0,
        0.0,
        1.0,
        "",
        "straight",
        "swung",
        "Delays every second eighth; 1 is a full triplet swing.",
    ),
    Control(
        "pitch.temperature",
        "Pitch",
        "pitch",
        1.0,
        0.1,
        2.0,
        "",
        "safe",
        "bold",
        "How surprising the notes are (temperature of the pitch field).",
    ),
    Control(
        "pitch.top_p",
        "Pitch choice",
        "pitch",
        1.0,
        0.05,
        1.0,
        "",
        "safe",
        "anything",
        "Only the likeliest notes are drawn from (top-p of the pitch field).",
    ),
    Control(
        "range.low", "Lowest note", "pitch", 0, 0, 127, "note", "low", "high", "No note below this one.", integer=True
    ),
    Control(
        "range.high",
        "Highest note",
        "pitch",
        127,
        0,
        127,
        "note",
        "low",
        "high",
        "No note above this one.",
        integer=True,
    ),
    Control(
        "polyphony",
        "Voices at once",
        "pitch",
        None,
        1,
        32,
        "notes",
        "one",
        "many",
        "Never more notes at once than this.",
        optional=True,
        integer=True,
    ),
    Control(
        "velocity.temperature",
        "Touch",
        "loudness",
        1.0,
        0.1,
        2.0,
        "",
        "even",
        "varied",
        "How varied the loudness is (temperature of the velocity field).",
    ),
    Control(
        "velocity.top_p",
        "Touch choice",
        "loudness",
        1.0,
        0.05,
        1.0,
        "",
        "safe",
        "anything",
        "Only the likeliest loudnesses are drawn from (top-p of the velocity field).",
    ),
    Control(
        "velocity.scale",
        "Loudness",
        "loudness",
        1.0,
        0.0,
        2.0,
        "",
        "soft",
        "loud",
        "Scales the loudness of everything the model plays.",
    ),
    Control("key", "Key", "harmony", "C", choices=KEYS, hint="The scale's first note."),
    Control(
        "scale",
        "Scale",
        "harmony",
        "off",
        choices=tuple(SCALES),
        hint="Only notes of this scale begin (a mask on pitch).",
    ),
    Control(
        "chord_lock",
        "Follow chord",
        "harmony",
        False,
        hint="Only notes of the chord you hold in the left hand (below middle C) begin.",
    ),
    Control("mode", "Mode", "playing", "solo", choices=MODES, hint="Who plays when: it alone, or the two of you."),
    Control(
        "rest",
        "Takes over after",
        "playing",
        2.0,
        0.25,
        16.0,
        "beats",
        "soon",
        "late",
        "In 'continue' it takes over when you have been silent for this long.",
    ),
    Control(
        "response.bars",
        "Bars each",
        "playing",
        2,
        1,
        16,
        "bars",
        "short",
        "long",
        "In 'call and response' each of you plays this many bars.",
        integer=True,
    ),
    Control(
        "horizon",
        "Looks ahead",
        "playing",
        1.0,
        0.125,
        8.0,
        "beats",
        "little",
        "far",
        "How far ahead it plans; what is planned can still change.",
    ),
    Control("thru", "Thru", "playing", True, hint="What you play also sounds on the output."),
    Control(
        "nudge", "Nudge", "sync", 0.0, -100.0, 100.0, "ms", "earlier", "later", "Moves all its notes against the clock."
    ),
)
# fmt: on

BY_NAME: dict[str, Control] = {control.name: control for control in CONTROLS}


def control(name: str) -> Control:
    """The control of that name. Raises KeyError for an unknown one."""
    return BY_NAME[name]


SLOTS = "ABCDEFGH"
# What a knob, key or pedal can be taught besides the controls, and what it does.
ACTIONS: dict[str, str] = {
    "play": "Play or stop",
    "panic": "End every note",
    "hold": "Hold, or go on",
    "forget": "Forget",
    "take over": "Let the model play now (in 'continue')",
    "save": "Save the take",
    "back": "Back one bar",
    **{f"bookmark.{slot}": f"Set bookmark {slot}" for slot in SLOTS},
    **{f"return.{slot}": f"Go to bookmark {slot}" for slot in SLOTS},
    "morph.AB": "Morph between bookmarks A and B",
    **{f"mute.{part}": f"Mute part {part}" for part in range(1, 17)},
}
