"""Controls: everything that can be turned while it plays, in one table.

The window makes its sliders from it, OSC its addresses, MIDI learn its targets and the command line its options; the
performer reads the values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from musiclstm.protocol.harmony import KEYS, SCALES
from musiclstm.protocol.limits import MAX_PITCH
from musiclstm.protocol.modes import MODES

Value = float | int | bool | str | None

NO_PLAYER = "off"
_SWITCH = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Control:
    """One control.

    name: the stable identifier, dotted by group (`time.temperature`). low, high, default: in `unit`; a choice has
    `choices` instead, and a switch has a bool as default. `optional` controls also take None (no limit). names: a
    choice that also takes the name of a player, which only the steering knows.
    left, right: the words at the two ends. label, hint: for a person; the hint describes what one hears and gives the
    technical term. style: from where to where the music keeps its style (None: everywhere); below, above: what is heard
    beyond it.
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
    names: bool = False
    style: tuple[float, float] | None = None
    below: str = ""
    above: str = ""

    @property
    def switch(self) -> bool:
        return isinstance(self.default, bool)

    def in_style(self, value: Value) -> bool:
        """Whether the music keeps its style at a value; no limit always keeps it."""
        if self.style is None or isinstance(value, str) or value is None:
            return True
        return self.style[0] <= value <= self.style[1]

    def effect(self, value: Value) -> str:
        """What is heard at a value outside the style, as a sentence; "" inside it."""
        if self.style is None or isinstance(value, str) or value is None or self.in_style(value):
            return ""
        return self.below if value < self.style[0] else self.above

    def clamp(self, value: Value) -> Value:
        """The nearest value that the control allows. Raises ValueError for the wrong type or an unknown choice."""
        if value is None:
            if self.optional:
                return None
            raise ValueError(f"{self.name} needs a value")
        if self.choices:
            if value not in self.choices and not (self.names and isinstance(value, str) and value):
                raise ValueError(f"{self.name} is one of {', '.join(self.choices)}, not {value!r}")
            return value
        if self.switch and isinstance(value, str):
            return self.parse(value)
        if isinstance(value, str) or value != value:  # noqa: PLR0124 (NaN)
            raise ValueError(f"{self.name} is {'on or off' if self.switch else 'a number'}, not {value!r}")
        if self.switch:
            return bool(value)
        # Clamped first: an integer may be too large for a float.
        number = float(min(self.high, max(self.low, value)))
        return round(number) if self.integer else number

    def parse(self, text: str) -> Value:
        """The value that a person typed: on | off, a choice, a number, or none. Raises ValueError; does not clamp."""
        if self.choices:
            return self.clamp(text)
        word = text.lower()
        if self.switch:
            if word not in _SWITCH:
                raise ValueError(f"{self.name} is on or off, not {text!r}")
            return _SWITCH[word]
        if self.optional and word in ("", "none", "off"):
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not self.low <= number <= self.high:
            raise ValueError(f"{self.name} is a number from {self.low:g} to {self.high:g}, not {text!r}")
        return self.clamp(number)

    def from_unit(self, position: float) -> Value:
        """The value at a knob's position 0..1 (a MIDI CC divided by 127); at 1 no limit, where there need be none."""
        position = min(1.0, max(0.0, position))
        if self.choices:
            return self.choices[min(len(self.choices) - 1, int(position * len(self.choices)))]
        if self.switch:
            return position >= 0.5
        if self.optional and position == 1.0:
            return None
        return self.clamp(self.low + position * (self.high - self.low))


# Name, label, group, default, low, high, unit, the words at the ends, hint. Two lines each read better than twelve.
# fmt: off
CONTROLS: tuple[Control, ...] = (
    Control("time.temperature", "Rhythm", "time", 1.0, 0.1, 2.0, "", "calm", "wild",
            "How surprising the rhythm is (temperature of the time field).", style=(0.6, 1.2),
            below="Almost always the likeliest rhythm: it goes round in circles.",
            above="Notes begin anywhere: the pulse is lost."),
    Control("time.top_p", "Rhythm choice", "time", 1.0, 0.05, 1.0, "", "safe", "anything",
            "Samples only from the likeliest rhythms (top-p of the time field).", style=(0.6, 1.0),
            below="Only the likeliest rhythm: it goes round in circles."),
    Control("density", "Density", "time", 0.0, -1.0, 1.0, "", "sparse", "dense",
            "Fewer or more notes (a tilt of the time probabilities).", style=(-0.5, 0.5),
            below="Very sparse: long notes, and bars of rest.",
            above="Crowded: short notes without a breath."),
    Control("swing", "Swing", "time", 0.0, 0.0, 1.0, "", "straight", "swung",
            "Delays every second eighth; 1 is a full triplet swing."),
    Control("pitch.temperature", "Pitch", "pitch", 1.0, 0.1, 2.0, "", "safe", "bold",
            "How surprising the notes are (temperature of the pitch field).", style=(0.7, 1.25),
            below="Almost always the likeliest note: it repeats itself.",
            above="Almost any note may come: the style is lost."),
    Control("pitch.top_p", "Pitch choice", "pitch", 1.0, 0.05, 1.0, "", "safe", "anything",
            "Samples only from the likeliest notes (top-p of the pitch field).", style=(0.75, 1.0),
            below="Only the likeliest note: it repeats itself."),
    Control("range.low", "Lowest note", "pitch", 0, 0, MAX_PITCH, "note", "low", "high",
            "No note below this one; a part that has less than an octave left rests.", integer=True, style=(0, 48),
            above="The low parts rest."),
    Control("range.high", "Highest note", "pitch", MAX_PITCH, 0, MAX_PITCH, "note", "low", "high",
            "No note above this one; a part that has less than an octave left rests.", integer=True,
            style=(72, MAX_PITCH), below="The high parts rest."),
    Control("polyphony", "Voices at once", "pitch", None, 1, 32, "notes", "one", "many",
            "Never more notes at once than this.", optional=True, integer=True),
    Control("velocity.temperature", "Dynamics", "velocity", 1.0, 0.1, 2.0, "", "even", "varied",
            "How varied loud and soft are (temperature of the velocity field).", style=(0.1, 1.5),
            above="Loud and soft at random: accents fall anywhere."),
    Control("velocity.top_p", "Dynamics choice", "velocity", 1.0, 0.05, 1.0, "", "safe", "anything",
            "Samples only from the likeliest velocities (top-p of the velocity field)."),
    Control("velocity.scale", "Loudness", "velocity", 1.0, 0.0, 2.0, "", "soft", "loud",
            "Scales the velocity of every note the model plays.", style=(0.2, 1.7),
            below="All notes as soft as can be: hardly to be heard.",
            above="All notes as loud as can be: no dynamics left."),
    Control("continuity", "Continuity", "echo", 0.0, -1.0, 1.0, "", "never", "quotes",
            "How readily it repeats what was played. Far left, no melody of eight notes comes again.",
            style=(-0.8, 0.4),
            below="Nothing comes back: themes and sequences are avoided.",
            above="It goes on as it did before: it goes round in circles."),
    Control("quote_me", "Quote me", "echo", 0.0, 0.0, 1.0, "", "as learnt", "you first",
            "How much the last notes that you played (or primed it with) count: it takes up their intervals."),
    Control("learnt", "Learnt", "echo", 100, 0, 100, "%", "as before", "as learnt",
            "How much of what it has learnt it plays with: a mix with the weights of the model it learnt from.",
            integer=True),
    Control("sure", "Only when sure", "echo", None, 0.5, 10.0, "nats", "sure", "anything",
            "Notes more surprising than this are not heard; the model plays them silently.", optional=True),
    Control("often", "How often", "echo", 1.0, 0.0, 1.0, "", "seldom", "always",
            "In which share of its phrases, of two bars each, the model is heard; in the others it plays on silently."),
    Control("key", "Key", "harmony", "C", choices=KEYS, hint="The scale's first note."),
    Control("scale", "Scale", "harmony", "off", choices=tuple(SCALES),
            hint="Only notes of this scale start (a mask on pitch)."),
    Control("chord_lock", "Follow chord", "harmony", False,
            hint="Only notes of the chord you hold in the left hand (below middle C) start."),
    Control("chords", "Chords lead", "harmony", 0.75, 0.0, 1.0, "", "ignored", "forced",
            "How much the chords lead the notes, once there are some (a bias on pitch); 1 allows no other note."),
    Control("chords.hand", "Left hand", "harmony", "off", choices=("off", "latched", "held"),
            hint="What you play below middle C is a chord that leads: until the next one, or while you hold it."),
    Control("chords.player", "Chords from", "harmony", NO_PLAYER, choices=(NO_PLAYER, "0", "1", "2", "3"), names=True,
            hint="In a band: the chords of this player (name, or number from 0) lead the others, not typed ones."),
    Control("hear.harmony", "Their harmony", "band", 1.0, 0.0, 2.0, "", "not at all", "closely",
            "In a band: how much likelier the pitch classes are that the others and you play."),
    Control("hear.density", "Their density", "band", 0.0, -1.0, 1.0, "", "leaves room", "joins in",
            "In a band: fewer (left) or more notes (right) while the others and you are busier than usual."),
    Control("hear.onsets", "Their rhythm", "band", 0.0, 0.0, 1.0, "", "not at all", "locks in",
            "In a band: how much likelier a note begins where the others and you begin one, or did a bar ago."),
    Control("hear.loudness", "Their loudness", "band", 0.0, 0.0, 1.0, "", "not at all", "follows",
            "In a band: how far its velocities follow those that the others and you play."),
    Control("mode", "Mode", "playing", "solo", choices=MODES,
            hint="Who plays when: the model alone, or the two of you."),
    Control("rest", "Takes over after", "playing", 2.0, 0.25, 16.0, "beats", "soon", "late",
            "In 'continue' the model takes over when you have been silent for this long."),
    Control("response.bars", "Bars each", "playing", 2, 1, 16, "bars", "short", "long",
            "In 'call and response' each of you plays this many bars.", integer=True),
    Control("horizon", "Looks ahead", "playing", 1.0, 0.125, 8.0, "beats", "little", "far",
            "How far ahead the model plans; what is planned can still change."),
    Control("thru", "Thru", "playing", True, hint="What you play also sounds on the output."),
    Control("nudge", "Nudge", "sync", 0.0, -100.0, 100.0, "ms", "earlier", "later",
            "Shifts all of the model's notes against the clock."),
    Control("metronome", "Metronome", "metronome", False,
            hint="A click on every beat, another on the first of the bar."),
    Control("metronome.level", "Click", "metronome", 0.8, 0.0, 1.0, "", "soft", "loud",
            "How loud the metronome is (velocity of its notes)."),
    Control("metronome.channel", "Click channel", "metronome", 10, 1, 16, "", "1", "16",
            "The MIDI channel of the click, on the main output; 10 is the drums.", integer=True),
    Control("count_in", "Count-in", "metronome", 0, 0, 2, "bars", "none", "two bars",
            "Bars that are counted before the music starts, while the instrument's own clock leads.", integer=True),
)
# fmt: on

BY_NAME: dict[str, Control] = {control.name: control for control in CONTROLS}
SETUP = frozenset({"thru", *(control.name for control in CONTROLS if control.group in {"sync", "metronome"})})
"""What concerns the instruments beside it and not the music: presets, sections and a reset leave it alone."""
KEPT_BY_RESET = SETUP | {"mode"}


OF_PLAYER = frozenset(
    each.name for each in CONTROLS if each.group in {"time", "pitch", "velocity", "echo", "harmony", "band"}
) - {"swing", "learnt", "chord_lock", "chords.hand", "chords.player"}
"""What can be set for one player of a band alone, by a name such as `1:density` (players are counted from 0)."""
ONLY_LIVE = frozenset(
    {"chord_lock", "chords.hand", *(each.name for each in CONTROLS if each.group in {"playing", "sync", "metronome"})}
)
"""What concerns only music that is played live, and changes nothing in a file that is generated."""
ALL = "all"
"""The value that ends a player's own setting: the player follows what is set for all again."""
_JOINT = ":"


def control(name: str) -> Control:
    """The control of that name, also if it is one player's. Raises KeyError for an unknown one."""
    player, plain = split(name)
    if player is not None and plain not in OF_PLAYER:
        raise KeyError(name)
    return BY_NAME[plain]


def split(name: str) -> tuple[str | None, str]:
    """The player whose control it is (number or name, None for all), and the control's name."""
    player, joint, plain = name.rpartition(_JOINT)
    return (player, plain) if joint else (None, name)


def of_player(player: int | str, name: str) -> str:
    """The name of a player's own control."""
    return f"{player}{_JOINT}{name}"
