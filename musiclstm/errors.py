"""Errors that a person may see.

The message of each is one line that names the thing, the cause and the way out; the log keeps the details. Adapters
translate third parties' exceptions into these; `cli` and the window's message line show them.
"""

from __future__ import annotations

import re

# A word with more letters, such as a number of thousands of digits, is quoted only in part.
_LONG_WORD = re.compile(r"(\S{100})\S{400,}")


def one_line(text: str) -> str:
    """A text that may quote a file or its name, for a person: it neither breaks a line nor controls a terminal.

    Bytes of a name that are no UTF-8 stay; Python escapes them where it prints to stderr.
    """
    return " ".join(without_controls(text).split())


def without_controls(text: str) -> str:
    """The same with a blank for each character that would control a terminal."""
    return "".join(each if each.isprintable() or "\ud800" <= each <= "\udfff" else " " for each in text)


def as_text(name: str) -> str:
    """A file's name, in which bytes that are no UTF-8 become question marks (U+FFFD)."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def printable(name: str) -> str:
    """A file's name for a person: `as_text`, in one line."""
    return one_line(as_text(name))


class MusicLSTMError(Exception):
    """Anything that prevents what a person asked for; `str(error)` is one line for them."""

    def __str__(self) -> str:
        return _LONG_WORD.sub(r"\1…", one_line(super().__str__()))


class MidiFileError(MusicLSTMError):
    """A Standard MIDI File that is missing, unreadable, empty, or cannot be written."""


class ModelError(MusicLSTMError):
    """A model that is unknown, or a model file that is invalid or does not fit."""


class PortError(MusicLSTMError):
    """A MIDI port or synthesiser that is unknown, busy or disconnected."""


class CorpusError(MusicLSTMError):
    """A corpus or folder with nothing to train on."""


class TrainingError(MusicLSTMError):
    """Training that came to nothing, or had to stop early."""


class UsageError(MusicLSTMError):
    """A command or option that makes no sense, such as a negative tempo."""


class CannotGoOnError(UsageError):
    """A training that was stopped, with a checkpoint that is of no use now: it can only begin again."""


class EngineError(MusicLSTMError):
    """The engine process could not be started or ended unexpectedly, or its journal cannot be read or written."""


def reason(error: Exception) -> str:
    """Why something failed, in the words of the system where it was the system's."""
    if isinstance(error, UnicodeDecodeError):
        return "it is no text in UTF-8"
    return (isinstance(error, OSError) and error.strerror) or str(error)
