"""The bars played so far with their bookmarks, and the morph between two bookmarks."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QWidget

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.bars import PlayedBars
from musiclstm.gui.bar.bookmark_button import BookmarkButton
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.commands import Morph, Return, SetBookmark

MORPH = "Plays from a memory that lies between two bookmarks."


class TimeStrip(QFrame):
    def __init__(self, bridge: Bridge, axis: TimeAxis, midi_learn: MidiLearn, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._bridge, self._axis = bridge, axis
        self.bars = PlayedBars(axis, theme)
        self.bars.go.connect(lambda slot: bridge.send(Return(slot)))
        self.buttons = {slot: BookmarkButton(slot, midi_learn) for slot in SLOTS}
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(4)
        row.addWidget(self.bars, 1)
        row.addSpacing(12)
        for button in self.buttons.values():
            button.keep.connect(lambda slot: bridge.send(SetBookmark(slot)))
            button.go.connect(lambda slot: bridge.send(Return(slot)))
            row.addWidget(button)
        row.addSpacing(12)
        label = QLabel("morph")
        label.setProperty("quiet", True)
        row.addWidget(label)
        self.start, self.end = Chooser("Morph from"), Chooser("Morph to")
        self.morph = QSlider(Qt.Orientation.Horizontal)
        self.morph.setRange(0, 100)
        self.morph.setFixedWidth(110)
        self.morph.setAccessibleName("Morph")
        self.morph.valueChanged.connect(self._morphed)
        for chooser in (self.start, self.end):
            chooser.setMinimumContentsLength(1)
            chooser.currentIndexChanged.connect(lambda _i: self._offer_morph())
        row.addWidget(self.start)
        row.addWidget(self.morph)
        row.addWidget(self.end)
        self._offer()
        bridge.bookmark_set.connect(lambda message: self.mark(message.slot, message.beat, message.title))
        bridge.fresh.connect(lambda message: self.clear(message.title))
        bridge.resumed.connect(lambda _message: self.forget_marks())
        bridge.changed.connect(lambda message: setattr(self.bars, "model", message.title))
        bridge.loaded.connect(lambda _message: self._bars_changed())
        bridge.meter_changed.connect(lambda _message: self._bars_changed())

    def set_theme(self, theme: Theme) -> None:
        self.bars.set_theme(theme)

    def place_beside_bars(self, widget: QWidget) -> None:
        self._row.insertWidget(1, widget)

    def place(self, beat: float) -> str:
        return f"bar {self._axis.bars.number(beat) + 1}"

    def _bars_changed(self) -> None:
        self.bars.recount()
        for slot, beat in self.bars.marks.items():
            self.mark(slot, beat, self.bars.titles.get(slot, ""))

    def mark(self, slot: str, beat: float, title: str = "") -> None:
        self.bars.marks[slot], self.bars.titles[slot] = beat, title
        if slot in self.buttons:
            self.buttons[slot].show_kept(True, self.bars.what(slot))
        self._offer()
        self.bars.update()

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on."""
        self.bars.relabel(beats)
        self._bars_changed()

    def clear(self, title: str) -> None:
        """An engine that has no past has loaded a model of this title."""
        self.bars.clear(title)
        self.forget_marks()

    def forget_marks(self) -> None:
        """No bookmark is set; an engine that goes on after a crash tells those that it still has."""
        self.bars.marks.clear()
        self.bars.titles.clear()
        for button in self.buttons.values():
            button.show_kept(False, "")
        self._offer()
        self.bars.update()

    def keep_next(self) -> None:
        """Set the first free bookmark, or else the last one."""
        free = [slot for slot, button in self.buttons.items() if not button.kept]
        self._bridge.send(SetBookmark(free[0] if free else SLOTS[-1]))

    def press(self, slot: str) -> None:
        self.buttons[slot].click()

    def _offer(self) -> None:
        kept = sorted(self.bars.marks)
        for chooser, default in ((self.start, 0), (self.end, 1)):
            current = chooser.currentData()
            choices = [(slot, slot) for slot in kept] or [("–", "")]
            if current not in kept:
                current = kept[min(default, len(kept) - 1)] if kept else ""
            elif chooser is self.end and current == self.start.currentData() and len(kept) > 1:
                current = kept[1]
            chooser.offer(choices, current)
            chooser.setEnabled(len(kept) > 1)
        self._offer_morph()

    def _offer_morph(self) -> None:
        start, end = (self.bars.titles.get(str(chooser.currentData())) for chooser in (self.start, self.end))
        alike = start == end
        self.morph.setEnabled(self._ends() is not None and alike)
        self.morph.setToolTip(MORPH if alike else "These two bookmarks are of two models: nothing lies between them.")

    def _ends(self) -> tuple[str, str] | None:
        start, end = str(self.start.currentData() or ""), str(self.end.currentData() or "")
        return (start, end) if start and end and start != end else None

    def _morphed(self, value: int) -> None:
        ends = self._ends()
        if ends is not None:
            self._bridge.send(Morph(*ends, value / 100))
