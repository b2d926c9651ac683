"""Form: sections A to H, the songs made of them, and the set list of an evening; `musiclstm.set_list` is its file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from musiclstm.errors import UsageError

LETTERS = "ABCDEFGH"
"""The letters of the sections of a song."""
AT_END = ("stop", "repeat", "end")
"""What a chain does when it is through: stop at the bar line, begin again, or come to a close of its own."""
LONGEST_CHAIN = 1000
MOST_SONGS = 200
LONGEST_TITLE = 200
MOST_BARS = 10_000


@dataclass(frozen=True, slots=True)
class PartOfSection:
    """How a part is played; None where the section leaves it as it was. mode: see `SetPart`."""

    mode: str | None = None
    mute: bool | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What a section sets; all else stays as it was.

    controls: values by name. parts: by number, from 0. chords: a chord track that goes round while it lasts; "": none
    lead. model: the name of a model or band, "" for the song's. tempo: BPM. bars: how long it lasts in a chain; None:
    until somebody moves on.
    """

    controls: Mapping[str, float | int | bool | str | None] = field(default_factory=dict)
    parts: Mapping[int, PartOfSection] = field(default_factory=dict)
    chords: str = ""
    model: str = ""
    tempo: float | None = None
    bars: int | None = None


@dataclass(frozen=True, slots=True)
class Song:
    """sections: by letter. chain: letters in the order in which they follow. at_end: one of `AT_END`.

    model, tempo: those of sections that have none; "", None: as they are. fill: how much denser it becomes before a
    section changes, 0..1, in the last `fill_bars`, at most 1.
    """

    title: str = ""
    sections: Mapping[str, Section] = field(default_factory=dict)
    chain: tuple[str, ...] = ()
    at_end: str = "stop"
    model: str = ""
    tempo: float | None = None
    fill: float = 0.0
    fill_bars: float = 1.0

    @property
    def opening(self) -> str:
        """The letter of its first section: the chain's, or else the first of the alphabet; "" for none."""
        return self.chain[0] if self.chain else min(self.sections, default="")

    def tempo_of(self, letter: str) -> float | None:
        """The tempo of a section, or else of the song; None: it stays as it is."""
        section = self.sections.get(letter)
        return self.tempo if section is None or section.tempo is None else section.tempo

    def model_names(self, default: str) -> tuple[str, ...]:
        """The models and bands that play it, the first one first. default: plays where the song names none."""
        opening = self.sections.get(self.opening, Section())
        return tuple(dict.fromkeys((opening.model or self.model or default, *self.models())))

    def models(self) -> tuple[str, ...]:
        """The models and bands that it names, each once."""
        named = (self.model, *(section.model for section in self.sections.values()))
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True, slots=True)
class SetList:
    """The songs of an evening, in order; there is at least one."""

    songs: tuple[Song, ...] = (Song(),)
    title: str = ""

    def models(self) -> tuple[str, ...]:
        """The models and bands of all songs, each once."""
        return tuple(dict.fromkeys(name for song in self.songs for name in song.models()))


_STEP = re.compile(r"([A-H])(?:\s*[×xX*]\s*([0-9]{1,4}))?[\s,|-]*")


def read_chain(text: str) -> tuple[str, ...]:
    """The letters of a chain such as `A×4 B C` or `A A B A`; `x` and `*` stand for ×. Raises UsageError."""
    chain: list[str] = []
    at, text = 0, text.strip()
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or (found[2] is not None and not 0 < int(found[2]) <= LONGEST_CHAIN):
            raise UsageError(f'A chain is made of the letters A to H, as in "A×4 B A"; "{text[at : at + 20]}" is not.')
        chain += found[1] * int(found[2] or 1)
        at = found.end()
        if len(chain) > LONGEST_CHAIN:
            raise UsageError(f"A chain has at most {LONGEST_CHAIN} sections.")
    return tuple(chain)


def chain_text(chain: Sequence[str]) -> str:
    """A chain as `read_chain` reads it."""
    runs = ((letter, len(list(run))) for letter, run in groupby(chain))
    return " ".join(letter if count == 1 else f"{letter}×{count}" for letter, count in runs)
