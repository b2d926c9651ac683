"""Steering: what the controls and the parts' settings mean, for sampling and for the sound.

Whatever may not be played is masked before sampling (`Constraints`), so a scale or a range always holds. Velocity,
swing and transposition change how an event sounds, not which event is sampled.

A part has the range of its instrument and as many voices as in the corpus, unless the person opens them. A part to
which the range leaves too little rests: the model plays it on unheard, as if it were muted. Masked, its notes would go
to other parts, and the music that the model remembers would have lost its bass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from musiclstm.engine.performer.chord_guide import ChordGuide, ChordLine
from musiclstm.engine.performer.chord_past import ChordPast
from musiclstm.engine.performer.part_settings import PartSettings, as_in
from musiclstm.engine.performer.players import Players, own
from musiclstm.engine.performer.values import LEADER, Values
from musiclstm.model.chord_bias import Follows
from musiclstm.model.constraints import Constraints
from musiclstm.model.context import Context
from musiclstm.model.hearing import Hearing
from musiclstm.model.sampling import FieldSampling
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.protocol.controls import NO_PLAYER, Value
from musiclstm.protocol.harmony import KEYS, SCALES
from musiclstm.protocol.limits import MAX_PITCH

MIDDLE_C = 60
OCTAVE = 12
GOLDEN = (5**0.5 - 1) / 2
PHRASE = 2  # bars
ALL_CLASSES = 0xFFF
FILL_DENSER = 1.5
"""By how much a full fill adds to the density."""
FILL_LOUDER = 0.25
"""By which share of its velocity a note is louder in a full fill."""


class Steering(Values):
    """The values of all controls, and the settings of the parts of the model that plays.

    voices, players: as in `ModelFile`; empty where that is not known. parts: written only here. chords: those that
    lead, unless the left hand plays others (hand). beat_of: the beat of a tick, without swing; chords lead only where
    it is known. fill: how much denser and louder it is before a section changes, 0..1.
    """

    def __init__(
        self, vocabulary: Vocabulary, voices: Sequence[int | None] = (), players: Sequence[tuple[str, int]] = ()
    ) -> None:
        super().__init__(_players(vocabulary, players))
        self.vocabulary = vocabulary
        self.parts = as_in(vocabulary, voices)
        self.fill = 0.0
        self.chords: ChordLine | None = None
        self.hand: ChordLine | None = None
        self._chord_past = ChordPast()
        self.beat_of: Callable[[int], float] | None = None

    def load(
        self,
        vocabulary: Vocabulary,
        defaults: Mapping[str, Value],
        voices: Sequence[int | None] = (),
        players: Sequence[tuple[str, int]] = (),
    ) -> list[str]:
        """Takes another model's parts, players and defaults. Returns the names of the controls that changed."""
        self.vocabulary, self.parts = vocabulary, as_in(vocabulary, voices)
        return self.take_defaults(defaults, _players(vocabulary, players))

    def resume(self, values: Mapping[str, Value], parts: Sequence[PartSettings]) -> None:
        """As `take_values`, with the settings of the parts."""
        self.take_values(values)
        self.parts[:] = parts

    def set_part(self, part: int, settings: PartSettings) -> None:
        self.parts[part] = settings

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

    def shift_chords(self, beats: float) -> None:
        """The clock counts so many beats more than it did."""
        self._chord_past.shift(beats)
        self._move_chords(beats)

    @property
    def chord_moves(self) -> int:
        """How often the chords have been moved."""
        return self._chord_past.made

    def return_chords(self, edge: float, source: float, held: float, made: int | None) -> None:
        """The music of beat `source` goes on at `edge`, and the chords lie as they did. The rest as in `ChordPast`."""
        self._move_chords(self._chord_past.go_on(edge, source, held, made))

    def repeat_chords(self, beat: float, beats: float) -> None:
        """From `beat` on come the chords of so many beats before it."""
        self._chord_past.repeat(beat, beats)
        self._move_chords(beats)

    def recount_chords(self, line: float, bar: float) -> bool:
        """From the bar line `line` on, bars are `bar` long. Returns whether they were not; the chords go on there."""
        changed = [each for each in (self.chords, self.hand) if each is not None and each.bar != bar]
        for each in changed:
            origin = line - (line - each.origin) / each.bar * bar
            if each is self.chords:
                self._chord_past.repeat(line, origin - each.origin)
            each.origin = origin
            each.fit(bar)
        return bool(changed)

    def fit_chords(self, bar: float) -> None:
        """The music went back to where its bars were `bar` long, and so did the chords."""
        for each in (self.chords, self.hand):
            if each is not None:
                each.fit(bar)

    def _move_chords(self, beats: float) -> None:
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

    def unheard(self) -> frozenset[int]:
        """The parts that are silent."""
        return frozenset(part for part in range(len(self.parts)) if self.silent(part))

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


def _players(vocabulary: Vocabulary, players: Sequence[tuple[str, int]]) -> Players:
    return Players(players, [part.percussive for part in vocabulary.parts])


def phrase_of(context: Context) -> int:
    """The number of the phrase that a context's tick is in; where there are no bars, of the last four seconds."""
    bar = 2 * context.vocabulary.resolution if context.dimensions.seconds else context.bar_ticks
    return (context.tick - context.bar_origin) // (PHRASE * bar)


def _transposed_back(classes: int, part: PartSettings) -> int:
    """Heard pitch classes as those of the model. Drums have no pitch, so they have no key either."""
    if part.percussive:
        return ALL_CLASSES
    semitones = part.transpose % 12
    return (classes >> semitones | classes << (12 - semitones)) & ALL_CLASSES


def _unless_none(limits: Iterable[int | None]) -> tuple[int | None, ...] | None:
    found = tuple(limits)
    return None if all(limit is None for limit in found) else found
