"""A chord track: which chord holds at which beat, and which one comes next."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import floor, inf

from musiclstm.errors import UsageError
from musiclstm.music.chord_symbol import ChordError, ChordSymbol, parse

MOST_CHORDS = 2000
_NEAR = 1e-6
"""Beats before a chord that are in it already: where a place ends, rounding or not, the next one begins."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a track a beat lies: its chord (None: no chord), and the next one; from when until when, in beats."""

    chord: ChordSymbol | None
    begin: float
    end: float
    coming: ChordSymbol | None


@dataclass(frozen=True, slots=True)
class ChordTrack:
    """starts: beats at which a chord begins, ascending from 0. length: beats until it begins again (`loops`) or ends.

    After the end of one that does not loop, there is no chord. `text` is what it was made from.
    """

    starts: tuple[float, ...]
    chords: tuple[ChordSymbol | None, ...]
    length: float
    loops: bool = True
    text: str = ""

    def at(self, beat: float) -> Place:
        """The place of a beat, counted from the track's beginning; a beat before that is one of the round before."""
        beat += _NEAR
        if not self.chords or (not self.loops and not 0 <= beat < self.length):
            return Place(None, -inf, 0.0 if beat < 0 and self.chords else inf, self.chords[0] if beat < 0 else None)
        turn = floor(beat / self.length) * self.length if self.loops else 0.0
        index = max(0, bisect_right(self.starts, beat - turn) - 1)
        last = index + 1 == len(self.starts)
        end = self.length if last else self.starts[index + 1]
        coming = (self.chords[0] if self.loops else None) if last else self.chords[index + 1]
        return Place(self.chords[index], turn + self.starts[index], turn + end, coming)


def read(text: str, bar: float = 4.0, *, loops: bool = True) -> ChordTrack:
    """The track of a line such as `Dm7 | G7 C/E | % |`: a bar of `bar` beats between bar lines.

    Chords share their bar evenly. `%` is the bar, or within a bar the chord, before; an empty bar goes on with its
    chord. Raises ChordError, whose line says in which bar what is wrong.
    """
    bars = [words.split() for words in text.replace("\n", " | ").replace("||", "|").split("|")]
    while bars and not bars[0]:
        bars.pop(0)
    while bars and not bars[-1]:
        bars.pop()
    if not bars:
        raise UsageError('There is no chord in it; write chords and bar lines, as in "Dm7 | G7 | C".')
    starts: list[float] = []
    chords: list[ChordSymbol | None] = []
    before: list[ChordSymbol | None] = []
    for number, words in enumerate(bars):
        found: list[ChordSymbol | None] = []
        if words == ["%"] or not words:
            if not before:
                raise ChordError(words[0] if words else "", f"Bar {number + 1}: there is no bar before it to repeat.")
            found = before if words else before[-1:]
        for word in words if words != ["%"] else ():
            found.append(_chord(word, found or before, number + 1))
        starts += [(number + index / len(found)) * bar for index in range(len(found))]
        chords += found
        before = found
        if len(chords) > MOST_CHORDS:
            raise UsageError(f"A chord track has at most {MOST_CHORDS} chords.")
    return ChordTrack(tuple(starts), tuple(chords), len(bars) * bar, loops, text)


def _chord(word: str, before: list[ChordSymbol | None], bar: int) -> ChordSymbol | None:
    if word == "%" and before:
        return before[-1]
    try:
        return parse(word)
    except ChordError as error:
        raise ChordError(word, f"Bar {bar}: {error}") from None
