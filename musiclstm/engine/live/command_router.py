"""CommandRouter: which commands are the engine's own; all others go to the performer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from musiclstm.engine.live.background import Background
from musiclstm.engine.live.beside_daw import BesideDaw
from musiclstm.engine.live.devices import Devices
from musiclstm.engine.live.file_player import FilePlayer
from musiclstm.engine.live.models import Models
from musiclstm.engine.live.primer import Primer
from musiclstm.engine.live.restart import RecoveryState
from musiclstm.engine.live.rewriter import Rewriter
from musiclstm.engine.live.set_lists import SetLists
from musiclstm.engine.live.takes import Takes
from musiclstm.engine.recording.journal import Journal
from musiclstm.errors import EngineError, MusicLSTMError, UsageError
from musiclstm.protocol import check, commands
from musiclstm.protocol.limits import MAX_LATENCY
from musiclstm.protocol.options import EngineOptions
from musiclstm.protocol.telemetry import Saved

log = logging.getLogger(__name__)

# After these the memory is another, as it is after a file was read: the last one counts.
_ELSEWHERE = (commands.Forget, commands.Undo, commands.Back, commands.GoTo, commands.Return, commands.Morph)

_ENDS_LISTENING = (commands.Play, commands.Stop, commands.Panic, commands.LoadModel, commands.OpenOutput)


class CommandRouter:
    """Carries out commands in the engine's thread, which owns it; the only writer of `watch`.

    The performer's commands wait until the first model is loaded, behind those that `options` or the recovered state
    start with. on_changed: called after every command. on_fault: after one that was broken off by a fault of ours.
    shut_down: ends the engine.
    """

    def __init__(
        self,
        options: EngineOptions,
        recovered: RecoveryState | None,
        devices: Devices,
        models: Models,
        saver: Background,
        *,
        primer: Primer,
        takes: Takes,
        file_player: FilePlayer,
        rewriter: Rewriter,
        set_lists: SetLists,
        on_changed: Callable[[], None],
        on_fault: Callable[[Exception], None],
        shut_down: Callable[[], None],
    ) -> None:
        self.watch = commands.Watch()
        self._recovered = recovered
        self._devices = devices
        self._models = models
        self._primer = primer
        self._saver = saver
        self._takes = takes
        self._file_player = file_player
        self._set_lists = set_lists
        if recovered is None:
            self._waiting: list[commands.Command] = [commands.Watch()]
            self._waiting += [commands.SetControl(*control) for control in options.controls]
            self._play = options.play
        else:
            self._waiting = [recovered.watch]
            # Before what was asked for meanwhile, which was meant for music that plays.
            self._waiting += [commands.Play()] if recovered.checkpoint.playing else []
            self._play = False
        self._on_changed = on_changed
        self._on_fault = on_fault
        self.beside_daw = BesideDaw(devices.connections, devices.sync, self._route, options.before_daw)
        self._table: dict[type[commands.Command], Callable[[Any], None]] = {
            commands.Shutdown: lambda _: shut_down(),
            commands.OpenOutput: self._open_output,
            commands.SetLatency: self._set_latency,
            commands.SetPedal: lambda command: devices.connections.set_pedal(command.output, on=command.on),
            commands.OpenInput: lambda command: devices.connections.open_input(command.name),
            commands.SetSync: self._set_sync,
            commands.LoadModel: lambda command: models.load(command.name),
            commands.Hear: self._hear,
            commands.Rewrite: lambda command: rewriter.rewrite(command, self._journal),
            commands.SetTakesFolder: lambda command: takes.set_folder(command.folder),
            commands.BesideDaw: self.beside_daw.set,
        }

    def carry_out(self, command: commands.Command, *, confirmed: bool = False) -> None:
        """Carry out a command; a failure is reported and does not end the music. confirmed: as in `Takes.file`."""
        try:
            self._route(command, confirmed=confirmed)
        except MusicLSTMError as error:
            self._devices.reporter.problem(str(error))
        except Exception as error:
            log.exception("%s", command)
            self._on_fault(error)
        self._on_changed()

    def restore_sync(self) -> None:
        """Follow the clock of the recovered state, if there is one."""
        if self._recovered is not None:
            self.carry_out(self._recovered.sync)
            self._devices.sync.expect(self._recovered.leader)

    def performer_started(self) -> None:
        """Carry out the commands that waited for the performer."""
        waiting, self._waiting = self._waiting, []
        for command in (*waiting, *([commands.Play()] if self._play else [])):
            self.carry_out(command)

    def _route(self, command: commands.Command, *, confirmed: bool = False) -> None:
        performer = self._models.performer
        if wrong := check.problem(command):
            raise UsageError(wrong)
        if isinstance(command, _ENDS_LISTENING):
            self._file_player.stop()
        if isinstance(command, commands.SaveTake):
            self._save_take(command, confirmed=confirmed)
        elif isinstance(command, (commands.SaveBars, commands.SaveLastBars, commands.Capture)):
            self._save_excerpt(command, confirmed=confirmed)
        elif handler := self._table.get(type(command)):
            handler(command)
        elif performer is None:
            self._waiting.append(command)
        elif isinstance(command, commands.LoadSetList):
            self._set_lists.load(command)
        elif isinstance(command, commands.SaveSetList):
            self._set_lists.save(command, confirmed=confirmed)
        elif isinstance(command, commands.Prime):
            self._primer.prime(command)
        else:
            if isinstance(command, commands.Watch):
                self.watch = command
            if isinstance(command, _ELSEWHERE):
                self._primer.cancel()
            performer.handle(command, time.perf_counter())

    def _hear(self, command: commands.Hear) -> None:
        if command.file is None:
            self._file_player.stop()
            return
        if self._devices.clock.running:
            self._route(commands.Stop())
        self._file_player.hear(command.file)

    def _open_output(self, command: commands.OpenOutput) -> None:
        _check_latency(command.latency)
        self._devices.connections.open_output(command.name, command.latency)

    def _set_latency(self, command: commands.SetLatency) -> None:
        _check_latency(command.latency)
        self._devices.connections.set_latency(command.output, command.latency)

    def _set_sync(self, setting: commands.SetSync) -> None:
        """Another clock starts from rest: it is unknown yet when its next beat comes.

        So does one after a leader that never came, for which the performer still waits.
        """
        self._devices.sync.check(setting)  # before anything pauses
        performer = self._models.performer
        wanted = self._devices.clock.running or (performer is not None and performer.playing)
        playing = wanted and setting.source != self._devices.sync.setting.source
        if playing and performer is not None:
            performer.pause(time.perf_counter())
        try:
            self._devices.sync.set(setting)
        finally:
            if playing:
                self._route(commands.Play())

    def _save_take(self, command: commands.SaveTake, *, confirmed: bool) -> None:
        file = self._takes.file(command.file, confirmed=confirmed)
        if command.minutes is not None and not command.minutes > 0:
            raise UsageError(f"The minutes to save must be above 0, not {command.minutes:g}.")
        from musiclstm.engine.recording.take import save_playing  # not needed at start

        self._saver.run(partial(save_playing, self._journal(), str(file), command.minutes), self._saved)

    def _save_excerpt(
        self, command: commands.SaveBars | commands.SaveLastBars | commands.Capture, *, confirmed: bool
    ) -> None:
        from musiclstm.engine.recording.excerpt import Bars, save_playing  # not needed at start

        kind, wanted = "captured", None
        performer = self._models.performer
        if isinstance(command, commands.SaveBars):
            if not command.end > command.start:
                raise UsageError("Bars to save end after they begin.")
            kind, wanted = "bars", Bars(float(command.start), float(command.end), part=command.part)
        elif isinstance(command, commands.SaveLastBars):
            if command.bars < 1:
                raise UsageError(f"At least one bar is saved, not {command.bars}.")
            now = None if performer is None else performer.state.position.heard()
            kind, wanted = "bars", Bars(end=now, bars=command.bars, part=command.part)
        file = self._takes.file(command.file, confirmed=confirmed, kind=kind)
        self._saver.run(partial(save_playing, self._journal(), str(file), wanted), self._saved)

    def _journal(self) -> Journal:
        journal = self._devices.reporter.journal
        if journal is None:
            raise EngineError("Nothing can be saved: there is no journal, because its file could not be opened.")
        return journal

    def _saved(self, file: str) -> None:
        self._takes.saved(file)
        self._devices.reporter.emit(Saved(file))


def _check_latency(milliseconds: float) -> None:
    if not abs(milliseconds) <= MAX_LATENCY:
        raise UsageError(f"The latency must be at most {MAX_LATENCY:g} ms, not {milliseconds:g}.")
