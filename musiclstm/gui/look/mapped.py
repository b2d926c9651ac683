"""Mapped: a widget that a knob or key can be mapped to: its menu, its tooltip, a mark while it waits or is mapped."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QWidget

from musiclstm.gui.look.labels import plain_tip
from musiclstm.gui.midi_learn import MidiLearn

MAP = "Right click: map a knob or key."
RESET = "Double click resets. Right click: map a knob."
SMALL = 36  # pixels, of a button whose dot has no number
WAITING = "Move a knob or press a key now."


class Mapped:
    """A mixin before a widget's class. `begin_mapping` must be called once, `show_mapping` is called at every change.

    armed: it waits for a knob. knob: what it is mapped to, as `CC 21 ch 1`, "" for nothing.
    """

    _midi_learn: MidiLearn
    _target = _called = _hint = ""

    def begin_mapping(self, midi_learn: MidiLearn, target: str, called: str) -> None:
        """target: its name for MIDI learn. called: what it is in "Move a knob to control …"."""
        self._midi_learn = midi_learn
        midi_learn.changed.connect(self._mapping_changed)
        self.map_to(target, called)

    def map_to(self, target: str, called: str) -> None:
        """Another target, as of one player of a band."""
        self._target, self._called = target, called
        self.show_mapping()

    @property
    def armed(self) -> bool:
        return bool(self._target) and self._midi_learn.target == self._target

    @property
    def knob(self) -> str:
        return self._midi_learn.knob(self._target) or ""

    @property
    def mark(self) -> str:
        """A dot with the controller's number, "" if nothing is mapped."""
        number = "".join(each for each in self.knob.split(" ch", maxsplit=1)[0] if each.isdigit())
        return f"•{number or '♪'}" if self.knob else ""

    def with_mapping(self, hint: str, how: str = MAP) -> str:
        """A tooltip: what it does, what it is mapped to, and how to change that."""
        return "\n".join([hint, *([f"Mapped to {self.knob}."] if self.knob else []), how])

    def show_hint(self, hint: str) -> None:
        """What it does, for its tooltip."""
        self._hint = hint
        self.show_mapping()

    def show_mapping(self) -> None:
        widget = cast(QWidget, self)
        if self._hint:
            hint = self.with_mapping(self._hint) if self._target else self._hint
            widget.setToolTip(plain_tip(WAITING if self.armed else hint))
        widget.update()

    def _mapping_changed(self, target: str) -> None:
        if target == self._target:
            self.show_mapping()

    def mapping_menu(self, event: QContextMenuEvent) -> QMenu:
        return self._midi_learn.menu(cast(QWidget, self), event, self._target, self._called)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.mapping_menu(event)

    def paint_mark(self, *, lit: bool = False) -> None:
        """Over a button: a frame while it waits, the dot at its corner, with the number where there is room for it.

        lit: it stands on the accent's colour.
        """
        widget = cast(QAbstractButton, self)
        if not (self.armed or self.mark):
            return
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = QPalette.ColorRole
        colour = widget.palette().color(role.BrightText if lit else role.Link)
        painter.setPen(QPen(colour, 2))
        if self.armed:
            painter.drawRoundedRect(QRectF(widget.rect()).adjusted(2, 2, -2, -2), 5, 5)
        elif widget.width() < SMALL:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(widget.width() - 5, 5), 2, 2)
        else:
            font = widget.font()
            font.setPointSizeF(font.pointSizeF() * 0.8)
            painter.setFont(font)
            metrics = QFontMetricsF(font)
            box = QRectF(0, 1, widget.width() - 3, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self.mark)
        painter.end()
