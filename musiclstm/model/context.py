"""Context: what follows from the events so far, and which events may come next.

The model receives this as input instead of having to remember it. Masks made from it (`pitch_sets`) give impossible
events, such as a note-off for a silent note, no probability. Training, evaluation and the live session all step through
events with this one class.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import Any

from musiclstm.model.dimensions import Dimensions
from musiclstm.model.echo import CHUNK, Echo
from musiclstm.model.sizes import GIVEN, LAST_TICK, NEVER, NO_PITCH, ONSETS, RECENT_NOTES, RECENT_PITCHES, SPANS
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter
from musiclstm.music.vocabulary import Vocabulary

_CHUNK, _NEVER, _NO_PITCH, _LAST_TICK = CHUNK, NEVER, NO_PITCH, LAST_TICK
_GIVEN, _ONSETS, _RECENT_NOTES, _RECENT_PITCHES = GIVEN, ONSETS, RECENT_NOTES, RECENT_PITCHES
_SPANS = tuple(float(span) for span in SPANS)
_OFF, _ON, _WAIT = (int(kind) for kind in (Kind.OFF, Kind.ON, Kind.WAIT))
_WORD = (1 << 64) - 1
_ONE = 1  # a word, to be shifted


class Context:
    """A value: it never changes once others refer to it, so keeping a reference is a snapshot.

    Only `set_meter`, `read`, `note_given` and `decay` change it in place. A symbol is a kind and a part as one number,
    kind * parts + part. A set of pitches is two words of 64 bits, the lower pitches first.

    tick: now, in ticks since the beginning.
    words: for each part the set of pitches that sound; always empty for percussive parts.
    last_symbol, last_pitch: of the last note-off or note-on at this tick; the symbol is -1 if there was none.
    changed: for each MIDI pitch the tick of its last note-on or note-off in any part that is not percussive; if all
        parts are percussive, in any part.
    recent_pitches: for each part the pitches of its last RECENT_PITCHES note-ons, the last first; NO_PITCH where there
        was none.
    recent_notes: pitch and velocity in turn of the last RECENT_NOTES note-ons of the parts that are not percussive, the
        last first; velocity 0 where there was none.
    velocities: for each MIDI pitch the velocity of its last note-on, 0 if there was none; then the same for each part.
    onsets: the last ticks with note-ons, the last first; NEVER where there was none.
    last_duration: for how many ticks the note that ended last had sounded, 0 if none has ended.
    pitch_classes: (spans, 12), how many notes of each pitch class sounded lately: exponential running means with the
        time constants `SPANS`.
    echoes: the match model of all events; unless all parts are percussive, also one that matches transposed music.
    melody_echoes: for each part a match model of its note-ons that matches transposed music; none if all parts are
        percussive.
    given: the last GIVEN note-ons that a person, a file or a loop played, each as 128 * part + pitch.
    bar_origin, bar_ticks, meter: a tick at which a bar begins, the length of bars, and the meter's index.
    """

    def __init__(self, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.tick, self.last_symbol, self.last_pitch, self.last_duration = 0, -1, 0, 0
        self.words = [0] * 32
        self.changed = [_NEVER] * 128
        self.velocities = [0] * 144
        self.recent_notes = [0] * 32
        self.recent_pitches = [_NO_PITCH] * 128
        self.onsets = [_NEVER] * 5
        self.pitch_classes = [0.0] * 36
        self.echoes: tuple[Echo, ...] = ()
        self.melody_echoes: tuple[Echo, ...] = ()
        self.given: tuple[int, ...] = ()
        self.bar_origin, self.bar_ticks, self.meter = 0, 1, 0

    @staticmethod
    def start(vocabulary: Vocabulary, meter: Meter | None = None) -> Context:
        """Nothing sounds, at tick 0, where a bar begins. meter: None for the vocabulary's first."""
        context = Context(Dimensions(vocabulary))
        context.echoes = (Echo(),)
        if not vocabulary.percussive:
            context.echoes = (Echo(), Echo(None, True))
            context.melody_echoes = tuple(Echo(None, True) for _ in vocabulary.parts)
        numerator, denominator = (meter.numerator, meter.denominator) if meter else vocabulary.meters[0]
        return context.with_meter(
            0, vocabulary.bar_ticks(numerator, denominator), vocabulary.meter_index(numerator, denominator)
        )

    def copy(self) -> Context:
        other = Context(self.dimensions)
        other.tick, other.last_duration = self.tick, self.last_duration
        other.last_symbol, other.last_pitch = self.last_symbol, self.last_pitch
        other.words[:] = self.words
        other.changed[:] = self.changed
        other.velocities[:] = self.velocities
        other.recent_notes[:] = self.recent_notes
        other.recent_pitches[:] = self.recent_pitches
        other.onsets[:] = self.onsets
        other.pitch_classes[:] = self.pitch_classes
        other.echoes, other.melody_echoes, other.given = self.echoes, self.melody_echoes, self.given
        other.bar_origin, other.bar_ticks, other.meter = self.bar_origin, self.bar_ticks, self.meter
        return other

    def with_meter(self, origin: int, bar_ticks: int, meter: int) -> Context:
        """The same in another meter. origin: a tick at which a bar begins. meter: the index in the vocabulary."""
        other = self.copy()
        other.set_meter(origin, bar_ticks, meter)
        return other

    def set_meter(self, origin: int, bar_ticks: int, meter: int) -> None:
        """Changes the meter in place; the arguments are those of `with_meter`."""
        self.bar_origin, self.bar_ticks, self.meter = origin, bar_ticks, meter

    def moved(self, tick: int) -> Context:
        """The same, but at another tick."""
        other = self.copy()
        other.tick = tick
        return other

    def after(self, event: Event) -> Context:
        """The context after `event`, even one that the masks do not allow. Raises ValueError for what is no event."""
        other = self.copy()
        other.read(event.delta, int(event.kind), event.part, event.pitch, event.velocity)
        return other

    def read(self, delta: int, kind: int, part: int, pitch: int, velocity: int) -> None:
        """Reads an event in place: only for a context that nobody else refers to. The arguments are an event's fields.

        Raises ValueError for what is no event, and where the music has become too long.
        """
        d = self.dimensions
        d.check(delta, kind, part, pitch, velocity)
        if delta > _LAST_TICK - self.tick:
            raise ValueError("the music has become too long")
        if delta:
            self.decay(delta)
            self.tick += delta
            self.last_symbol = -1
        if kind == _WAIT:
            # The match models do not read it: a matching rest, which grows with every further wait, would never end.
            return
        tick, symbol = self.tick, kind * d.parts + part
        self._match(symbol, pitch, velocity)
        if kind == _ON:
            self._start(part, pitch, velocity)
        elif self.sounds(part, pitch):
            self.last_duration = tick - self.changed[pitch]
        if not d.percussive[part]:
            word, bit = 2 * part + (pitch >> 6), _ONE << (pitch & 63)
            if kind == _ON:
                self.words[word] |= bit
            else:
                self.words[word] &= _WORD ^ bit
        if d.pitched[part]:
            self.changed[pitch] = tick
        self.last_symbol, self.last_pitch = symbol, pitch
        self._log_sounds()

    def _match(self, symbol: int, pitch: int, velocity: int) -> None:
        """The match models read an event."""
        d = self.dimensions
        first: Echo = self.echoes[0]
        log = first.log.after(symbol, pitch, self.tick, velocity)
        first = first.after(log)
        if not d.tuned:
            self.echoes = (first,)
            return
        transposing: Echo = self.echoes[1]
        self.echoes = (first, transposing.after(log))
        if symbol >= d.parts:
            melodies = list(self.melody_echoes)
            melody: Echo = melodies[symbol - d.parts]
            melodies[symbol - d.parts] = melody.after(melody.log.after(symbol, pitch, self.tick, velocity))
            self.melody_echoes = tuple(melodies)

    def _start(self, part: int, pitch: int, velocity: int) -> None:
        """What a note-on changes that a note-off does not."""
        onsets, notes, recent = self.onsets, self.recent_notes, self.recent_pitches
        if self.tick != onsets[0]:
            for index in range(_ONSETS - 1, 0, -1):
                onsets[index] = onsets[index - 1]
            onsets[0] = self.tick
        self.velocities[pitch] = self.velocities[128 + part] = velocity
        if not self.dimensions.percussive[part]:
            for index in range(2 * _RECENT_NOTES - 1, 1, -1):
                notes[index] = notes[index - 2]
            notes[0], notes[1] = pitch, velocity
        first = _RECENT_PITCHES * part
        for index in range(first + _RECENT_PITCHES - 1, first, -1):
            recent[index] = recent[index - 1]
        recent[first] = pitch

    def _log_sounds(self) -> None:
        """Stores with the last event in the log what sounds after it."""
        if self.dimensions.seconds:
            return  # music in seconds has no beats after which to ask for it
        first: Echo = self.echoes[0]
        log = first.log
        chunk, index = log.last(), (log.count - 1) % _CHUNK
        for half in range(2):
            union = self.words[half]
            for part in range(1, self.dimensions.parts):
                union |= self.words[2 * part + half]
            chunk.set_sounds(index, half, union)

    def note_given(self, part: int, pitch: int) -> None:
        """Remembers, in place, that a note-on which it has read was played by a person, a file or a loop."""
        self.given = (*self.given[-(_GIVEN - 1) :], 128 * part + pitch)

    def decay(self, delta: int) -> None:
        """Moves the running means of the pitch classes on by `delta` ticks, in place."""
        counts = [0] * 12
        for part in range(self.dimensions.parts):
            for half in range(2):
                word, pitch = self.words[2 * part + half], 64 * half
                while word:
                    if word & 1:
                        counts[pitch % 12] += 1
                    word >>= 1
                    pitch += 1
        for span in range(3):
            constant = _SPANS[span]
            keep = exp(-delta / self.dimensions.resolution / constant)
            for index in range(12):
                at = 12 * span + index
                self.pitch_classes[at] = keep * self.pitch_classes[at] + (1 - keep) * counts[index]

    def __eq__(self, other: object) -> bool:
        """Whether both know the same. Pitch classes, match models and given notes are not compared."""
        return isinstance(other, Context) and self.known() == other.known()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        """Cython's own way would trust what it unpickles."""
        numbers = (
            self.tick, self.last_symbol, self.last_pitch, self.last_duration, self.bar_origin, self.bar_ticks,
            self.meter,
        )  # fmt: skip
        return context_of, (self.vocabulary, numbers, self.arrays(), self.echoes, self.melody_echoes, self.given)

    def arrays(self) -> tuple[list[float], ...]:
        """Its arrays as lists, in the order in which `context_of` takes them."""
        return (
            list(self.words), list(self.changed), list(self.velocities), list(self.recent_notes),
            list(self.recent_pitches), list(self.onsets), list(self.pitch_classes),
        )  # fmt: skip

    def known(self) -> tuple[object, ...]:
        """What `==` compares."""
        *arrays, _ = self.arrays()
        return (
            self.vocabulary, self.tick, self.last, arrays, self.last_duration, self.bar_origin, self.bar_ticks,
            self.meter,
        )  # fmt: skip

    # ---- derived values ------------------------------------------------------------------------------------------

    @property
    def vocabulary(self) -> Vocabulary:
        found: Vocabulary = self.dimensions.vocabulary
        return found

    def position(self, delta: int = 0) -> int:
        """Ticks since the bar began, `delta` ticks from now."""
        return (self.tick + delta - self.bar_origin) % self.bar_ticks

    def sounds(self, part: int, pitch: int) -> bool:
        return (self.words[2 * part + (pitch >> 6)] >> (pitch & 63) & 1) != 0

    @property
    def held(self) -> tuple[int, ...]:
        """For each part the MIDI pitches that sound, as bits."""
        return tuple(self.held_by(part) for part in range(self.dimensions.parts))

    def held_by(self, part: int) -> int:
        """The MIDI pitches that sound in a part, as bits."""
        low, high = [self.words[2 * part + half] for half in range(2)]
        return low | high << 64

    def sounding_in(self, part: int) -> int:
        """How many notes sound in a part."""
        return self.held_by(part).bit_count()

    @property
    def last(self) -> tuple[int, int, int] | None:
        """(kind, part, pitch) of the last note-off or note-on at this tick, None if there was none."""
        if self.last_symbol < 0:
            return None
        parts = self.dimensions.parts
        return self.last_symbol // parts, self.last_symbol % parts, self.last_pitch

    @property
    def sounding(self) -> list[tuple[int, int]]:
        """(part, pitch) of every note that sounds, ascending."""
        parts = self.dimensions.parts
        return [(part, pitch) for part in range(parts) for pitch in range(128) if self.sounds(part, pitch)]

    def pitch_classes_after(self, delta: int) -> list[float]:
        """`pitch_classes` as they will be `delta` ticks from now if nothing happens before."""
        other = self
        if delta:
            other = self.copy()
            other.decay(delta)
        return list(other.pitch_classes)

    # ---- what may come next --------------------------------------------------------------------------------------

    def following(self, symbol: int, delta: int, half: int) -> int:
        """The pitches with which a symbol may come `delta` ticks from now. half: 0 the lower word of them, 1 the upper.

        A note-off may come only for a sounding note, a note-on only for a silent one, both within the vocabulary's
        range. At one tick note-offs come before note-ons, then parts and pitches ascend.
        """
        d = self.dimensions
        allowed, part, is_on = d.in_range[half], symbol % d.parts, symbol >= d.parts
        if d.percussive[part]:
            if not is_on:
                return 0
        elif is_on:
            allowed &= _WORD ^ self.words[2 * part + half]
        else:
            allowed &= self.words[2 * part + half]
        if delta == 0 and self.last_symbol >= 0:
            if symbol < self.last_symbol:
                return 0
            if symbol == self.last_symbol:
                allowed &= above(self.last_pitch, half)
        return allowed

    def pitch_bits(self, symbol: int, delta: int) -> int:
        """The MIDI pitches with which a symbol may come `delta` ticks from now, as bits."""
        low, high = [self.following(symbol, delta, half) for half in range(2)]
        return low | high << 64


def context_of(
    vocabulary: Vocabulary,
    numbers: Sequence[int],
    arrays: Sequence[Any],
    echoes: tuple[Echo, ...],
    melody_echoes: tuple[Echo, ...],
    given: tuple[int, ...],
) -> Context:
    """A context from its pickled parts. If these are damaged, so is the context: `soundness` says if it can be used."""
    found = Context(Dimensions(vocabulary))
    found.tick, found.last_symbol, found.last_pitch, found.last_duration = numbers[:4]
    found.bar_origin, found.bar_ticks, found.meter = numbers[4:]
    words, changed, velocities, notes, pitches, onsets, classes = arrays
    found.words, found.changed, found.velocities = words, changed, velocities
    found.recent_notes, found.recent_pitches = notes, pitches
    found.onsets, found.pitch_classes = onsets, classes
    found.echoes, found.melody_echoes, found.given = echoes, melody_echoes, given
    return found


def above(pitch: int, half: int) -> int:
    """The pitches above one. half: 0 the lower word of them, 1 the upper."""
    first = pitch + 1 - 64 * half
    if first <= 0:
        return _WORD
    return 0 if first >= 64 else (_WORD << first) & _WORD
