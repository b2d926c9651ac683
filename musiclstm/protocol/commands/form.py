"""The form: sections, the songs of the set list, and its file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """Go to this section (A to H) of the song at the next bar line, or at once while it is stopped."""

    letter: str


@dataclass(frozen=True, slots=True)
class NextSection:
    """Move on to the section that follows, at the next bar line."""


@dataclass(frozen=True, slots=True)
class StoreSection:
    """Store what is set now as this section (A to H): controls, parts' modes and mutes, chords, model and tempo."""

    letter: str


@dataclass(frozen=True, slots=True)
class SetChain:
    """Set the order in which the song's sections follow one another, such as `A×4 B A`; empty: only by hand."""

    text: str


@dataclass(frozen=True, slots=True)
class Song:
    """Go to the beginning of a song of the set list, counted from 1, at the next bar line; 0 is the next song."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class AddSong:
    """Add a song without sections to the end of the set list, and go there; what is set stays as it is."""

    title: str = ""


@dataclass(frozen=True, slots=True)
class RenameSong:
    """Rename a song, counted from 1."""

    number: int
    title: str


@dataclass(frozen=True, slots=True)
class MoveSong:
    """Move a song to another place in the set list, both counted from 1."""

    number: int
    place: int


@dataclass(frozen=True, slots=True)
class RemoveSong:
    """Remove a song, counted from 1, from the set list; not the one that plays."""

    number: int


@dataclass(frozen=True, slots=True)
class RestoreSong:
    """Bring back the song that was removed last, where it was."""


@dataclass(frozen=True, slots=True)
class LoadSetList:
    """Load the songs and their sections from a file, and begin with the first one at the next bar line.

    Its models are opened first. play: start playing then. Answered by `FormChanged` or a serious `Notice`.
    """

    file: str
    play: bool = False


@dataclass(frozen=True, slots=True)
class SaveSetList:
    """Write the songs and their sections to a file. Answered by `Saved` or a serious `Notice`."""

    file: str
