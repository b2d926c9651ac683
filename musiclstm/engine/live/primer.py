"""Primer: reads MIDI files for the model to go on from, while the music plays."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from musiclstm import paths
from musiclstm.engine.live.background import Background
from musiclstm.engine.live.models import Models
from musiclstm.engine.supervision import processes
from musiclstm.engine.supervision.pipe import read_message, write_message
from musiclstm.errors import EngineError, MidiFileError
from musiclstm.model.prime import Primed
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.protocol.commands import Command, Play, Prime
from musiclstm.protocol.telemetry import Notice, Telemetry

PROCESS = "musiclstm.engine.live.prime_process"
_SLOW = 1.0
"""Seconds after which the person is told that the file is still being read."""
_WARNINGS = 3  # in one line


class Reading:
    """A file that is being read. `cancel` may be called from any thread, and before the process runs."""

    def __init__(self, file: str, *, play: bool) -> None:
        self.file, self.play = file, play
        self.name = Path(file).name  # the folder may be one that means nothing to a person
        self.cancelled = False
        self._process: subprocess.Popen[bytes] | None = None

    def cancel(self) -> None:
        self.cancelled = True
        if self._process is not None:
            self._process.kill()

    def read(self, session: Session, start: Snapshot) -> Primed | None:
        """None if it was cancelled. Blocks. Raises MidiFileError or EngineError."""
        self._process = process = processes.start(PROCESS)
        try:
            if self.cancelled:  # before there was a process to end
                process.kill()
            write_message(cast("BinaryIO", process.stdin), (session.model.path, self.file, start))
            answer: Primed | str = read_message(cast("BinaryIO", process.stdout))
        except (EOFError, OSError):
            if self.cancelled:
                return None
            raise EngineError(f"{self.file} cannot be read; see {paths.engine_log()}.") from None
        finally:
            processes.reap(process)
        if isinstance(answer, str):
            if self.cancelled:
                return None
            raise MidiFileError(answer)
        return answer


class Primer:
    """Owned by the engine's thread, which never waits for a file. Of several files the last one counts.

    opener: what loads models; a file is read for the model that was asked for before it. reader: the thread that waits
    for the process. emit: takes telemetry, from any thread. carry_out: a command, in the engine's thread.
    """

    def __init__(
        self,
        models: Models,
        opener: Background,
        reader: Background,
        emit: Callable[[Telemetry], None],
        carry_out: Callable[[Command], None],
    ) -> None:
        self._models = models
        self._opener, self._reader = opener, reader
        self._emit, self._carry_out = emit, carry_out
        self._reading: Reading | None = None

    def prime(self, command: Prime) -> None:
        """Read a file, and go on from its end when it is read."""
        self.cancel()
        self._reading = reading = Reading(command.file, play=command.play)
        # Behind the models that are being loaded.
        self._opener.run(lambda: None, lambda _: self._start(reading))

    def cancel(self) -> None:
        """The memory is about to be replaced: stop reading the file."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            self._emit(Notice(f"{reading.name} is not read any further."))

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def _start(self, reading: Reading) -> None:
        performer = self._models.performer
        if reading.cancelled or performer is None:
            return
        session = performer.state.session
        start = session.snapshot()

        def read() -> Primed | None:
            said = threading.Timer(_SLOW, self._say_slow, (reading,))
            said.daemon = True
            said.start()
            try:
                return None if reading.cancelled else reading.read(session, start)
            finally:
                said.cancel()

        self._reader.run(read, partial(self._read, reading, session), partial(self._done, reading))

    def _say_slow(self, reading: Reading) -> None:
        if not reading.cancelled:
            self._emit(
                Notice(
                    f"{reading.name} is being read; the music goes on from its end as soon as it is. "
                    "Forget, Back or another file stops that."
                )
            )

    def _read(self, reading: Reading, session: Session, primed: Primed | None) -> None:
        self._done(reading)
        performer = self._models.performer
        if reading.cancelled or primed is None or performer is None:
            return
        if performer.state.session is not session:
            self._emit(Notice(f"{reading.name} is not read any further: another model plays now."))
        else:
            performer.prime(primed.snapshot, time.perf_counter())
            if reading.play:
                self._carry_out(Play())
            if primed.warnings:
                self._emit(Notice(f"{reading.name}: {'; '.join(primed.warnings[:_WARNINGS])}"))

    def _done(self, reading: Reading) -> None:
        if self._reading is reading:
            self._reading = None
