"""What the engine does, kept up to date in the message line."""

from __future__ import annotations

from PySide6.QtCore import QObject

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.message_line import MessageLine
from musiclstm.gui.bar.state_text import figures_text, state_text
from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.telemetry import EndChanged, Exited, Heard, Loaded, Status


class StateLine(QObject):
    """axis: says which bars go round. title: the model's, until the engine reports it."""

    def __init__(self, bridge: Bridge, line: MessageLine, axis: TimeAxis, title: str) -> None:
        super().__init__(line)
        self._line, self._axis, self._title = line, axis, title
        self._status: Status | None = None
        self._hearing = False  # a take
        self._end: float | None = None  # the beat at which the music ends
        bridge.status.connect(self._take_status)
        bridge.loaded.connect(self._take_loaded)
        bridge.heard.connect(self._take_heard)
        bridge.loop_changed.connect(lambda _message: self._show())
        bridge.end_changed.connect(self._take_end)
        bridge.exited.connect(self._take_exit)

    def _take_status(self, status: Status) -> None:
        self._status = status
        self._show()
        self._line.show_figures(figures_text(status))

    def _take_loaded(self, message: Loaded) -> None:
        self._title = message.title

    def _take_heard(self, message: Heard) -> None:
        self._hearing = message.file is not None
        self._show()

    def _take_end(self, message: EndChanged) -> None:
        self._end = message.end
        self._show()

    def _take_exit(self, message: Exited) -> None:
        self._end, self._hearing = None, False
        self._status = None  # until it says that it plays
        self._line.show_state(
            "The engine starts again."
            if message.restarting
            else "The engine has ended. Start the program again to play on."
        )

    def _show(self) -> None:
        if self._status is not None:
            self._line.show_state(
                state_text(self._title, self._status, self._loop(), self._bars_left(), hearing=self._hearing)
            )

    def _bars_left(self) -> int | None:
        """How many bars have not begun yet before the end; None if there is no end."""
        if self._end is None or self._status is None:
            return None
        number = self._axis.bars.number
        return max(0, number(self._end - 1e-3) - number(self._status.beat))

    def _loop(self) -> str:
        if self._axis.loop is None:
            return ""
        start, end = self._axis.loop
        first, last = (self._axis.bars.number(beat) + 1 for beat in (start, end - 1e-3))
        return f"bars {first} to {last}" if last > first else f"bar {first}"
