"""The stream: playing without a window, from the engine's options to the last note."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from musiclstm import paths
from musiclstm.engine.recording.library import Library
from musiclstm.engine.recording.take import save
from musiclstm.engine.supervision.host import EngineHost
from musiclstm.errors import EngineError, MusicLSTMError, UsageError
from musiclstm.protocol.commands import Command
from musiclstm.protocol.options import EngineOptions
from musiclstm.protocol.telemetry import Exited, Loaded, Notice, Played, Saved, Status, Telemetry

Report = Callable[[str], None]
"""Shows a line to the person."""

# On Windows a waiting main thread notices Ctrl-C only when it wakes.
_WAKE = 0.25
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class _StopRequest:
    """A signal was received."""


def print_line(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


def play(
    options: EngineOptions,
    seconds: float | None = None,
    record: str | None = None,
    report: Report = print_line,
    commands: tuple[Command, ...] = (),
) -> int:
    """Play until `seconds` of music are over (None: for ever), or a signal or the engine ends it; 0 if that went well.

    record: a MIDI file, written from the journal at the end, whatever the reason for it; if this very process is
    killed, the take can be recovered. commands: sent to the engine before playing starts.
    Call it from the main thread. Raises MusicLSTMError if playing cannot start, the engine keeps failing, or the file
    cannot be written.
    """
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds must be above 0, not {seconds:g}")
    if record is not None and not (folder := Path(record).resolve().parent).is_dir():
        raise UsageError(f"There is no folder {folder} to record to; make it first")
    inbox: SimpleQueue[Telemetry | _StopRequest] = SimpleQueue()
    host = EngineHost(options, inbox.put)
    with _signals(lambda: inbox.put(_StopRequest())):
        try:
            host.start()
            for command in commands:
                host.send(command)
            _Monitor(inbox, report, seconds).run()
        except MusicLSTMError:
            host.close()
            if record is not None:
                # What was played until then is worth having, but the first error is the one to show.
                with suppress(MusicLSTMError):
                    _write(options, host.session, record, report)
            raise
        host.close()
        if record is not None:
            _write(options, host.session, record, report)
    return 0


class _Monitor:
    """Reports what a person should read, until playing is over."""

    def __init__(self, inbox: SimpleQueue[Telemetry | _StopRequest], report: Report, seconds: float | None) -> None:
        self._inbox = inbox
        self._report = report
        self._seconds = seconds
        self._loaded: Loaded | None = None
        self._introduced = False
        self._end: float | None = None

    def run(self) -> None:
        while self._end is None or time.monotonic() < self._end:
            wait = _WAKE if self._end is None else min(_WAKE, max(0.0, self._end - time.monotonic()))
            try:
                message = self._inbox.get(timeout=wait)
            except Empty:
                continue
            if isinstance(message, _StopRequest) or self._is_over(message):
                return

    def _is_over(self, message: Telemetry) -> bool:
        if isinstance(message, Notice):
            if message.serious and self._loaded is None:
                raise EngineError(message.text)
            self._report(message.text)
        elif isinstance(message, Loaded):
            self._loaded = message
        elif isinstance(message, Status) and self._loaded is not None and not self._introduced:
            self._introduced = True
            where = "silently" if message.output == "null" else f"to {message.output}"
            self._report(f"Playing {self._loaded.title} {where} at {message.tempo:g} BPM. Press Ctrl-C to stop.")
            if not message.output_alive:
                self._report(f"The output {message.output} is not available; it is reconnected when it returns.")
        elif isinstance(message, Played) and self._end is None and self._seconds is not None:
            self._end = time.monotonic() + self._seconds
        elif isinstance(message, Saved):
            self._report(f"Saved {message.file}")
        elif isinstance(message, Exited) and not message.restarting:
            if message.code:
                raise EngineError(self._reason())
            return True
        return False

    def _reason(self) -> str:
        """The notice that the host sends after the engine's last end."""
        try:
            while True:
                message = self._inbox.get(timeout=1)
                if isinstance(message, Notice):
                    return message.text
        except Empty:
            return f"The engine ended; {paths.engine_log()} has the details."


def _write(options: EngineOptions, session: str, file: str, report: Report) -> None:
    folder = paths.journal(options.journal)
    save(folder, session, file)
    Library(folder).mark_saved(session, file)
    report(f"Saved {file}")


@contextmanager
def _signals(on_signal: Callable[[], None]) -> Iterator[None]:
    """Call `on_signal` for the signals that would end the process, instead of ending it, while the block lasts."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        on_signal()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
