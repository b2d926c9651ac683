"""Place: where in the set list it stands, what comes next, and what a change of section has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from musiclstm.music.form import Song
from musiclstm.protocol.controls import Value


@dataclass(frozen=True, slots=True)
class Place:
    """song, step: indices into the set list and what was removed from it, and into the song's chain (-1: not begun).

    letter: of the section that plays, "" before the first. begin: the clock's beat at which it began. over: the chain
    is through, and what is played ends at `begin`. bar: quarter notes in the bars that are counted from `begin`, 0
    before any are.
    """

    song: int = 0
    step: int = -1
    letter: str = ""
    begin: float = 0.0
    over: bool = False
    bar: float = 0.0


@dataclass(frozen=True, slots=True)
class Removed:
    """A song that was removed from the set list, and where it was. The past may still lead back to it."""

    song: Song
    index: int


@dataclass(frozen=True, slots=True)
class Coming:
    """The next change: at which beat, to where, and from which beat on it becomes denser before it.

    Only another section is led into: neither the same once more, nor the end.
    """

    at: float
    place: Place
    fill_from: float


@dataclass(frozen=True, slots=True)
class Before:
    """What a change of section has changed, as it was before.

    parts: (part, mode, mute) of the model of that name. chords: the text and the origin of those that led; None if they
    stayed.
    """

    controls: Mapping[str, Value] = field(default_factory=dict)
    model: str = ""
    parts: tuple[tuple[int, str, bool], ...] = ()
    tempo: float | None = None
    chords: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class ComingTempo:
    """The tempo of a section that begins at `beat`, in BPM."""

    beat: float
    bpm: float
