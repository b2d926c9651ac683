"""Closing: how a stream ends. After so many bars or by Ctrl-C the music comes to a close; or it just stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from musiclstm.protocol.commands import Command, End
from musiclstm.protocol.telemetry import EndChanged, Exited, Loaded, Status, Telemetry
from musiclstm.words import counted

_AHEAD = 8  # bars before the last one, from which on the engine knows of the end
_ANSWER = 2.0  # seconds for the engine to say that it will end
_EARLY = 0.5  # beats by which the clock may run before the music
_RING = 1.0  # seconds for the last notes to ring


@dataclass(frozen=True, slots=True)
class Close:
    """How the music comes to a close; None where it does not.

    bars: after how many. within: in how many, once the time is over or Ctrl-C asks for it. ritardando, fade: as `End`.
    """

    bars: int | None = None
    within: int | None = None
    ritardando: bool = False
    fade: bool = False


class Closing:
    """Asks the engine to end, and hears when it has. All times are of one clock, in seconds.

    over: when all is over; inf while that is not known. stays: not by an end that it has not asked for itself, such as
    that of a song.
    """

    def __init__(
        self, close: Close, send: Callable[[Command], None], report: Callable[[str], None], *, stays: bool = False
    ) -> None:
        self.over = inf
        self._stays = stays
        self._close, self._send, self._report = close, send, report
        self._bar = 4.0
        self._begin: float | None = None  # the beat at which the music began
        self._wanted = False  # a close has been asked for by `stop`
        self._asked = -inf  # when the engine was asked last
        self._ends = False  # it has said that it will
        self._called_off = False

    def stop(self, now: float) -> None:
        """The time is over, or somebody wants it to end: by a close if there is to be one, at once otherwise."""
        if self._close.within is None or self._wanted or self._ends or self._begin is None:
            self.over = now
            return
        self._wanted, self._called_off = True, False
        self._ask(now)
        self.over = now + _ANSWER
        self._report(f"It comes to a close in {counted(self._close.within, 'bar')}. Ctrl-C stops it at once.")

    def hear(self, message: Telemetry, now: float) -> None:
        if isinstance(message, Loaded):
            self._bar = message.bar_beats
        elif isinstance(message, Exited):
            self._ends, self._asked = False, -inf  # an engine that is started again knows nothing of it
        elif isinstance(message, EndChanged):
            self._end_changed(message)
        elif isinstance(message, Status):
            self._status(message, now)

    def _end_changed(self, message: EndChanged) -> None:
        if message.end is not None:
            self._ends, self._called_off, self.over = True, False, inf
        elif self._ends:
            self._called_off = True  # or it is over: the next status says which

    def _status(self, status: Status, now: float) -> None:
        if not status.playing or status.counting:
            if self._ends and self._stays and self._asked == -inf:
                self._ends = self._called_off = False
            elif self._ends:
                self._ends, self.over = False, now + _RING
            return
        if self._called_off and self._ends:
            self._ends = self._wanted = False
            self._report("The end was called off.")
        if self._begin is None:
            self._begin = status.beat + _EARLY
        if self._ends or self._called_off or self.over < inf:
            return
        left = inf if self._close.bars is None else self._close.bars - (status.beat - self._begin) / self._bar
        if left < -1:
            self.over = now  # it could not be asked to end, and was told why
        elif (left < _AHEAD + 1 or self._wanted) and now - self._asked > _ANSWER:
            self._ask(now)

    def _ask(self, now: float) -> None:
        self._asked = now
        close = self._close
        if self._wanted:
            self._send(End(close.within or 1, close.ritardando, close.fade))
        else:
            self._send(End(close.bars or 1, close.ritardando, close.fade, self._begin))
