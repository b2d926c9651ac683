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
from musiclstm.cli.closing import Close, Closing
from musiclstm.engine.recording.library import Library
from musiclstm.engine.recording.take import save
from musiclstm.engine.supervision.host import EngineHost
from musiclstm.errors import EngineError, MusicLSTMError, UsageError, reason
from musiclstm.files import check_writable, is_folder
from musiclstm.protocol.commands import Command, LoadSetList, SetSync
from musiclstm.protocol.options import EngineOptions
from musiclstm.protocol.telemetry import Exited, FormChanged, Loaded, Notice, Played, Saved, Status, Telemetry

Report = Callable[[str], None]
"""Shows a line to the person."""

# On Windows a waiting main thread notices Ctrl-C only when it wakes.
_WAKE = 0.25
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class _StopRequest:
    """A signal was received. number: which."""

    def __init__(self, number: int) -> None:
        self.number = number


def print_line(line: str) -> None:
    """Print at once, also into a pipe."""
    print(line, flush=True)


def play(
    options: EngineOptions,
    seconds: float | None = None,
    record: str | None = None,
    report: Report = print_line,
    commands: tuple[Command, ...] = (),
    close: Close | None = None,
) -> int:
    """Play until `seconds` of music are over (None: for ever), or a signal or the engine ends it; 0 if that went well.

    record: a MIDI file, written from the journal at the end, whatever the reason for it; if this very process is
    killed, the take can be recovered. commands: sent to the engine before playing starts. close: None: it just stops.
    Call it from the main thread. Raises MusicLSTMError if playing cannot start, the engine keeps failing, or the file
    cannot be written.
    """
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds must be above 0, not {seconds:g}")
    if record is not None:
        _check_record(Path(record))
    inbox: SimpleQueue[Telemetry | _StopRequest] = SimpleQueue()
    host = EngineHost(options, inbox.put)
    with _signals(lambda number: inbox.put(_StopRequest(number))):
        try:
            host.start()
            for command in commands:
                host.send(command)
            leader = next((each.port for each in commands if isinstance(each, SetSync)), None)
            songs = any(isinstance(each, LoadSetList) for each in commands)
            _Monitor(inbox, report, seconds, close or Close(), host.send, leader, songs=songs).run()
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
    """Reports what a person should read, until playing is over.

    leader: the port whose MIDI clock is followed. songs: a set list is to be played; it is loaded after the model.
    """

    def __init__(
        self,
        inbox: SimpleQueue[Telemetry | _StopRequest],
        report: Report,
        seconds: float | None,
        close: Close,
        send: Callable[[Command], None],
        leader: str | None = None,
        *,
        songs: bool = False,
    ) -> None:
        self._inbox = inbox
        self._report = report
        self._seconds = seconds
        self._close = close
        self._closing = Closing(close, send, report, stays=songs)
        self._songs = songs
        self._form: FormChanged | None = None
        self._loaded: Loaded | None = None
        self._leader = leader
        self._introduced = self._waiting = self._heard = False
        self._until: float | None = None  # when so many seconds are over

    def run(self) -> None:
        while (now := time.monotonic()) < self._closing.over:
            if self._until is not None and now >= self._until:
                self._until = None
                self._closing.stop(now)
                continue
            wait = min(_WAKE, self._closing.over - now, _WAKE if self._until is None else self._until - now)
            try:
                message = self._inbox.get(timeout=max(0.0, wait))
            except Empty:
                continue
            if isinstance(message, _StopRequest):
                if message.number != signal.SIGINT:
                    return
                self._closing.stop(time.monotonic())
            elif self._is_over(message):
                return

    def _is_over(self, message: Telemetry) -> bool:
        self._closing.hear(message, time.monotonic())
        if isinstance(message, Notice):
            if message.serious and self._loaded is None:
                raise EngineError(message.text)
            self._report(message.text)
        elif isinstance(message, Loaded):
            self._loaded = message
        elif isinstance(message, FormChanged):
            self._follow(message)
        elif isinstance(message, Status) and self._loaded is not None and not self._introduced:
            if self._songs and self._form is None:
                return False  # the tempo is still the model's
            if message.sync == "midi" and not self._heard:
                self._wait(self._loaded.title)
                return False
            self._introduced = True
            self._introduce(message, self._loaded.title)
        elif isinstance(message, Played):
            self._heard = True
            if self._seconds is not None:
                self._until, self._seconds = time.monotonic() + self._seconds, None
        elif isinstance(message, Saved):
            self._report(f"Saved {message.file}")
        elif isinstance(message, Exited) and not message.restarting:
            if message.code:
                raise EngineError(self._reason())
            return True
        return False

    def _follow(self, form: FormChanged) -> None:
        last, self._form = self._form, form
        if last is not None and last.letter and form.sections and not form.letter:
            title = form.songs[form.song] if form.song >= 0 else ""
            self._report(
                f"{title or 'The song'} ends. Play begins it again, Next song and Play the next one (by a pedal, a pad "
                "or OSC). Press Ctrl-C to stop."
            )

    def _wait(self, title: str) -> None:
        if not self._waiting:
            self._waiting = True
            origin = "" if self._leader is None else f" from {self._leader}"
            self._report(f"{title} waits for MIDI clock{origin}. Press Ctrl-C to stop.")

    def _introduce(self, status: Status, title: str) -> None:
        where = "silently" if status.output == "null" else f"to {status.output}"
        ends = "" if self._close.bars is None else f" It ends with bar {self._close.bars}."
        stops = "to stop" if self._close.within is None else "to let it come to a close"
        self._report(f"Playing {title} {where} at {status.tempo:g} BPM.{ends} Press Ctrl-C {stops}.")
        if not status.output_alive:
            self._report(f"The output {status.output} is not available; it is reconnected when it returns.")

    def _reason(self) -> str:
        """The notice that the host sends after the engine's last end."""
        try:
            while True:
                message = self._inbox.get(timeout=1)
                if isinstance(message, Notice):
                    return message.text
        except Empty:
            return f"The engine ended; {paths.engine_log()} has the details."


def _check_record(path: Path) -> None:
    """Before hours are played. Raises UsageError."""
    if not is_folder(folder := path.absolute().parent):
        raise UsageError(f"There is no folder {folder} to record to; make it first")
    try:
        check_writable(path)
    except OSError as error:
        raise UsageError(f"--record {path} cannot be written: {reason(error)}; choose another file") from error


def _write(options: EngineOptions, session: str, file: str, report: Report) -> None:
    folder = paths.journal(options.journal)
    save(folder, session, file)
    Library(folder).mark_saved(session, str(Path(file).resolve()))
    report(f"Saved {file}")


@contextmanager
def _signals(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Call `on_signal` for the signals that would end the process, instead of ending it, while the block lasts."""

    def handle(number: int, _frame: FrameType | None) -> None:
        on_signal(number)

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
