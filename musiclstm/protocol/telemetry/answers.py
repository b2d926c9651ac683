"""Answers, notices, and the engine's end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Saved:
    """The take was written to this file."""

    file: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Other music was found for bars, from beat `start` to `end`: MIDI files with the bars around them.

    The one that fits best comes first. nats: for each file, the cost of what is kept (the bars after these, and other
    parts), given its bars; original: given what was played. No files: there is no answer, and a serious `Notice` says
    why.
    """

    start: float
    end: float
    original: float
    files: tuple[str, ...]
    nats: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI file is played to listen to, so far `seconds` of `length`; None: no more."""

    file: str | None
    seconds: float = 0.0
    length: float = 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person; a serious one stays until it is read, `details` are for the log."""

    text: str
    serious: bool = False
    details: str = ""


@dataclass(frozen=True, slots=True)
class Exited:
    """The engine process ended; `restarting` tells whether the host starts it again."""

    code: int | None
    restarting: bool
