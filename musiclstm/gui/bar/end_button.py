"""End: a button by which the music comes to a close of its own and stops; its arrow says when and how."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from musiclstm.gui.bar.rhythm import MenuButton
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.commands import End
from musiclstm.protocol.telemetry import EndChanged
from musiclstm.words import counted

BARS = (1, 2, 4, 8)


class EndButton(MenuButton):
    """bars: after how many the music ends; chosen last."""

    def __init__(self, bridge: Bridge, midi_learn: MidiLearn, theme: Theme) -> None:
        hint = "End: the music comes to a close and stops; again, and it goes on (Ctrl+E). Its arrow says how."
        super().__init__("end", "End", hint, "end", theme, midi_learn)
        self.setFixedSize(44, 40)
        self._bridge = bridge
        self.bars = 4
        self.ritardando = self.fade = False
        self.ends = False
        self.fill = self._menu
        self.clicked.connect(lambda _on: self.toggle())
        bridge.end_changed.connect(self._changed)
        bridge.exited.connect(lambda _message: self._changed(EndChanged()))

    def toggle(self) -> None:
        """Comes to an end as chosen last, or goes on."""
        self._bridge.send(End(0 if self.ends else self.bars, self.ritardando, self.fade))
        self.setChecked(self.ends)

    def go_on(self) -> bool:
        """Calls the end off. Returns whether there was one."""
        if self.ends:
            self._bridge.send(End(0))
        return self.ends

    def _menu(self, menu: QMenu) -> None:
        for bars in BARS:
            text = f"End in {counted(bars, 'bar')}"
            menu.addAction(text).triggered.connect(lambda _on=False, bars=bars: self._end_in(bars))
        menu.addSeparator()
        for name, text in (("ritardando", "Slow down (ritardando)"), ("fade", "Fade out")):
            option = QAction(text, menu, checkable=True, checked=getattr(self, name))
            option.toggled.connect(lambda on, name=name: setattr(self, name, on))
            menu.addAction(option)
        menu.addSeparator()
        go_on = menu.addAction("Go on without an end")
        go_on.setEnabled(self.ends)
        go_on.triggered.connect(lambda: self._bridge.send(End(0)))

    def _end_in(self, bars: int) -> None:
        self.bars = bars
        self._bridge.send(End(bars, self.ritardando, self.fade))

    def _changed(self, message: EndChanged) -> None:
        self.ends = message.end is not None
        self.setChecked(self.ends)
