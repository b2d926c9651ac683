"""Bridge: the engine's telemetry as Qt signals on the window's thread, and the window's commands to the engine."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from musiclstm.gui.mailbox import Mailbox
from musiclstm.protocol.commands import Command
from musiclstm.protocol.telemetry import (
    BookmarkSet,
    ChordsChanged,
    ControlChanged,
    EndChanged,
    Exited,
    Expectation,
    FormChanged,
    Heard,
    Jumped,
    Loaded,
    LoopChanged,
    MeterChanged,
    Notice,
    PartChanged,
    PlanEnded,
    Planned,
    Played,
    PortsChanged,
    Rewritten,
    Saved,
    StateFrame,
    Status,
    Telemetry,
    Traffic,
    TurnChanged,
    Withdrawn,
)

# Mail is fetched at most this often (milliseconds): about twice a frame.
EVERY = 8
NOTES = (Played, Planned, PlanEnded, Withdrawn, Jumped, Exited)


class Host(Protocol):
    """What the window needs of an `EngineHost`. session: the name under which it records."""

    session: str

    def send(self, command: Command) -> None: ...

    def close(self) -> None: ...


class Bridge(QObject):
    """One signal a kind of telemetry; `notes` and `frames` carry lists, in order.

    Telemetry about notes (NOTES) comes in `notes` first and then in its own signal, if it has one. `fresh` is a
    Loaded after which everything starts from zero: the first one, or that of a restarted engine that does not continue
    where it was; `resumed` is that of one that does, and its bookmarks follow. `changed` is one by which another model
    goes on in the same past. Each comes before `loaded`. `commanded` carries each command that the window sends.
    """

    fresh = Signal(object)
    resumed = Signal(object)
    changed = Signal(object)
    loaded = Signal(object)
    status = Signal(object)
    control_changed = Signal(object)
    part_changed = Signal(object)
    meter_changed = Signal(object)
    chords_changed = Signal(object)
    form_changed = Signal(object)
    loop_changed = Signal(object)
    end_changed = Signal(object)
    turn_changed = Signal(object)
    notes = Signal(list)
    frames = Signal(list)
    expectation = Signal(object)
    jumped = Signal(object)
    bookmark_set = Signal(object)
    ports_changed = Signal(object)
    traffic = Signal(object)
    saved = Signal(object)
    rewritten = Signal(object)
    heard = Signal(object)
    notice = Signal(object)
    exited = Signal(object)
    commanded = Signal(object)
    _mail = Signal()

    def __init__(self, host: Host, mailbox: Mailbox) -> None:
        super().__init__()
        self._host, self._mailbox = host, mailbox
        self.session = host.session
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.fetch)
        self._mail.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)
        self._closed = False
        self._restarting = False
        self._model: str | None = None
        self._signals = {
            Status: self.status,
            ControlChanged: self.control_changed,
            PartChanged: self.part_changed,
            MeterChanged: self.meter_changed,
            ChordsChanged: self.chords_changed,
            FormChanged: self.form_changed,
            LoopChanged: self.loop_changed,
            EndChanged: self.end_changed,
            TurnChanged: self.turn_changed,
            Expectation: self.expectation,
            Jumped: self.jumped,
            BookmarkSet: self.bookmark_set,
            PortsChanged: self.ports_changed,
            Traffic: self.traffic,
            Saved: self.saved,
            Rewritten: self.rewritten,
            Heard: self.heard,
            Notice: self.notice,
            Exited: self.exited,
        }

    def start(self) -> None:
        """Start to deliver, once everything is connected."""
        self._mailbox.on_mail(self._mail.emit)

    def send(self, command: Command) -> None:
        self._host.send(command)
        self.commanded.emit(command)

    def close(self) -> None:
        """End the engine; blocks until its notes have ended."""
        self._closed = True
        self._timer.stop()
        self._host.close()

    def fetch(self) -> None:
        if self._closed:  # the views may be gone
            return
        batch: list[Telemetry] = []
        for message in self._mailbox.take():
            if isinstance(message, Loaded):  # what came before it is of another model
                self._deliver(batch)
                batch = []
                self._load(message)
            else:
                batch.append(message)
        self._deliver(batch)

    def _load(self, message: Loaded) -> None:
        restarted, before, self._restarting, self._model = self._restarting, self._model, False, message.model
        if before is None or (restarted and before != message.model):
            self.fresh.emit(message)
        elif restarted:
            self.resumed.emit(message)
        else:
            self.changed.emit(message)
        self.loaded.emit(message)

    def _deliver(self, messages: list[Telemetry]) -> None:
        notes = [m for m in messages if isinstance(m, NOTES)]
        if notes:
            self.notes.emit(notes)
        frames = [m for m in messages if isinstance(m, StateFrame)]
        if frames:
            self.frames.emit(frames)
        for message in messages:
            if isinstance(message, Exited):
                self._restarting = True
            signal = self._signals.get(type(message))
            if signal is not None:
                signal.emit(message)
