"""Errors a person may see.

The message of each is one line that says what is wrong and what to do; the log keeps the details. Code raises these,
adapters translate third parties' exceptions into them, and `cli` and the window's message line are where they end.
"""

from __future__ import annotations


class MusicLSTMError(Exception):
    """Anything that stops what a person asked for; `str(error)` is one line for them."""


class MidiFileError(MusicLSTMError):
    """A Standard MIDI File that is missing, unreadable, empty, or cannot be written."""


class ModelError(MusicLSTMError):
    """A model that is unknown, or a model file that is not one or does not fit."""


class PortError(MusicLSTMError):
    """A MIDI port or synthesiser that is unknown, busy, or went away."""


class CorpusError(MusicLSTMError):
    """A corpus or folder with nothing to learn from."""


class UsageError(MusicLSTMError):
    """A command or option that makes no sense, such as a negative tempo."""


class EngineError(MusicLSTMError):
    """The engine process could not be started, or ended by itself."""
