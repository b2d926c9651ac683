"""Training: the run there is, what it does now, and what can be done with it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from musiclstm import paths
from musiclstm.errors import UsageError
from musiclstm.gui.train import runs, words
from musiclstm.gui.train.process import COMMAND, Process, Told, last_line
from musiclstm.gui.train.runs import Point, Run, Task
from musiclstm.gui.train.state import RUNS, Figures, State, ended_by, figures_of, number, with_compared

_APART = 0.0025  # of the progress, between two points of the curve that are kept
_AT_CLOSE = 8.0  # seconds that the window's process waits for a checkpoint


class Training(QObject):
    """The training there is, and what can be done with it.

    changed: any of what is to be seen. trained(name): there is a new model. so_far(file): the model as it is now, to be
    listened to. discarded(run): what was learnt is thrown away. failed(a line for a person).

    In the window's thread, all of it. command: the program to start, before its arguments.
    """

    changed = Signal()
    trained = Signal(str)
    failed = Signal(str)
    so_far = Signal(str)
    discarded = Signal(object)
    _told = Signal(object, object)
    _ended = Signal(object, int)

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        super().__init__()
        self.command = tuple(command)
        self.more: Sequence[str] = ()  # further arguments, after the others
        self.state = State.NONE
        self.run: Run | None = None
        self.figures = Figures()
        self.points: list[Point] = []
        self.read: tuple[int, int] | None = None  # how many files of how many have been read
        self.text = ""  # what was said last: why it failed, or what a person should know
        self.made = ""  # the name of the model, once there is one: another than the run's if that was taken meanwhile
        self._process: Process | None = None
        self._token = object()
        self._new = False  # what there is of it was made by our process
        self._speaks = False  # the process has said something
        self._failure = ""
        self._kept_at = 0.0
        self.looks = False  # only what is found is asked for
        self.outdated = False  # what there is of it cannot go on; it can only begin again
        queued = Qt.ConnectionType.QueuedConnection
        self._told.connect(self._take, queued)
        self._ended.connect(self._take_end, queued)

    @staticmethod
    def possible() -> bool:
        """Whether the extra `train` is installed."""
        return find_spec("torch") is not None

    @property
    def running(self) -> bool:
        return self.state in RUNS

    def look(self) -> Run | None:
        """Find the run that an earlier window left, if nothing was begun since; it can go on."""
        if self.state is State.NONE and (run := runs.unfinished()) is not None:
            self._show(run, State.PAUSED)
        return self.run if self.state is State.PAUSED else None

    def start(self, run: Run) -> None:
        """Look what there is for a new one, then propose it. Raises UsageError."""
        if self.running or self.state is State.PAUSED:
            raise UsageError("Another model is being trained; stop it first.")
        if runs.kept(run.name) is not None:
            raise UsageError(f"{run.name} is being trained already. Choose another name.")
        run.discard()  # damaged
        self._begin_new(run, Task.LOOK)

    def learn(self, run: Run) -> None:
        """Train at once on the takes that were written into the run's folder. Raises UsageError."""
        self.clear()
        if self.state is not State.NONE:
            raise UsageError("Another model is being trained; stop it first.")
        self._begin_new(run, Task.TRAIN)

    def look_again(self, run: Run) -> None:
        """What a person has corrected is looked at."""
        if self.state is State.PROPOSED:
            self._try_again(run, Task.LOOK)

    def accept(self, run: Run) -> None:
        """Train what is proposed, or was corrected."""
        if self.state is State.PROPOSED:
            self._try_again(run, Task.TRAIN)

    def go_on(self) -> None:
        if self.state is State.PAUSED and self.run is not None:
            self._try_again(self.run, Task.TRAIN)

    def begin_again(self) -> None:
        """With the same files or takes, from the beginning."""
        if self.state is State.PAUSED and self.run is not None:
            self._forget_from(0.0)
            self._try_again(replace(self.run, progress=0.0), Task.BEGIN_AGAIN)

    def pause(self) -> None:
        if self._process is not None and self.state in (State.READING, State.TRAINING):
            self._set(State.PAUSING)
            self._interrupt(self._process)

    def keep(self) -> None:
        """Stop, and make a model of the best there was."""
        if self.state is State.PAUSED and self.run is not None and self.run.trained:
            self._try_again(self.run, Task.KEEP)
        elif self._process is not None and self.state in (State.READING, State.TRAINING):
            self._set(State.SAVING)
            self._process.tell(b"keep")

    def listen(self) -> None:
        """Ask for the model as it is now."""
        if self._process is not None and self.state is State.TRAINING:
            self._process.tell(b"listen")

    def discard(self) -> None:
        if self.state not in (State.PAUSED, State.PROPOSED) or self.run is None:
            return
        if self.run.in_use:
            self._say(f"{self.run.name} is being trained by another window or program; it cannot be thrown away now.")
            return
        self._throw_away(self.run)

    def clear(self) -> None:
        """Ready for another one."""
        if self.state is State.DONE:
            self._reset()

    def close(self) -> None:
        """Pause; what is said from now on is for nobody."""
        if self.state is State.PROPOSED:
            self.discard()
        if self._process is not None:
            self._interrupt(self._process)
            code = self._process.wait(_AT_CLOSE)
            self._process = None
            if (code == 0 or self.looks) and self.run is not None:
                self.run.discard()
            else:
                self._keep_progress()

    def _interrupt(self, process: Process) -> None:
        process.pause()
        if not self._speaks:  # it does not listen either, as long as it loads PyTorch
            process.end()

    # ---- the process -------------------------------------------------------------------------------------------------

    def _show(self, run: Run, state: State) -> None:
        self.run, self.points, self.text = run, run.points(), ""
        held_out = bool(run.found.get("held_out", True))
        valid = [point.valid for point in self.points if point.valid is not None]
        self.figures = Figures(
            train=self.points[-1].train if self.points else None,
            valid=valid[-1] if valid else None,
            lowest=min(valid, default=None),
            held_out=held_out,
        )
        self._kept_at = self.points[-1].progress if self.points else -1.0
        self._set(state)

    def _begin_new(self, run: Run, task: Task) -> None:
        run.save()
        self._show(run, State.READING)
        try:
            self._begin(run, task, new=True)
        except UsageError:
            run.discard()
            self._reset()
            raise

    def _try_again(self, run: Run, task: Task) -> None:
        try:
            run.save()
            self.run = run
            self._begin(run, task)
        except UsageError as error:
            self._say(str(error))

    def _begin(self, run: Run, task: Task, *, new: bool = False) -> None:
        self._new, self.looks, self.outdated, self.read = new, task is Task.LOOK, False, None
        self._failure = self.text = self.made = ""
        self._speaks = False
        # Lines of an earlier process, still on their way, are told by it.
        self._token = token = object()
        self._process = Process(
            [*run.arguments(task), *self.more],
            run.errors,
            lambda line: self._emit(self._told, token, line),
            lambda code: self._emit(self._ended, token, code),
            self.command,
        )
        self._set(State.SAVING if task is Task.KEEP else State.READING)

    @staticmethod
    def _emit(signal: Any, token: object, what: object) -> None:
        with contextlib.suppress(RuntimeError):  # the window was closed meanwhile
            signal.emit(token, what)

    def _take(self, token: object, line: Told) -> None:
        if token is not self._token or self._process is None or self.run is None:
            return
        self._speaks = True
        kind, text = line.get("kind"), str(line.get("text", ""))
        if kind == "reading":
            self.read = int(number(line, "read") or 0), int(number(line, "files") or 0)
        elif kind == "so_far":
            self.so_far.emit(str(line.get("file", "")))
        elif kind == "found":
            begin_with = self.run.begin_with
            if begin_with == paths.SIMILAR:
                begin_with = str(line.get("begin_with", ""))
            self.run = replace(self.run, found=line, begin_with=begin_with)
            self._keep_progress()
        elif kind == "step":
            self._step(self.run, line)
        elif kind == "note":
            self.text = words.for_the_window(text[:1].upper() + text[1:])
        elif kind == "done":
            self.figures = with_compared(self.figures, line)
            self.text = words.nothing_learnt(self.run, self.figures) or str(line.get("why", ""))
        elif kind == "saved":
            self.made = Path(str(line.get("file", ""))).stem
            self._set(State.SAVING)
            self.trained.emit(self.made)
        elif kind == "failed":
            self.outdated = bool(line.get("begin_again"))
            self._failure = words.cannot_go_on(self.run) if self.outdated else words.for_the_window(text)
        self.changed.emit()

    def _step(self, run: Run, line: Told) -> None:
        progress = number(line, "progress") or 0.0
        if self.state is State.READING:
            self._forget_from(progress)
        before, told = self.figures, figures_of(line)
        known = [value for value in (before.lowest, told.valid) if value is not None]
        self.figures = replace(told, lowest=min(known, default=None))
        self.run = replace(run, progress=progress)
        measured = self.figures.valid is not None and self.figures.valid != before.valid
        if measured or progress - self._kept_at >= _APART:
            self._kept_at = progress
            point = Point(progress, self.figures.train, self.figures.valid if measured else None)
            self.points.append(point)
            self.run.add(point)
        if self.state is State.READING:
            self._set(State.TRAINING)
        elif self.state is State.TRAINING and progress >= 1:
            self._set(State.SAVING)

    def _forget_from(self, progress: float) -> None:
        """An earlier process came further than its last checkpoint, if there is one."""
        self.points = [point for point in self.points if point.progress < progress]
        valid = [point.valid for point in self.points if point.valid is not None]
        lowest, held_out = min(valid, default=None), self.figures.held_out
        self.figures, self._kept_at = Figures(valid=[None, *valid][-1], lowest=lowest, held_out=held_out), -1.0

    def _take_end(self, token: object, code: int) -> None:
        if token is not self._token or self._process is None or self.run is None:
            return
        asked, self._process, run = self.state, None, self.run
        if self.looks and asked is State.PAUSING:
            run.discard()
            self._reset()
        elif self.looks and code == 0:
            self._keep_progress()
            self._set(State.PROPOSED)
        elif asked is State.PAUSING and not self._speaks:
            self._set(State.PAUSED)
        elif code not in (0, 130) and run.found and not run.trained and not self.made:
            # Little is lost; what is wrong may be in what was corrected.
            self._forget_from(0.0)
            self._set(State.PROPOSED)
            self._say(self._failure or ended_by(code, last_line(run.errors)))
        elif code == 0 or self.made:
            run.discard()
            self._set(State.DONE)
            if self._failure:
                self._say(self._failure)
        elif asked is State.PAUSING or code == 130:
            self._keep_progress()
            self._set(State.PAUSED)
            if self._failure:  # such as that the last steps are lost, because the disk is full
                self._say(self._failure)
        elif run.trained or not self._new:
            self._keep_progress()
            self._set(State.PAUSED)
            self._say(self._failure or ended_by(code, last_line(run.errors)))
        else:
            text = self._failure or ended_by(code, last_line(run.errors))
            self._throw_away(run)
            self._say(text)

    def _throw_away(self, run: Run) -> None:
        run.discard()
        self._reset()
        self.discarded.emit(run)

    def _keep_progress(self) -> None:
        if self.run is not None:
            with contextlib.suppress(UsageError):  # the disk is full; the process will say so
                self.run.save()

    def _reset(self) -> None:
        self.run, self.points, self.figures, self.text, self.made = None, [], Figures(), "", ""
        self._set(State.NONE)

    def _say(self, text: str) -> None:
        self.text = text
        self.changed.emit()
        self.failed.emit(text)

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
