"""Rewriter: other music for bars of the past, looked for by a process of its own while the music plays.

What was heard from eight bars before them to four bars behind them becomes a file, and each proposal is that file with
other music in these bars. So a proposal is heard as a take is (`Hear`), and kept by going on from it (`Prime`). The
files lie in a folder of this engine alone; those of the last search stay until another engine looks.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from musiclstm.engine.live.background import Background
from musiclstm.engine.live.models import Models
from musiclstm.engine.live.own_folder import OwnFolder
from musiclstm.engine.performer.performer import Performer
from musiclstm.engine.recording.journal import Journal
from musiclstm.engine.system.isolation import command as command_line
from musiclstm.errors import EngineError, MusicLSTMError, UsageError
from musiclstm.model.rewriting import FOLLOWING
from musiclstm.music.note import TimeBase
from musiclstm.protocol.commands import Rewrite
from musiclstm.protocol.telemetry import Rewritten, Telemetry

BEFORE = 8  # bars
MOST = 8  # proposals
PROCESS = "musiclstm.engine.offline.rewrite_process"
_NEAR = 1e-3
_BEGUN = 0.25
"""Of a bar: by which the past may begin after a bar line; and beats, by which what is before a bar line is."""


def around(performer: Performer, start: float, end: float) -> tuple[tuple[float, float], int, int]:
    """From which beat to which music is read to rewrite `start` to `end`, and how many bars lie before and in it.

    The bars are those of the time signatures in which they were played. Raises UsageError if they were not heard.
    """
    past, now = performer.state.time_machine, performer.state.position.heard()
    oldest = past.oldest
    if end > now + _NEAR:
        raise UsageError("What is rewritten are whole bars that have been heard.")

    def bar(beat: float) -> float:
        moment = past.at(beat)
        if moment is None or moment.snapshot.context.vocabulary.base is not TimeBase.BEATS:
            return performer.bar
        return moment.snapshot.context.bar_ticks / moment.snapshot.context.vocabulary.resolution

    if oldest is None or start < oldest - _BEGUN * bar(start):
        raise UsageError("What was played there is not remembered any more.")
    bars, at = 0, start
    while at + bar(at) / 2 < end:
        bars, at = bars + 1, at + bar(at)
    if not bars:
        raise UsageError("What is rewritten are whole bars that have been heard.")
    before, begin = 0, start
    while before < BEFORE and begin - (length := bar(begin - _BEGUN)) >= oldest - _BEGUN * length:
        before, begin = before + 1, begin - length
    behind, until = 0, end
    while behind < FOLLOWING and until + bar(until) <= now:
        behind, until = behind + 1, until + bar(until)
    return (begin, until), before, bars


class Rewriter:
    """Owned by the engine's thread, which never waits for it. One search at a time.

    worker: the thread that waits for the process. emit: takes telemetry, from any thread.
    """

    def __init__(self, models: Models, worker: Background, emit: Callable[[Telemetry], None]) -> None:
        self._models = models
        self._worker = worker
        self._emit = emit
        self._busy = False
        self._number = 0
        self._process: subprocess.Popen[str] | None = None
        self._folder = OwnFolder("rewritten")

    def rewrite(self, command: Rewrite, journal: Callable[[], Journal]) -> None:
        """Look for other music; `Rewritten` follows in any case. Raises UsageError, and whatever `journal` raises."""
        try:
            self._begin(command, journal())
        except MusicLSTMError:
            self._emit_nothing(command)
            raise

    def _begin(self, command: Rewrite, journal: Journal) -> None:
        performer = self._models.performer
        if performer is None:
            raise UsageError("There is no music yet that could be rewritten.")
        if self._busy:
            raise UsageError("Other music is being looked for already; wait until it is there.")
        if not 1 <= command.count <= MOST:
            raise UsageError(f"There can be 1 to {MOST} proposals, not {command.count}.")
        parts = performer.state.session.vocabulary.parts
        if command.part is not None and not 0 <= command.part < len(parts):
            raise UsageError(f"This model has {len(parts)} parts, counted from 0; {command.part} is none of them.")
        span, before, bars = around(performer, command.start, command.end)
        self._busy = True
        self._number += 1
        part = "" if command.part is None else str(command.part)
        rewritten = (str(before + 1), str(before + bars), part, str(command.count), str(self._number))
        job = partial(self._look, str(performer.state.session.model.path), journal, span, rewritten)
        self._worker.run(job, partial(self._found, command), partial(self._not_found, command))

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._folder.close()

    def _look(self, model: str, journal: Journal, span: tuple[float, float], rewritten: tuple[str, ...]) -> Any:
        """In the worker's thread."""
        from musiclstm.engine.recording.excerpt import Bars, save_playing  # not needed at start

        folder = self._folder.open()
        for old in folder.glob("*.mid"):
            old.unlink(missing_ok=True)
        source = folder / f"bars {self._number}.mid"
        save_playing(journal, str(source), Bars(*span))
        self._process = subprocess.Popen(
            command_line(PROCESS, model, str(source), *rewritten, str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        answer, problem = self._process.communicate()
        if self._process.returncode:
            raise EngineError((problem.strip().splitlines() or ["The bars cannot be rewritten."])[-1])
        return json.loads(answer)

    def _found(self, command: Rewrite, answer: Any) -> None:
        self._done()
        self._emit(
            Rewritten(command.start, command.end, answer["original"], tuple(answer["files"]), tuple(answer["nats"]))
        )

    def _not_found(self, command: Rewrite) -> None:
        self._done()
        self._emit_nothing(command)

    def _emit_nothing(self, command: Rewrite) -> None:
        self._emit(Rewritten(command.start, command.end, 0.0, (), ()))

    def _done(self) -> None:
        self._busy, self._process = False, None
