"""Voices: the notes that the model's context holds, and where each of them sounds.

Percussive notes have no voice: the context does not hold them, and their note-offs are queued with their note-ons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from musiclstm.engine.performer.routing import Destination, Routing
from musiclstm.engine.performer.steering import Steering
from musiclstm.engine.scheduler.scheduler import Entry
from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import PERCUSSIVE_LENGTH
from musiclstm.protocol.telemetry import PlanEnded, Planned, Telemetry

Key = tuple[int, int]
"""(part, pitch) as the model knows the note."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A note that the model's context holds.

    tick: the model's tick at which it started. destination: where it sounds; None if it is silent (a muted part, a
    pitch outside MIDI's range, or another note sounds there). person: a person holds its key, and the key's own
    destination is where it sounds. source: id of the note it answers and ends with. until: the tick at which it ends at
    the latest. heard: False for one that "sure" or "often" keep silent, wherever the music goes on.
    """

    id: int
    part: int
    pitch: int
    velocity: int
    tick: int
    destination: Destination | None
    person: bool = False
    source: int | None = None
    until: int | None = None
    heard: bool = True

    @property
    def key(self) -> Key:
        return self.part, self.pitch


@dataclass(slots=True)
class Effect:
    """What an event does: messages to send, and each voice it changed as it was before (None: there was none)."""

    entries: list[Entry] = field(default_factory=list)
    before: list[tuple[Key, Voice | None]] = field(default_factory=list)


class Voices:
    """The voices as of the end of the plan, and the only class that changes them.

    by_key: a live view, read-only. ids: the last ids given to the model's notes (above 0) and the person's (below).
    occupied: where keys that a person holds sound; the model keeps silent there.
    """

    def __init__(
        self,
        steering: Steering,
        routing: Routing,
        loudness: Callable[[float], float],
        occupied: Callable[[], set[Destination]],
        emit: Callable[[Telemetry], None],
    ) -> None:
        self.ids = (0, 0)
        self._voices: dict[Key, Voice] = {}
        self.by_key: Mapping[Key, Voice] = MappingProxyType(self._voices)
        self._steering = steering
        self._routing = routing
        self._loudness = loudness
        self._occupied = occupied
        self._emit = emit

    def skip_ids(self, ids: tuple[int, int], more: int) -> None:
        """The next ids are beyond these, by as many more."""
        model, person = ids
        self.ids = (model + more, person - more)

    def new_person_id(self) -> int:
        model, person = self.ids
        self.ids = (model, person - 1)
        return person - 1

    def _new_id(self) -> int:
        model, person = self.ids
        self.ids = (model + 1, person)
        return model + 1

    # ---- one note ------------------------------------------------------------------------------------------------

    def start(
        self,
        key: Key,
        velocity: int,
        tick: int,
        beat: float,
        *,
        surprise: float = 0.0,
        source: int | None = None,
        until: int | None = None,
        heard: bool = True,
    ) -> tuple[Effect, int]:
        """A note of the model starts at `beat`; its effect and id."""
        effect = Effect()
        part, pitch = key
        settings = self._steering.parts[part]
        silent = not heard or self._steering.silent(part)
        destination = None if silent else self._routing.destination(part, pitch)
        if destination in self._occupied():
            destination = None
        note = self._new_id()
        sent = self._steering.velocity(part, velocity * self._loudness(beat))
        if settings.percussive:
            if destination is not None:
                metrical = self._steering.vocabulary.base is TimeBase.BEATS
                end = beat + PERCUSSIVE_LENGTH * (1 if metrical else 2)
                effect.entries.append(Entry(beat, destination.note_on(sent), destination.port, note, part))
                effect.entries.append(Entry(end, destination.note_off(), destination.port, note, part))
                self._emit(Planned(note, beat, part, destination.pitch, sent, end, surprise))
            return effect, note
        if destination is not None:
            self._free(destination, beat, effect)
            # When an answer ends, its source says.
            pedal = settings.sustains and source is None
            effect.entries.append(Entry(beat, destination.note_on(sent), destination.port, note, part, pedal))
            self._emit(Planned(note, beat, part, destination.pitch, sent, None, surprise))
        self._change(effect, key, Voice(note, part, pitch, velocity, tick, destination, False, source, until, heard))
        return effect, note

    def start_person(self, key: Key, velocity: int, tick: int, note: int) -> Effect:
        """A person's note starts. Its message has been sent already."""
        effect = Effect()
        self._change(effect, key, Voice(note, *key, velocity, tick, None, person=True))
        return effect

    def end(self, key: Key, beat: float) -> tuple[Effect, Voice | None]:
        """A note ends at `beat`; its effect, and the voice it was."""
        effect = Effect()
        voice = self._voices.get(key)
        if voice is not None:
            self._silence(voice, beat, effect)
            self._change(effect, key, None)
        return effect, voice

    def _silence(self, voice: Voice, beat: float, effect: Effect) -> None:
        destination = voice.destination
        if destination is not None and not voice.person:
            effect.entries.append(Entry(beat, destination.note_off(), destination.port, voice.id, voice.part))
            self._emit(PlanEnded(voice.id, beat))

    def _free(self, destination: Destination, beat: float, effect: Effect) -> None:
        """End what sounds where another note will sound: on one channel a pitch sounds once."""
        for key, voice in list(self._voices.items()):
            if voice.destination == destination and not voice.person:
                self._silence(voice, beat, effect)
                self._change(effect, key, replace(voice, destination=None))

    # ---- forwards and backwards ----------------------------------------------------------------------------------

    def _change(self, effect: Effect, key: Key, voice: Voice | None) -> None:
        effect.before.append((key, self._voices.get(key)))
        if voice is None:
            self._voices.pop(key, None)
        else:
            self._voices[key] = voice

    def undo(self, effect: Effect) -> None:
        """Undo what an event changed; the last event first."""
        _undo(self._voices, effect)

    def before(self, effects: Iterable[Effect]) -> dict[Key, Voice]:
        """A copy of the voices as they were before these effects, the last effect first."""
        voices = dict(self._voices)
        for effect in effects:
            _undo(voices, effect)
        return voices

    # ---- all at once ---------------------------------------------------------------------------------------------

    def replace(self, voices: Iterable[Voice]) -> None:
        """Hold these voices instead: the context became another. Sends nothing."""
        found = {voice.key: voice for voice in voices}
        self._voices.clear()
        self._voices.update(found)

    def silence(self, beat: float, which: Callable[[Voice], bool]) -> list[Entry]:
        """End the sound of the model's voices that `which` picks, at `beat`. The context still holds them."""
        effect = Effect()
        for key, voice in list(self._voices.items()):
            if not voice.person and voice.destination is not None and which(voice):
                self._silence(voice, beat, effect)
                self._voices[key] = replace(voice, destination=None)
        return effect.entries

    def sound_again(self, voices: Iterable[Voice], beat: float) -> list[Entry]:
        """Let silent voices of the model sound from `beat` on, with new ids, if the context still holds them.

        A voice stays silent where another one sounds: on one channel a pitch sounds once.
        """
        entries: list[Entry] = []
        for voice in voices:
            sounding = {other.destination for other in self._voices.values()} - {None}
            if voice.person or self._voices.get(voice.key) is not voice:
                continue
            if self._routing.destination(*voice.key) not in sounding:
                effect, _ = self.start(
                    voice.key, voice.velocity, voice.tick, beat, until=voice.until, heard=voice.heard
                )
                entries += effect.entries
        return entries


def _undo(voices: dict[Key, Voice], effect: Effect) -> None:
    for key, voice in reversed(effect.before):
        if voice is None:
            voices.pop(key, None)
        else:
            voices[key] = voice
