"""Ableton Link, by the optional package aalink."""

from __future__ import annotations


class LinkClock:
    """A `Clock` in a Link session: tempo and beat are shared with the peers, and `set_tempo` sets everyone's.

    quantum: beats to a bar; `start(beat)` waits for the session's bar. Raises UsageError where aalink is missing.
    """

    def __init__(self, tempo: float = 120.0, quantum: float = 4.0) -> None:
        raise NotImplementedError

    @property
    def peers(self) -> int:
        raise NotImplementedError
