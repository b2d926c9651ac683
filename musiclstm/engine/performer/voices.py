"""What sounds: the model's notes as MIDI on their parts' channels, with the ids the window knows them by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from musiclstm.engine.performer.steering import PartSettings, Steering
from musiclstm.engine.scheduler.scheduler import Entry, Sent
from musiclstm.music.note import TimeBase
from musiclstm.music.vocabulary import PERCUSSIVE_LENGTH
from musiclstm.protocol.messages import PlanEnded, Planned, Played, Telemetry

Key = tuple[int, int]
"""(part, pitch) as the model knows the note."""

Wire = tuple[int, int, int]
"""(port number, channel, pitch) as it is sent."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A note that the model's context holds, and how it sounds.

    tick: when it began, of the model's ticks. wire: None if it is not heard (a muted part, pitch out of MIDI's range,
    or somebody else sounds there). person: it is a key that a person holds; its wire is that key's business.
    source: id of the note it answers, which it ends with. until: tick at which it ends at the latest.
    """

    id: int
    part: int
    pitch: int
    velocity: int
    tick: int
    wire: Wire | None
    person: bool = False
    source: int | None = None
    until: int | None = None


@dataclass(slots=True)
class Sound:
    """What an event does: messages to send, and each voice it changed as it was before (None: there was none)."""

    entries: list[Entry] = field(default_factory=list)
    before: list[tuple[Key, Voice | None]] = field(default_factory=list)


def note_on(wire: Wire, velocity: int) -> bytes:
    return bytes((0x90 | wire[1], wire[2], velocity))


def note_off(wire: Wire) -> bytes:
    return bytes((0x80 | wire[1], wire[2], 0))


def played(sent: Sent) -> Played | None:
    """The telemetry of a message that left; None if it is not a note. Any thread. A person's notes have ids below 0."""
    entry = sent.entry
    status = entry.message[0] & 0xF0
    if status not in (0x80, 0x90):
        return None
    velocity = entry.message[2] if status == 0x90 else 0
    return Played(
        entry.id, sent.entry.beat, entry.part, entry.message[1], velocity, sent.time, sent.due, by_person=entry.id < 0
    )


class Output:
    """The voices as of the end of the plan, and their way to the scheduler's entries.

    voices: every note that the model's context holds (percussive notes are not held and have no voice).
    person_wires: where keys that a person holds sound. ids: the last ones given, to the model's notes (above 0) and to
    the person's (below). One owner.
    """

    def __init__(
        self, steering: Steering, emit: Callable[[Telemetry], None], port_number: Callable[[str | None], int]
    ) -> None:
        self.voices: dict[Key, Voice] = {}
        self.person_wires: set[Wire] = set()
        self._steering = steering
        self._emit = emit
        self._port_number = port_number
        self.ids = (0, 0)

    def new_id(self) -> int:
        note, person = self.ids
        self.ids = (note + 1, person)
        return note + 1

    def new_person_id(self) -> int:
        note, person = self.ids
        self.ids = (note, person - 1)
        return person - 1

    def port_of(self, settings: PartSettings) -> int:
        return self._port_number(settings.port)

    def wire(self, part: int, pitch: int) -> Wire | None:
        """Where a note of the part is heard, None if it cannot be."""
        settings = self._steering.parts[part]
        heard = pitch + settings.transpose
        return (self.port_of(settings), settings.channel, heard) if 0 <= heard <= 127 else None

    # ---- the model's notes ---------------------------------------------------------------------------------------

    def begin(
        self,
        key: Key,
        velocity: int,
        tick: int,
        beat: float,
        *,
        surprise: float = 0.0,
        source: int | None = None,
        until: int | None = None,
    ) -> tuple[Sound, int]:
        """A note of the model begins at `beat`; its sound and id."""
        sound = Sound()
        part, pitch = key
        settings = self._steering.parts[part]
        wire = None if settings.mode == "muted" else self.wire(part, pitch)
        if wire in self.person_wires:
            wire = None
        note = self.new_id()
        loudness = self._steering.velocity(velocity)
        if settings.percussive:
            if wire is not None:
                metrical = self._steering.vocabulary.base is TimeBase.BEATS
                end = beat + PERCUSSIVE_LENGTH * (1 if metrical else 2)
                sound.entries.append(Entry(beat, note_on(wire, loudness), wire[0], note, part))
                sound.entries.append(Entry(end, note_off(wire), wire[0], note, part))
                self._emit(Planned(note, beat, part, wire[2], loudness, end, surprise))
            return sound, note
        if wire is not None:
            self._free(wire, beat, sound)
            sound.entries.append(Entry(beat, note_on(wire, loudness), wire[0], note, part))
            self._emit(Planned(note, beat, part, wire[2], loudness, None, surprise))
        self._change(sound, key, Voice(note, part, pitch, velocity, tick, wire, False, source, until))
        return sound, note

    def end(self, key: Key, beat: float) -> tuple[Sound, Voice | None]:
        """A note ends at `beat`; its sound, and the voice it was."""
        sound = Sound()
        voice = self.voices.get(key)
        if voice is not None:
            self._silence(voice, beat, sound)
            self._change(sound, key, None)
        return sound, voice

    def _silence(self, voice: Voice, beat: float, sound: Sound) -> None:
        if voice.wire is not None and not voice.person:
            sound.entries.append(Entry(beat, note_off(voice.wire), voice.wire[0], voice.id, voice.part))
            self._emit(PlanEnded(voice.id, beat))

    def _free(self, wire: Wire, beat: float, sound: Sound) -> None:
        """End what sounds where another note is to sound: on one channel a pitch sounds once."""
        for key, voice in list(self.voices.items()):
            if voice.wire == wire and not voice.person:
                self._silence(voice, beat, sound)
                self._change(sound, key, replace(voice, wire=None))

    def _change(self, sound: Sound, key: Key, voice: Voice | None) -> None:
        sound.before.append((key, self.voices.get(key)))
        if voice is None:
            self.voices.pop(key, None)
        else:
            self.voices[key] = voice

    def undo(self, sound: Sound) -> None:
        """Let the voices be as they were before."""
        restore(self.voices, sound)

    # ---- the person's notes --------------------------------------------------------------------------------------

    def take(self, key: Key, velocity: int, tick: int, note: int) -> Sound:
        """A person's note begins: no message (it has gone through already), but the model's note there ends."""
        sound = Sound()
        self._change(sound, key, Voice(note, *key, velocity, tick, None, person=True))
        return sound

    # ---- all at once, now ----------------------------------------------------------------------------------------

    def silence(self, beat: float, which: Callable[[Voice], bool]) -> list[Entry]:
        """End the sound of the model's voices that `which` picks; the context holds them still."""
        sound = Sound()
        for key, voice in list(self.voices.items()):
            if not voice.person and voice.wire is not None and which(voice):
                self._silence(voice, beat, sound)
                self.voices[key] = replace(voice, wire=None)
        return sound.entries

    def strike(self, voices: Iterable[Voice], beat: float) -> list[Entry]:
        """Let silent voices of the model sound from `beat` on, with new ids, if the context still holds them.

        Not where another sounds: on one channel a pitch sounds once.
        """
        entries: list[Entry] = []
        for voice in voices:
            key = (voice.part, voice.pitch)
            taken = {other.wire for other in self.voices.values()}
            if voice.person or self.voices.get(key) is not voice or self.wire(*key) in taken - {None}:
                continue
            sound, _ = self.begin(key, voice.velocity, voice.tick, beat)
            self.voices[key] = replace(self.voices[key], until=voice.until)
            entries += sound.entries
        return entries


def restore(voices: dict[Key, Voice], sound: Sound) -> None:
    for key, voice in reversed(sound.before):
        if voice is None:
            voices.pop(key, None)
        else:
            voices[key] = voice
