"""MIDI learn: which knob or key each control or command is mapped to, and which one waits to be mapped."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QWidget

from musiclstm.gui.bridge import Bridge
from musiclstm.protocol.commands import Learn, Unlearn
from musiclstm.protocol.controls import split
from musiclstm.protocol.telemetry import ControlChanged

WAIT = 20_000  # milliseconds after which waiting for a knob ends


class MidiLearn(QObject):
    """Signals: `changed(target)`: its mapping or its waiting changed; `waiting(label)`: what waits, or empty."""

    changed = Signal(str)
    waiting = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._knobs: dict[str, str] = {}
        self.target: str | None = None
        self._timer = QTimer(self, singleShot=True, interval=WAIT)
        self._timer.timeout.connect(self.cancel)
        bridge.control_changed.connect(self._control_changed)
        bridge.exited.connect(lambda _message: self.cancel())
        bridge.loaded.connect(lambda _message: self._forget_own())

    def knob(self, target: str) -> str | None:
        """`CC 21 ch 1`, or None."""
        return self._knobs.get(target)

    def learn(self, target: str, label: str) -> None:
        self.cancel()
        self.target = target
        self._bridge.send(Learn(target))
        self._timer.start()
        self.changed.emit(target)
        self.waiting.emit(label)

    def unlearn(self, target: str) -> None:
        self._bridge.send(Unlearn(target))
        if self._knobs.pop(target, None) is not None:
            self.changed.emit(target)

    def cancel(self) -> None:
        target, self.target = self.target, None
        self._timer.stop()
        if target is not None:
            self._bridge.send(Learn(None))
            self.changed.emit(target)
            self.waiting.emit("")

    def _control_changed(self, message: ControlChanged) -> None:
        name = message.name
        if message.learnt == self._knobs.get(name):
            return
        if message.learnt:
            self._knobs[name] = message.learnt
        else:
            self._knobs.pop(name, None)
        if name == self.target and message.learnt:
            self.target = None
            self._timer.stop()
            self.waiting.emit("")
        self.changed.emit(name)

    def _forget_own(self) -> None:
        """Other players play, whose own controls the engine reports."""
        if self.target is not None and split(self.target)[0] is not None:
            self.cancel()
        for name in [name for name in self._knobs if split(name)[0] is not None]:
            del self._knobs[name]
            self.changed.emit(name)

    def menu(self, view: QWidget, event: QContextMenuEvent, target: str, label: str) -> QMenu:
        """Show the context menu of something that can be mapped; the caller may add to it."""
        menu = QMenu(view)
        if self.target == target:
            menu.addAction("Stop waiting for a knob").triggered.connect(self.cancel)
        else:
            menu.addAction("Map a knob or key…").triggered.connect(lambda: self.learn(target, label))
        knob = self.knob(target)
        if knob:
            menu.addAction(f"Remove {knob}").triggered.connect(lambda: self.unlearn(target))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())
        event.accept()
        return menu
