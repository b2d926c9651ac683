"""Note, Meter, Part and Piece: music as in a score or a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from math import ceil
from typing import Any

from musiclstm.music.timeline import stepwise


class TimeBase(str, Enum):
    """The unit of onsets, durations and ticks: quarter-note beats of a score, or seconds of a performance."""

    BEATS = "beats"
    SECONDS = "seconds"


@dataclass(frozen=True, order=True)
class Note:
    """A note. `onset` and `duration` are in the piece's time base (quarter-note beats or seconds)."""

    onset: float
    duration: float
    pitch: int
    velocity: int = 80
    part: int = 0

    @property
    def end(self) -> float:
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature, valid from `onset` (quarter-note beats), where a bar starts."""

    numerator: int = 4
    denominator: int = 4
    onset: float = 0.0

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter-note beats."""
        return 4 * self.numerator / self.denominator


@dataclass(frozen=True, slots=True)
class Part:
    """A voice or instrument: its name, General MIDI program 0..127, MIDI channel 0..15 and usual range.

    percussive: a drum kit, whose notes have no meaningful length: note-offs are neither trained nor generated, and
        playback ends each note after a short fixed time.
    """

    name: str
    program: int = 0
    channel: int = 0
    low: int = 0
    high: int = 127
    percussive: bool = False

    @property
    def centre(self) -> float:
        return (self.low + self.high) / 2

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Part:
        return Part(**values)


@dataclass(frozen=True, slots=True)
class Piece:
    """A whole piece.

    tempo: in BPM (quarter notes), the mean where it changes; for pieces in seconds it is only what the file names.
    tempos: where the tempo of a piece in beats changes, (beat, BPM) of each tempo from beat 0 on; else empty.
    markers: (onset, text), as chord names; written, and read by `midifile.markers`.
    source: the file it was read from; warnings: what was guessed in reading it.
    """

    notes: tuple[Note, ...]
    base: TimeBase = TimeBase.BEATS
    meters: tuple[Meter, ...] = (Meter(),)
    tempo: float = 120.0
    parts: tuple[Part, ...] = field(default=(Part("piano"),))
    title: str = ""
    tempos: tuple[tuple[float, float], ...] = ()
    markers: tuple[tuple[float, str], ...] = ()
    source: str = field(default="", compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def length(self) -> float:
        """When the last note ends, in the piece's time base."""
        return max((note.end for note in self.notes), default=0.0)

    @property
    def last_tempo(self) -> float:
        """BPM at its end."""
        return next((tempo for _, tempo in reversed(self.tempos)), self.tempo)

    @property
    def bars(self) -> float:
        """How many bars a piece in beats has, each by its own meter; one that a new meter cuts short is a bar, too."""
        bars, end = 0.0, self.length
        meters = self.meters or (Meter(),)
        for meter, following in zip(meters, (*meters[1:], None), strict=True):
            if following is None or following.onset >= end:
                return bars + max(0.0, end - meter.onset) / meter.bar_beats
            bars += ceil(round((following.onset - meter.onset) / meter.bar_beats, 6))
        return bars

    def clock(self) -> Callable[[float], float]:
        """From the piece's time base to seconds."""
        if self.base is TimeBase.SECONDS:
            return lambda time: time
        return stepwise((beat, 60 / tempo) for beat, tempo in self.tempos or ((0.0, self.tempo),))
