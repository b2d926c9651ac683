"""Bars: a session in its own beats, as the window counts them, and bars cut out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil, floor
from typing import TypeVar

from musiclstm.engine.recording.controllers import Controllers
from musiclstm.engine.recording.journal_files import YOU, Key, Line, key_of, restarts
from musiclstm.engine.recording.transcript import PERSON, Transcription, in_order
from musiclstm.errors import UsageError
from musiclstm.music.meters import simplest_meter
from musiclstm.music.note import Meter, Note, Part, Piece
from musiclstm.protocol.limits import PICKUP

T = TypeVar("T")

_NEAR = 1e-3
# Beats. A note that crosses a bar line by less than this is early or late, and belongs to the other side.
_ACROSS = 1 / 16
_MOST = 10_000  # bars


@dataclass
class Timeline:
    """What was heard, by the beats of the session: `add` takes the lines of its journal in order.

    Beats are counted on over jumps, as in the window. Only a clock that starts elsewhere renumbers those of the past.
    What was muted was not sent, so it is not in the journal either. What a person plays while the music stands, or is
    counted in, is in none of its bars: those beats are still to come, or have been.
    """

    title: str = "take"
    beat: float = 0.0
    _notes: list[tuple[Note, Part, int]] = field(default_factory=list)  # with the number of the part, YOU: the person
    _sounding: dict[Key, tuple[Note, Part, int]] = field(default_factory=dict)
    _controllers: Controllers = field(default_factory=Controllers)
    _model: tuple[Part, ...] = ()
    _person: Part | None = None
    _meters: list[Meter] = field(default_factory=list)
    _tempos: list[tuple[float, float]] = field(default_factory=list)
    _tempo: float = 120.0
    _seconds: float | None = None  # when `beat` was reached; None while stopped
    _stands: bool = True
    _stood: float = 0.0  # the beat at which it stood last

    def add(self, line: Line) -> None:
        kind, seconds = line[0], line[1]
        if kind == "model":
            self.title = str(line[2])
            self._model = tuple(Part(str(n), int(p), int(c), percussive=int(c) == 9) for n, p, c in line[3])
            self._meters = self._meters or [simplest_meter(float(line[4]))]
        elif kind == "meter":
            onset = float(line[2])
            self._meters = [each for each in self._meters if each.onset < onset - _NEAR]
            self._meters.append(Meter(int(line[3]), int(line[4]), onset))
        elif kind == "tempo":
            self._go_on(seconds)
            self._tempo = float(line[2])
            # A note has just shown that the beat is behind what the tempo predicted.
            while self._tempos and self._tempos[-1][0] > self.beat:
                self._tempos.pop()
            self._tempos.append((self.beat, self._tempo))
        elif kind == "note":
            self._note(line)
        elif kind == "control":
            beat = self.beat if self._stands else max(float(line[2]), self._stood)
            self._controllers.add(beat, bytes.fromhex(line[3]))
        elif kind in ("play", "resume"):
            self._stands = False
        elif kind == "jump" and len(line) > 4 and line[3] == "clock" and isinstance(line[4], (int, float)):
            self._rename(float(line[2]) - line[4])
        elif kind == "stop":
            self._go_on(seconds)
            self._seconds, self._stands, self._stood = None, True, self.beat
        elif restarts(line):
            if self._sounding:
                self._go_on(seconds, most=1.0)
            for key in list(self._sounding):
                self._end(key)
            self._controllers.rest(self.beat)

    def _go_to(self, beat: float, seconds: float) -> None:
        self.beat, self._seconds = beat, seconds

    def _go_on(self, seconds: float, most: float = float("inf")) -> None:
        if self._seconds is not None:
            self._go_to(self.beat + min(most, (seconds - self._seconds) * self._tempo / 60), seconds)

    def _note(self, line: Line) -> None:
        seconds, beat, part, pitch, velocity, by_person = float(line[1]), float(line[2]), *line[3:7]
        known = self._model[part] if 0 <= part < len(self._model) else Part("piano")
        key = key_of(line)
        if by_person and key not in self._sounding:
            if not velocity or self._stands or beat < self._stood - PICKUP:
                return
            beat = max(beat, self._stood)
        self._stands = self._stands and bool(by_person)
        self._go_to(beat, seconds)
        self._end(key)
        if velocity:
            if by_person:  # one part, whatever the model
                self._person = known = self._person or Part(PERSON, known.program, known.channel)
            self._sounding[key] = (Note(self.beat, 0.0, pitch, velocity), known, YOU if by_person else part)

    def _end(self, key: Key) -> None:
        if (sounding := self._sounding.pop(key, None)) is not None:
            self._notes.append(self._until_now(*sounding))

    def _until_now(self, note: Note, part: Part, number: int) -> tuple[Note, Part, int]:
        return replace(note, duration=max(self.beat - note.onset, _NEAR)), part, number

    def _rename(self, shift: float) -> None:
        """Add this to every beat so far."""
        self.beat += shift
        self._stood += shift
        self._notes = [(replace(note, onset=note.onset + shift), *rest) for note, *rest in self._notes]  # type: ignore[misc]
        self._sounding = {
            key: (replace(note, onset=note.onset + shift), *rest)  # type: ignore[misc]
            for key, (note, *rest) in self._sounding.items()
        }
        self._controllers.shift(shift)
        self._meters = [replace(meter, onset=meter.onset + shift) for meter in self._meters]
        self._tempos = [(beat + shift, tempo) for beat, tempo in self._tempos]

    # ---- bars ------------------------------------------------------------------------------------------------------

    def line(self, bar: int) -> float:
        """The beat at which a bar, counted from 1, begins; a bar that a change of meter cuts short counts as one."""
        meters = self._meters or [Meter()]
        number = floor(meters[0].onset / meters[0].bar_beats + _NEAR)
        for meter, following in pairwise(meters):
            many = ceil((following.onset - meter.onset) / meter.bar_beats - _NEAR)
            if bar - 1 < number + many:
                return meter.onset + (bar - 1 - number) * meter.bar_beats
            number += many
        return meters[-1].onset + (bar - 1 - number) * meters[-1].bar_beats

    def last(self, bars: int, now: float) -> tuple[float, float]:
        """The beats of so many of the last whole bars before beat `now`. Raises UsageError if there are none."""
        if not 1 <= bars <= _MOST:
            raise UsageError(f"The bars to save must be 1 to {_MOST}, not {bars}.")
        meters = [meter for meter in self._meters if meter.onset <= now + _NEAR] or [Meter()]
        number = floor(meters[0].onset / meters[0].bar_beats + _NEAR)
        number += sum(ceil((b.onset - a.onset) / a.bar_beats - _NEAR) for a, b in pairwise(meters))
        end = number + floor((now - meters[-1].onset) / meters[-1].bar_beats + _NEAR)
        first = max(min((note.onset for note, *_ in self._notes), default=now), self.line(end + 1 - bars))
        start = end - bars
        while start < end and self.line(start + 2) <= first + _NEAR:  # bars from before the music began
            start += 1
        if start >= end:
            raise UsageError("There is no whole bar to save yet.")
        return self.line(start + 1), self.line(end + 1)

    def cut(self, start: float, end: float, part: int | None = None) -> Transcription:
        """What was heard from beat `start` to `end`. part: this one alone, -1 the person's.

        A note that sounds on over the first line begins there, one that sounds over the last ends there. Raises
        UsageError if nothing was heard.
        """
        if not end > start:
            raise UsageError("Bars to save end after they begin.")
        sounding = [self._until_now(*each) for each in self._sounding.values()]
        found: list[tuple[Note, Part]] = []
        for note, known, number in (*self._notes, *sounding):
            begin, stop = max(note.onset, start), min(note.end, end)
            cut = begin > note.onset or stop < note.end
            if stop > begin and not (cut and stop - begin < min(_ACROSS, note.duration / 2)) and part in (None, number):
                found.append((replace(note, onset=begin - start, duration=stop - begin), known))
        if not found:
            raise UsageError("Nothing was played in these bars.")
        parts, notes = in_order(found, self._model)
        meters = _from(start, end, [(each.onset, each) for each in self._meters or [Meter()]])
        (_, tempo), *tempos = _from(start, end, self._tempos or [(0.0, self._tempo)])
        piece = Piece(
            tuple(sorted(notes)),
            meters=tuple(replace(meter, onset=onset) for onset, meter in meters),
            tempo=tempo,
            parts=tuple(parts),
            title=self.title,
        )
        return Transcription(piece, tempos, self._controllers.cut(start, end), end - start)


def timeline(lines: Iterable[Line]) -> Timeline:
    """The timeline of a session's lines."""
    made = Timeline()
    for line in lines:
        made.add(line)
    return made


def _from(start: float, end: float, changes: list[tuple[float, T]]) -> list[tuple[float, T]]:
    """What holds at `start`, as beat 0, and the changes from there to before `end`."""
    first = [what for beat, what in changes if beat <= start + _NEAR][-1:] or [changes[0][1]]
    later = [(beat - start, what) for beat, what in changes if start + _NEAR < beat < end - _NEAR]
    return [(0.0, first[0]), *later]
