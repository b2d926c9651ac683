"""The chord that a player of a band plays, from what sounded in its parts during the last bar.

A chord is looked for in the present beat, up to now, then in each beat before it, and last in the whole bar, so that a
line of single notes has one too. The first that is clear counts. A pure function of what was played: going back in time
brings it back exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from musiclstm.music.chord_recognition import recognise, weighed
from musiclstm.music.chord_symbol import ChordSymbol

MOST_NOTES = 128
"""Notes of a bar that are remembered."""
_SOUNDS = 1 << 60  # the end of a note that has none yet

Notes = tuple[tuple[int, int, int, int], ...]
"""(part, pitch, tick of its begin, tick of its end) of each."""


@dataclass(frozen=True, slots=True)
class PlayedNotes:
    """The notes of the last bar, in the order in which they began, in the band's ticks and parts."""

    notes: Notes = ()

    def started(self, tick: int, part: int, pitch: int, bar: int) -> PlayedNotes:
        """What is remembered after a note has started. bar: its length in ticks."""
        kept = [note for note in self.notes if note[3] > tick - bar]
        return PlayedNotes((*kept[1 - MOST_NOTES :], (part, pitch, tick, _SOUNDS)))

    def ended(self, tick: int, part: int, pitch: int) -> PlayedNotes:
        return PlayedNotes(
            tuple(
                (*note[:3], tick) if note[3] == _SOUNDS and note[:2] == (part, pitch) else note for note in self.notes
            )
        )

    def chord(self, tick: int, beat: int, bar: int, origin: int, transposed: Sequence[int]) -> ChordSymbol | None:
        """The chord at a tick; None where none was clear for a bar.

        beat, bar: ticks. origin: of a bar line. transposed: semitones by which each part sounds higher.
        """
        begin = tick - (tick - origin) % beat
        now = tick + 1  # what begins just now counts, too
        beats = [(begin - back, min(now, begin - back + beat)) for back in range(0, bar, beat)]
        for since, until in (*beats, (now - bar, now)):
            found = _chord_of(tuple(self._between(since, until, transposed)), until - since, beat)
            if found is not None:
                return found
        return None

    def _between(self, since: int, until: int, transposed: Sequence[int]) -> Iterable[tuple[int, int, int]]:
        """(pitch, begin, end) of what sounds from `since` to `until`, counted from there."""
        for part, pitch, begin, end in self.notes:
            if begin < until and end > since:
                yield pitch + transposed[part], max(begin, since) - since, min(end, until) - since

    @property
    def is_sound(self) -> bool:
        """Whether it can be used; it may come from another process."""
        notes: tuple[tuple[object, ...], ...] = self.notes
        return len(notes) <= MOST_NOTES and all(
            len(note) == 4 and all(type(number) is int for number in note) for note in notes
        )


@lru_cache(4096)
def _chord_of(notes: tuple[tuple[int, int, int], ...], length: int, beat: int) -> ChordSymbol | None:
    """The chord of some notes (pitch, begin, end) within a span of ticks. The first half of a beat counts twice."""
    middle = length / 2 if length <= beat else 0.0
    found = recognise([(pitch, weighed(begin, end, middle)) for pitch, begin, end in notes])
    return None if found is None else ChordSymbol(f"{found.root_name}{found.kind.suffix}", found.root, found.kind.tones)
