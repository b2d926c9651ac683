"""NoteLedger: which notes sound where, in memory that another process can read."""

from __future__ import annotations

from collections.abc import Iterator

PORTS = 8
CHANNELS = 16
PITCHES = 128


class NoteLedger:
    """Counts of sounding notes, (ports, channels, pitches), in shared memory.

    The scheduler counts a note up *before* it sends the note-on and down *after* it sent the note-off, so whoever reads it when
    the writer was killed finds every note that may sound. One writer; a count is one byte, so readers need no lock.

    Made by the host (`NoteLedger()`), attached to by the engine process (`NoteLedger(name)`), which must be a child by
    `multiprocessing` (they share a resource tracker). `close` both, `unlink` by the maker.
    """

    def __init__(self, name: str | None = None) -> None:
        raise NotImplementedError

    @property
    def name(self) -> str:
        """What another process attaches by."""
        raise NotImplementedError

    def set_port(self, port: int, name: str) -> None:
        """Say which port the number stands for, so that another process can open it. Cut at 255 bytes of UTF-8."""

    def port(self, port: int) -> str:
        """The name of that port, or '' if it has none."""
        raise NotImplementedError

    def begin(self, port: int, channel: int, pitch: int) -> None:
        """Count a note up (at most 255)."""

    def end(self, port: int, channel: int, pitch: int) -> bool:
        """Count a note down; False if none sounded."""
        raise NotImplementedError

    def count(self, port: int, channel: int, pitch: int) -> int:
        raise NotImplementedError

    def sounding(self, port: int | None = None) -> Iterator[tuple[int, int, int, int]]:
        """(port, channel, pitch, count) of every sounding note, of one port or all."""
        raise NotImplementedError

    def clear(self) -> None:
        """Count everything as silent (after the host ended the notes)."""

    def close(self) -> None:
        """Let go of the memory. Idempotent."""

    def unlink(self) -> None:
        """Free the memory (by its maker, once)."""
