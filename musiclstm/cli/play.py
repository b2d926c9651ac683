"""Playing without a window: what `musiclstm play` does."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from musiclstm import paths
from musiclstm.engine.recording.recovery import mark_saved
from musiclstm.engine.recording.take import save
from musiclstm.engine.supervision.host import EngineHost
from musiclstm.errors import EngineError, MusicLSTMError, UsageError
from musiclstm.protocol.messages import (
    Command,
    EngineOptions,
    Exited,
    Loaded,
    Notice,
    Played,
    Saved,
    Status,
    Telemetry,
)

# A waiting main thread must wake now and then to notice Ctrl-C on Windows.
_WAKE = 0.25
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


class _Asked:
    """A signal asked for the end."""


def play(
    options: EngineOptions,
    seconds: float | None = None,
    record: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    commands: tuple[Command, ...] = (),
) -> int:
    """Play until `seconds` of music are over (None: for ever), or a signal or the engine ends it; gives the exit code.

    record: a MIDI file, written at the end from the journal, however the end came; if this very process is killed, the
    take can be recovered. say: gets each line for the person. commands: carried out before playing begins.
    Call it from the main thread. Raises MusicLSTMError if playing cannot begin, the engine keeps failing, or the file
    cannot be written.
    """
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds must be above 0, not {seconds:g}")
    if record is not None and not Path(record).resolve().parent.is_dir():
        raise UsageError(f"there is no folder {Path(record).resolve().parent} to record into")
    heard: SimpleQueue[Telemetry | _Asked] = SimpleQueue()
    host = EngineHost(options, heard.put)
    with _signals(lambda: heard.put(_Asked())):
        try:
            host.start()
            for command in commands:
                host.send(command)
            _Player(heard, say, seconds).run()
        except MusicLSTMError:
            host.close()
            if record is not None:
                # What was played until then is worth having; why it ended is what must be said.
                with suppress(MusicLSTMError):
                    _write(options, host.session, record, say)
            raise
        host.close()
        if record is not None:
            _write(options, host.session, record, say)
    return 0


class _Player:
    """Passes on what a person should read, and knows when it is over."""

    def __init__(
        self,
        heard: SimpleQueue[Telemetry | _Asked],
        say: Callable[[str], None],
        seconds: float | None,
    ) -> None:
        self._heard = heard
        self._say = say
        self._seconds = seconds
        self._loaded: Loaded | None = None
        self._said = False
        self._end: float | None = None

    def run(self) -> None:
        while self._end is None or time.monotonic() < self._end:
            wait = _WAKE if self._end is None else min(_WAKE, max(0.0, self._end - time.monotonic()))
            try:
                message = self._heard.get(timeout=wait)
            except Empty:
                continue
            if isinstance(message, _Asked) or self._is_over(message):
                return

    def _is_over(self, message: Telemetry) -> bool:
        if isinstance(message, Notice):
            if message.serious and self._loaded is None:
                raise EngineError(message.text)
            self._say(message.text)
        elif isinstance(message, Loaded):
            self._loaded = message
        elif isinstance(message, Status) and self._loaded is not None and not self._said:
            self._said = True
            where = "silently" if message.output == "null" else f"to {message.output}"
            self._say(f"Playing {self._loaded.title} {where} at {message.tempo:g} a minute; Ctrl-C ends it.")
            if not message.output_alive:
                self._say(f"{message.output} is not there; it is taken back when it returns.")
        elif isinstance(message, Played) and self._end is None and self._seconds is not None:
            self._end = time.monotonic() + self._seconds
        elif isinstance(message, Saved):
            self._say(f"Saved {message.file}")
        elif isinstance(message, Exited) and not message.restarting:
            if message.code:
                raise EngineError(self._reason())
            return True
        return False

    def _reason(self) -> str:
        """The line that the host says after the engine's last end."""
        try:
            while True:
                message = self._heard.get(timeout=1)
                if isinstance(message, Notice):
                    return message.text
        except Empty:
            return "The engine ended."


def _write(options: EngineOptions, session: str, file: str, say: Callable[[str], None]) -> None:
    folder = paths.journal(options.journal)
    save(folder, session, file)
    mark_saved(folder, session, file)
    say(f"Saved {file}")


@contextmanager
def _signals(asked: Callable[[], None]) -> Iterator[None]:
    """While the block lasts, signals that would end the process only ask for the end."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        asked()

    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
