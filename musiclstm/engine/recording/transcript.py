"""Transcript: the lines of a journal as a piece of music in beats, with its tempo map."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from musiclstm.engine.recording.controllers import BEFORE, Controllers
from musiclstm.engine.recording.journal_files import Key, Line, key_of, restarts
from musiclstm.errors import UsageError
from musiclstm.music import notation
from musiclstm.music.meters import simplest_meter
from musiclstm.music.midifile import Move
from musiclstm.music.note import Meter, Note, Part, Piece

PERSON = "you"
"""The name of the person's part."""
# The beats between two lines are trusted if they fit the time between them to within so many beats, or this share.
_TOLERANCE_BEATS = 0.1
_TOLERANCE = 0.3
_NEAR = 1e-3


@dataclass(frozen=True, slots=True)
class Transcription:
    """What was heard. tempos: (beat, BPM) where the tempo changes. length: beats; 0: as long as its notes.

    moves: of the person's pedals, wheels and knobs; written beside their notes, if they played any.
    """

    piece: Piece
    tempos: list[tuple[float, float]]
    moves: Sequence[Move] = ()
    length: float = 0.0

    def write(self, file: str | os.PathLike[str]) -> None:
        """Write it as a MIDI file, or as notation (`notation.write_file`). Raises MusicLSTMError."""
        controls = {part: self.moves for part, known in enumerate(self.piece.parts) if known.name == PERSON}
        notation.write_file(file, self.piece, self.tempos, length=self.length, controls=controls)

    def by_person(self) -> Transcription:
        """Only the person's part."""
        (index,) = (index for index, part in enumerate(self.piece.parts) if part.name == PERSON)
        notes = tuple(replace(note, part=0) for note in self.piece.notes if note.part == index)
        return replace(self, piece=replace(self.piece, notes=notes, parts=(self.piece.parts[index],)))


def transcription(lines: Iterable[Line], begin: float = float("-inf")) -> Transcription:
    """What was heard from `begin` (seconds) on.

    The person's notes have a track of their own. Notes that sound at `begin` are left out; those that sound at the end
    end there. Raises UsageError if nothing was played.
    """
    transcript = _Transcript()
    for line in lines:
        transcript.add(line, begin)
    return transcript.transcription()


@dataclass
class _Transcript:
    """Goes through a journal line by line, counting the beats of the take.

    They follow the beats of the lines wherever those fit the time that passed; where they do not (a jump, a stop,
    another clock), they follow the time at the current tempo. So a take keeps its bars, and never runs backwards.
    """

    notes: list[Note] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    tempos: list[tuple[float, float]] = field(default_factory=list)
    _model: tuple[Part, ...] = ()
    _bar: float = 4.0
    _title: str = "take"
    _tempo: float = 120.0
    # The last line that was placed: its seconds, its own beat, its beat in the take.
    _at: tuple[float, float, float] | None = None
    _sounding: dict[Key, Note] = field(default_factory=dict)
    _controllers: Controllers = field(default_factory=Controllers)
    # Time signatures that are still to come, at their own beats; and those of the take so far.
    _coming: list[Meter] = field(default_factory=list)
    _meters: list[Meter] = field(default_factory=list)

    def add(self, line: Line, begin: float) -> None:
        kind, seconds = line[0], line[1]
        if kind == "model":
            self._title = str(line[2])
            self._model = tuple(Part(str(n), int(p), int(c), percussive=int(c) == 9) for n, p, c in line[3])
            if not self._meters:  # if a later one plays in another, a line says where that begins
                self._bar = float(line[4])
                self._meters = [simplest_meter(self._bar)]
        elif kind == "meter":
            self._coming = [meter for meter in self._coming if meter.onset < float(line[2])]
            self._coming.append(Meter(int(line[3]), int(line[4]), float(line[2])))
        elif kind == "tempo":
            if self._at is not None:
                beat = self._at[2] + (seconds - self._at[0]) * self._tempo / 60
                self._at = (seconds, self._at[1] + beat - self._at[2], beat)
                if float(line[2]) != self._tempo:
                    self.tempos.append((beat, float(line[2])))
            self._tempo = float(line[2])
        elif kind == "note" and seconds >= begin:
            self._note(line)
        elif kind == "control":
            now = BEFORE if self._at is None else self._go_to(self._at, seconds, line[2])
            self._controllers.add(now, bytes.fromhex(line[3]))
        elif restarts(line) and self._at is not None:
            # Its host ended what sounded soon after the last line that the one before wrote.
            ended = self._at[2] + min(1.0, (seconds - self._at[0]) * self._tempo / 60)
            self._end_all(ended)
            self._controllers.rest(ended)

    def _note(self, line: Line) -> None:
        _, seconds, beat, part, pitch, velocity, by_person, *_ = line
        if self._at is None:
            if not velocity:
                return
            self._at = self._begin(seconds, beat)
        now = self._go_to(self._at, seconds, beat)
        # Not by track: a note may end after another model, with other parts, was loaded.
        key = key_of(line)
        self._end(key, now)
        if velocity:
            self._sounding[key] = Note(now, 0.0, pitch, velocity, self._track(part, by_person=bool(by_person)))

    def _begin(self, seconds: float, beat: float) -> tuple[float, float, float]:
        """The first bar line is where the music had one."""
        line = 0.0
        while self._coming and self._coming[0].onset <= beat:
            first = self._coming.pop(0)
            line, self._bar, self._meters = first.onset, first.bar_beats, [replace(first, onset=0.0)]
        self.tempos.append((0.0, self._tempo))
        return seconds, beat, (beat - line) % self._bar

    def _go_to(self, at: tuple[float, float, float], seconds: float, beat: float) -> float:
        """The beat of the take at which a line stands, after the last one that was placed."""
        since, beat_before, take_before = at
        expected = (seconds - since) * self._tempo / 60
        moved = beat - beat_before
        if abs(moved - expected) > max(_TOLERANCE_BEATS, _TOLERANCE * expected):
            moved = expected
        now = max(0.0, take_before + moved)
        self._at = (seconds, beat, now)
        while self._coming and self._coming[0].onset <= beat + _NEAR:
            meter = self._coming.pop(0)
            self._change(meter, max(0.0, now - (beat - meter.onset)))
        return now

    def _change(self, meter: Meter, onset: float) -> None:
        """Another time signature from a beat of the take on."""
        if (meter.numerator, meter.denominator) != (self._meters[-1].numerator, self._meters[-1].denominator):
            kept = [each for each in self._meters if each.onset < onset - _NEAR]
            self._meters = [*kept, replace(meter, onset=onset if kept else 0.0)]

    def _track(self, part: int, *, by_person: bool) -> int:
        known = self._model[part] if 0 <= part < len(self._model) else Part("piano")
        if by_person:
            known = Part(PERSON, known.program, known.channel)
            for index, other in enumerate(self.parts):
                if other.name == PERSON:
                    return index
        if known not in self.parts:
            self.parts.append(known)
        return self.parts.index(known)

    def _end(self, key: Key, now: float) -> None:
        if (sounding := self._sounding.pop(key, None)) is not None:
            self.notes.append(replace(sounding, duration=max(now - sounding.onset, 1e-3)))

    def _end_all(self, now: float) -> None:
        for key in list(self._sounding):
            self._end(key, now)

    def transcription(self) -> Transcription:
        """The music so far; tracks in the order of the model's parts, the person's last. Raises UsageError."""
        if self._at is not None:
            self._end_all(self._at[2])
        if self._at is None or not self.notes:
            raise UsageError("There is no take yet: nothing has been played.")
        parts, notes = in_order([(note, self.parts[note.part]) for note in self.notes], self._model)
        piece = Piece(
            tuple(sorted(notes)),
            meters=tuple(self._meters or [simplest_meter(self._bar)]),
            tempo=self.tempos[0][1],
            parts=tuple(parts),
            title=self._title,
        )
        return Transcription(piece, self.tempos[1:], self._controllers.cut(0.0, self._at[2]))


def in_order(notes: Sequence[tuple[Note, Part]], model: Sequence[Part]) -> tuple[list[Part], list[Note]]:
    """The parts that have notes, in the model's order and the person's last; and the notes with their numbers."""

    def place(part: Part) -> tuple[bool, int]:
        return part.name == PERSON, model.index(part) if part in model else -1

    parts = sorted(dict.fromkeys(part for _, part in notes), key=place)
    numbers = {part: number for number, part in enumerate(parts)}
    return list(_with_channels(parts)), [replace(note, part=numbers[part]) for note, part in notes]


def _with_channels(parts: list[Part]) -> Iterator[Part]:
    """The parts, each on a channel of its own program where one is free, and the person's on one of its own.

    Two models may have used one channel for two instruments, one after the other.
    """
    used = {part.channel for part in parts if part.name != PERSON} | {9}
    programs: dict[int, int] = {}
    for part in parts:
        shared = not part.percussive and programs.get(part.channel, part.program) != part.program
        free = next((channel for channel in range(16) if channel not in used), None)
        if (part.name == PERSON or shared) and free is not None:
            used.add(free)
            yield replace(part, channel=free)
        else:
            programs[part.channel] = part.program
            yield part
