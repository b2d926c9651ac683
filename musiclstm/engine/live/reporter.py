"""Reporter: telemetry goes to the host, to OSC and to the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from musiclstm.engine.clock.base import Change, Clock, ClockChange
from musiclstm.engine.recording.journal import Journal, line_of
from musiclstm.engine.recording.keep import Keep
from musiclstm.engine.scheduler.scheduler import Sent
from musiclstm.errors import EngineError
from musiclstm.music import midi_message
from musiclstm.protocol import telemetry
from musiclstm.protocol.commands import Command

if TYPE_CHECKING:
    from musiclstm.engine.live.osc_server import OscServer

# A clock that follows is corrected all the time; the journal gets what a tempo map needs.
_TEMPO = 0.001


class Reporter:
    """Owns the journal and the OSC server. `emit` and `problem` may be called from any thread and never block.

    hearer: gets all telemetry too, from any thread, and never blocks.
    send: to the host. resumed: the next start of the clock continues after a restart, and is not the person's.
    """

    def __init__(self, send: Callable[[telemetry.Telemetry], None], clock: Clock, *, resumed: bool) -> None:
        self._send = send
        self.journal: Journal | None = None
        self._osc: OscServer | None = None
        self.hearer: Callable[[telemetry.Telemetry], None] = lambda _message: None
        self._clock = clock
        self._resumed = resumed
        self._tempo = 0.0
        clock.subscribe(self._clock_changed)

    def open_journal(self, folder: Path, session: str, keep: Keep) -> None:
        """Write to the journal of this session from now on; a failure is reported. keep: how long older ones stay."""
        self.journal = Journal(folder, session, self.problem, keep=keep)
        self.journal.start()
        self._write_tempo(time.perf_counter())

    def open_osc(
        self,
        port: int,
        on_command: Callable[[Command], object],
        subscribers: tuple[tuple[str, int], ...],
        on_subscribed: Callable[[], object],
    ) -> None:
        """Serve OSC from now on; a failure is reported. The arguments are those of `OscServer`."""
        # OSC is not always used, and its library would slow the start.
        from musiclstm.engine.live.osc_server import OscServer

        try:
            server = OscServer(port, on_command, subscribers, on_subscribed)
        except EngineError as error:
            self.problem(str(error))
            return
        server.start()
        self._osc = server

    @property
    def subscribers(self) -> tuple[tuple[str, int], ...]:
        """Who gets telemetry by OSC."""
        return () if self._osc is None else self._osc.subscribers

    def close(self, *, clean: bool) -> None:
        """Close OSC server and journal. clean: the session needs no recovery."""
        with ExitStack() as last:
            if self.journal is not None:
                last.callback(self.journal.close, clean=clean)
            if self._osc is not None:
                last.callback(self._osc.close)

    def emit(self, message: telemetry.Telemetry) -> None:
        self._send(message)
        self.hearer(message)
        if self._osc is not None:
            self._osc.emit(message)
        if self.journal is not None and (line := line_of(message, time.perf_counter())) is not None:
            self.journal.write(*line)

    def problem(self, text: str) -> None:
        """Emit a line that stays until it is read."""
        self.emit(telemetry.Notice(text, serious=True))

    def record_input(self, message: bytes, time: float) -> None:
        """Write a message that arrived at the input to the journal."""
        if self.journal is not None:
            self.journal.write("in", time, message.hex())

    def record_sent(self, sent: Sent) -> None:
        """Write to the journal what the person's pedals, wheels and knobs sent; `emit` writes notes. Any thread."""
        entry = sent.entry
        if self.journal is not None and entry.id < 0 and not midi_message.is_note(entry.message):
            self.journal.write("control", sent.time, round(entry.beat, 5), entry.message.hex())

    def _clock_changed(self, change: ClockChange) -> None:
        if self.journal is None:
            return
        if abs(self._clock.timeline.tempo - self._tempo) > _TEMPO * self._tempo:
            self._write_tempo(change.time)
        if change.change is Change.STOP:
            self.journal.write("stop", change.time)
        elif change.change is Change.START:
            self.journal.write("resume" if self._resumed else "play", change.time)
            self._resumed = False

    def _write_tempo(self, seconds: float) -> None:
        self._tempo = self._clock.timeline.tempo
        if self.journal is not None:
            self.journal.write("tempo", seconds, self._tempo)
