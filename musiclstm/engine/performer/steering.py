"""Steering: what the controls and the parts' settings mean, for sampling and for the sound.

Whatever may not be played is masked before sampling (`Constraints`), so a scale or a range always holds. Velocity,
swing and transposition change how an event sounds, not which event is sampled.

A part has the range of its instrument and as many voices as in the corpus, unless the person opens them. A part to
which the range leaves too little rests: the model plays it on unheard, as if it were muted. Masked, its notes would go
to other parts, and the music that the model remembers would have lost its bass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, fields, replace
from math import floor
from typing import Any

from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.engine.performer.players import Players, own
from musiclstm.errors import UsageError
from musiclstm.model.chord_bias import Follows
from musiclstm.model.constraints import Constraints
from musiclstm.model.context import Context
from musiclstm.model.hearing import Hearing
from musiclstm.model.sampling import FieldSampling
from musiclstm.music.note import Part
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.commands import SetPart
from musiclstm.protocol.controls import ALL, CONTROLS, NO_PLAYER, Value, control, of_player, split
from musiclstm.protocol.harmony import KEYS, SCALES
from musiclstm.protocol.limits import MAX_CHANNEL, MAX_PITCH, MAX_PROGRAM, MAX_VOLUME
from musiclstm.protocol.modes import PART_MODES

MIDDLE_C = 60
OCTAVE = 12
GOLDEN = (5**0.5 - 1) / 2
PHRASE = 2  # bars
ALL_CLASSES = 0xFFF
LEADER = "chords.player"
"""The control that says which player's chords lead."""
FILL_DENSER = 1.5
"""By how much a full fill adds to the density."""
FILL_LOUDER = 0.25
"""By which share of its velocity a note is louder in a full fill."""
# These change how events sound, not which are sampled: the plan is made again with the same constraints.
OUTPUT_CONTROLS = frozenset({"velocity.scale", "swing", "sure", "often"})
# And these change nothing that is planned.
SILENT_CONTROLS = frozenset({"thru", "nudge", "rest", "horizon"})
# Nor do these, which count the bars.
METRONOME_CONTROLS = frozenset(each.name for each in CONTROLS if each.group == "metronome")


@dataclass(frozen=True, slots=True)
class PartSettings:
    """How one part is played, as in `SetPart`.

    low, high: pitches as heard, after transposition; None until somebody sets them: those of the instrument. volume:
    None until somebody sets it.
    """

    mode: str = "auto"
    channel: int = 0
    port: str | None = None
    program: int = 0
    low: int | None = None
    high: int | None = None
    polyphony: int | None = None
    longest: float | None = None
    transpose: int = 0
    source: int = -1
    punch_in: bool = False
    percussive: bool = False
    volume: int | None = None
    mute: bool = False
    solo: bool = False

    @property
    def sustains(self) -> bool:
        """Whether a pedal may hold its notes: those of drums end by themselves, and of one voice each ends the last."""
        return not self.percussive and self.polyphony != 1

    @staticmethod
    def of(part: Part, voices: int | None = None) -> PartSettings:
        """As the model has the part. voices: how many notes at once that is; None for any."""
        return PartSettings(channel=part.channel, program=part.program, percussive=part.percussive, polyphony=voices)

    def changed(self, command: SetPart) -> PartSettings:
        """With the command's fields that are not None; 0 removes a limit (polyphony, longest), "" a port of its own.

        Raises UsageError for values that make no sense.
        """
        new = {name: value for name in _FIELDS if (value := getattr(command, name)) is not None}
        if new.get("mode", "auto") not in PART_MODES:
            raise UsageError(f"The mode of a part is one of {', '.join(PART_MODES)}, not {new['mode']}.")
        if command.mode is not None:
            new.setdefault("mute", command.mode == "muted")
            new["mode"] = "auto" if command.mode == "muted" else command.mode
        limits = {"channel": MAX_CHANNEL, "program": MAX_PROGRAM, "low": MAX_PITCH, "high": MAX_PITCH}
        limits |= {"polyphony": 128, "volume": MAX_VOLUME}
        for name, highest in limits.items():
            if not 0 <= int(new.get(name, 0)) <= highest:
                raise UsageError(f"The {name} of a part is 0 to {highest}, not {new[name]}.")
        if not abs(int(new.get("transpose", 0))) <= 60:
            raise UsageError("A part is transposed by at most five octaves (60 semitones).")
        for name in ("polyphony", "longest"):
            if name in new and not new[name] > 0:
                new[name] = None
        if new.get("port") == "":
            new["port"] = None
        if command.source is not None and command.source == command.part:
            raise UsageError("A part cannot follow itself.")
        return replace(self, **new)


_FIELDS = tuple(field.name for field in fields(SetPart) if field.name != "part")


@dataclass
class Steering:
    """The values of all controls, and the settings of the parts of the model that plays.

    voices: of each part, as of `ModelFile`; empty where it is not known. In `values` are also those that a player of a
    band has of its own, by names such as `1:density`. values, parts, defaults: written only here.
    defaults: those that the model has of its own. chords: those that lead, unless the left hand plays others (hand).
    beat_of: the beat of a tick, without swing; chords lead only where it is known. fill: how much denser and louder it
    is before a section changes, 0..1.
    """

    vocabulary: Vocabulary
    voices: InitVar[Sequence[int | None]] = ()
    players: Players = field(default_factory=Players)
    values: dict[str, Value] = field(default_factory=lambda: {each.name: each.default for each in CONTROLS})
    parts: list[PartSettings] = field(init=False)
    defaults: dict[str, Value] = field(default_factory=dict)
    fill: float = 0.0
    chords: ChordLine | None = None
    hand: ChordLine | None = None
    beat_of: Callable[[int], float] | None = None

    def __post_init__(self, voices: Sequence[int | None]) -> None:
        self.parts = _as_in(self.vocabulary, voices)

    def load(
        self,
        vocabulary: Vocabulary,
        defaults: Mapping[str, Value],
        voices: Sequence[int | None] = (),
        players: Sequence[tuple[str, int]] = (),
    ) -> list[str]:
        """Takes another model's parts, players and defaults. Returns the names of the controls that changed."""
        percussive = [part.percussive for part in vocabulary.parts]
        self.vocabulary, self.players = vocabulary, Players(players, percussive)
        self._forget_own()
        self.parts = _as_in(vocabulary, voices)
        changed = [] if self._try(LEADER, self.values[LEADER]) else [LEADER]
        if changed:
            self.values[LEADER] = NO_PLAYER
        names = [name for name, value in defaults.items() if self._try(name, value)]
        self.defaults = {name: self.values[name] for name in names}
        return list(dict.fromkeys([*changed, *names]))

    def default(self, name: str) -> Value:
        """What suits the model."""
        return self.defaults.get(name, control(name).default if split(name)[0] is None else ALL)

    def in_style(self) -> bool:
        """Whether every control that shapes what the model remembers stays where the music keeps its style."""
        return all(
            control(name).in_style(value) or value == self.default(name)
            for name, value in self.values.items()
            if split(name)[1] not in OUTPUT_CONTROLS | SILENT_CONTROLS | METRONOME_CONTROLS
        )

    def _try(self, name: str, value: Value) -> bool:
        """Whether the control was set: a model file of another version may name controls that we do not have."""
        try:
            self.set(name, value)
        except UsageError:
            return False
        return True

    def set(self, name: str, value: Value) -> Value:
        """Sets a control. Returns its value, clamped. Raises UsageError for an unknown control or a wrong type.

        `ALL` ends what a player has of its own.
        """
        name = self.players.control(name)
        try:
            if value == ALL and split(name)[0] is not None:
                self.values.pop(name, None)
                return ALL
            value = control(name).clamp(value)
            self.values[name] = self.players.leader(name, str(value)) if name == LEADER else value
        except KeyError:
            raise UsageError(f"There is no control called {name}.") from None
        except ValueError as error:
            raise UsageError(f"{error}.") from None
        return self.values[name]

    def value(self, name: str) -> Value:
        """Of a control; `ALL` where a player has none of its own."""
        if split(name)[0] is None:
            return self.values.get(name)
        try:
            return self.values.get(self.players.control(name), ALL)
        except UsageError:
            return ALL

    def effective(self, name: str) -> Value:
        """Of a control as it holds: a player's own, or that of all. Raises UsageError where there is no such player."""
        name = self.players.control(name)
        return self.values.get(name, self.values[split(name)[1]])

    def of_part(self, name: str, part: int) -> Value:
        """As it holds for a part: its player's own value, or that of all."""
        return self._of(self.players.of(part), name)

    def _of(self, player: int | None, name: str) -> Value:
        own_name = of_player(player, name) if player is not None else name
        return self.values[own_name] if own_name in self.values else self.values[name]

    def _forget_own(self) -> None:
        for name in own(self.values):
            del self.values[name]

    def set_part(self, part: int, settings: PartSettings) -> None:
        self.parts[part] = settings

    def resume(self, values: Mapping[str, Value], parts: Sequence[PartSettings]) -> None:
        """Takes over what another process had, or what was set when this model played last."""
        self._forget_own()
        self.values.update(values)
        self.parts[:] = parts

    def number(self, name: str, player: int | None = None) -> float:
        value = self._of(player, name)
        return float(value) if isinstance(value, (int, float)) else 0.0

    @property
    def learnt(self) -> float:
        """As of `Session`."""
        return self.number("learnt") / 100

    def text(self, name: str) -> str:
        return str(self.values[name])

    def on(self, name: str) -> bool:
        return bool(self.values[name])

    # ---- before sampling -----------------------------------------------------------------------------------------

    def constraints(self, mine: frozenset[int], keys: Iterable[int], kept: tuple[int, ...] | None) -> Constraints:
        """What may be sampled. mine: the model's parts. keys: pitches the person holds. kept: as in Constraints."""
        ranges = tuple(
            (max(0, low - part.transpose), min(127, high - part.transpose))
            for part, (low, high) in zip(self.parts, self._ranges(), strict=True)
        )
        return Constraints(
            **self._sampled(None),
            part_polyphony=_unless_none(part.polyphony for part in self.parts),
            part_ranges=ranges,
            part_classes=self._part_classes(keys),
            parts=mine if len(mine) < len(self.parts) else None,
            kept=kept,
            players=self._own(),
        )

    def _own(self) -> tuple[Constraints, ...] | None:
        """Of each player, if any has something of its own."""
        if not own(self.values):
            return None
        return tuple(Constraints(**self._sampled(player)) for player in range(len(self.players)))

    def _sampled(self, player: int | None) -> dict[str, Any]:
        """The fields of constraints that may differ between players (`BY_PLAYER`), for one or for all."""
        polyphony = self._of(player, "polyphony")
        return {
            "time": self._sampling("time", player),
            "pitch": self._sampling("pitch", player),
            "velocity": self._sampling("velocity", player),
            "polyphony": None if polyphony is None else int(self.number("polyphony", player)),
            "density": self.number("density", player) + FILL_DENSER * self.fill,
            "guide": self._guide(player),
            "follows": self._follows(player),
            "hearing": Hearing(*(self.number(f"hear.{each.name}", player) for each in fields(Hearing))),
            "continuity": self.number("continuity", player),
            "given": self.number("quote_me", player),
        }

    @property
    def leading(self) -> ChordLine | None:
        """The chords that lead now; None where none do, or those that a player of a band plays."""
        return self.hand or (None if self.leader is not None else self.chords)

    @property
    def leader(self) -> int | None:
        """The player whose chords lead, unless the left hand plays others."""
        value = self.text(LEADER)
        return int(value) if value != NO_PLAYER and int(value) < len(self.players) else None

    def move_chords(self, beats: float) -> None:
        """The music goes on from its past, or its beats are called otherwise: the chords go with it."""
        for line in (self.chords, self.hand):
            if line is not None:
                line.origin += beats

    def _guide(self, player: int | None) -> ChordGuide | None:
        strength = self.number("chords", player)
        if self.leading is None or self.beat_of is None or not strength:
            return None
        return ChordGuide(self.leading, strength, self.beat_of, [part.transpose for part in self.parts])

    def _follows(self, player: int | None) -> Follows | None:
        leader, strength = self.leader, self.number("chords", player)
        if leader is None or self.hand is not None or not strength:
            return None
        return Follows(leader, strength, tuple(part.transpose for part in self.parts))

    def with_keys(self, constraints: Constraints, keys: Iterable[int], kept: tuple[int, ...] | None) -> Constraints:
        """The same constraints while the person holds other keys, in less time."""
        if not self.on("chord_lock"):
            return replace(constraints, kept=kept)
        return replace(constraints, kept=kept, part_classes=self._part_classes(keys))

    def _part_classes(self, keys: Iterable[int]) -> tuple[int, ...]:
        return tuple(_transposed_back(self._classes(keys, n), part) for n, part in enumerate(self.parts))

    def _sampling(self, group: str, player: int | None) -> FieldSampling:
        return FieldSampling(self.number(f"{group}.temperature", player), self.number(f"{group}.top_p", player))

    def _classes(self, keys: Iterable[int], part: int) -> int:
        """Pitch classes that may start, as heard, as bits.

        Those of the scale; with chord lock those of the held chord that are in the scale, or the chord if none is.
        """
        scale = SCALES[str(self.of_part("scale", part))]
        key = KEYS.index(str(self.of_part("key", part)))
        allowed = sum(1 << (key + degree) % 12 for degree in scale)
        if not self.on("chord_lock"):
            return allowed
        chord = 0
        for pitch in keys:
            if pitch < MIDDLE_C:
                chord |= 1 << pitch % 12
        return allowed & chord or chord or allowed

    # ---- ranges --------------------------------------------------------------------------------------------------

    def range_of(self, part: int) -> tuple[int, int]:
        """Lowest and highest pitch of a part as heard: the person's, or else its instrument's."""
        settings, own = self.parts[part], self.vocabulary.parts[part]
        low = own.low + settings.transpose if settings.low is None else settings.low
        high = own.high + settings.transpose if settings.high is None else settings.high
        return min(MAX_PITCH, max(0, low)), min(MAX_PITCH, max(0, high))

    def _left(self, part: int) -> tuple[int, int]:
        """What the range that is set for all leaves of it."""
        player = self.players.of(part)
        low, high = sorted((int(self.number("range.low", player)), int(self.number("range.high", player))))
        own_low, own_high = self.range_of(part)
        return max(low, own_low), min(high, own_high)

    def _ranges(self) -> list[tuple[int, int]]:
        """In which each part plays. One that rests keeps all of its own."""
        return [self.range_of(part) if self.rests(part) else self._left(part) for part in range(len(self.parts))]

    def rests(self, part: int) -> bool:
        """Whether the range leaves a part so little that it is better unheard.

        That is less than an octave and less than another part of its player has; and, of course, nothing at all. Drums
        have no octaves: of a kit the instruments within the range play.
        """
        if self.parts[part].percussive or self._left(part) == self.range_of(part):
            return False
        widths = [high - low + 1 for low, high in map(self._left, self._beside(part))]
        low, high = self._left(part)
        return high - low + 1 < max(1, min(OCTAVE, max(widths)))

    def _beside(self, part: int) -> Iterable[int]:
        """The parts to which what may not sound in this one would go."""
        return self.players.beside(part) if self.players else range(len(self.parts))

    def resting(self) -> frozenset[int]:
        """The parts that rest."""
        return frozenset(part for part in range(len(self.parts)) if self.rests(part))

    # ---- after sampling ------------------------------------------------------------------------------------------

    def silent(self, part: int) -> bool:
        """Whether nobody hears what the model plays in a part: it is muted, or rests, or others have solo."""
        settings = self.parts[part]
        muted = settings.mute or (not settings.solo and any(other.solo for other in self.parts))
        return muted or self.rests(part)

    def is_heard(self, part: int, surprise: float, phrase: int) -> bool:
        """Whether a note of this surprise, in nats, that starts in a phrase (counted by `phrase_of`) is heard."""
        limit, share = self.of_part("sure", part), self.number("often", self.players.of(part))
        if isinstance(limit, (int, float)) and surprise > limit:
            return False
        # Multiples of the golden ratio spread evenly over any number of phrases, and never fall into a pattern.
        return share >= 1 or phrase * GOLDEN % 1 < share

    def velocity(self, part: int, velocity: float) -> int:
        """The velocity as it is sent, 1..127."""
        scale = self.number("velocity.scale", self.players.of(part)) * (1 + FILL_LOUDER * self.fill)
        return min(127, max(1, round(velocity * scale)))


def phrase_of(context: Context) -> int:
    """The number of the phrase that a context's tick is in; where there are no bars, of the last four seconds."""
    bar = 2 * context.vocabulary.resolution if context.dimensions.seconds else context.bar_ticks
    return (context.tick - context.bar_origin) // (PHRASE * bar)


def _as_in(vocabulary: Vocabulary, voices: Sequence[int | None]) -> list[PartSettings]:
    """The parts as a model has them."""
    known = voices or (None,) * len(vocabulary.parts)
    return [PartSettings.of(part, each) for part, each in zip(vocabulary.parts, known, strict=True)]


def _transposed_back(classes: int, part: PartSettings) -> int:
    """Heard pitch classes as those of the model. Drums have no pitch, so they have no key either."""
    if part.percussive:
        return ALL_CLASSES
    semitones = part.transpose % 12
    return (classes >> semitones | classes << (12 - semitones)) & ALL_CLASSES


def _unless_none(limits: Iterable[int | None]) -> tuple[int | None, ...] | None:
    found = tuple(limits)
    return None if all(limit is None for limit in found) else found


# ---- swing -------------------------------------------------------------------------------------------------------


def swung(beat: float, swing: float) -> float:
    """Where a straight beat is heard: the second eighth of each beat comes later, at most on the triplet's third note.

    Piecewise linear within a beat, so nothing overtakes anything and `straightened` is the inverse.
    """
    if not swing:
        return beat
    whole = floor(beat)
    part = beat - whole
    middle = 0.5 + swing / 6
    return whole + (part * 2 * middle if part < 0.5 else 1 - (1 - part) * 2 * (1 - middle))


def straightened(beat: float, swing: float) -> float:
    """The straight beat that is heard at `beat`."""
    if not swing:
        return beat
    whole = floor(beat)
    part = beat - whole
    middle = 0.5 + swing / 6
    return whole + (part / (2 * middle) if part < middle else 1 - (1 - part) / (2 * (1 - middle)))


def nearest_part(pitch: int, parts: Sequence[int], vocabulary: Vocabulary, busy: Iterable[int] = ()) -> int | None:
    """The one of `parts` whose range suits a pitch best, free ones first. None if there are no parts."""
    taken = set(busy)

    def cost(part: int) -> tuple[bool, bool, float]:
        own = vocabulary.parts[part]
        return part in taken, own.percussive, abs(pitch - own.centre)

    return min(parts, key=cost, default=None)
