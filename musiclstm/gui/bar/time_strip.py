"""The bars played so far with their bookmarks, and the morph between two bookmarks."""

from __future__ import annotations

import math
from collections import Counter

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.bookmark_button import BookmarkButton
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.actions import SLOTS
from musiclstm.protocol.commands import Morph, Return, SetBookmark

LEAST = 32  # bars the strip is wide from the beginning
KEPT = 100_000  # notes, as the roll
FLAG = 15  # pixels a bookmark's flag is wide
MORPH = "Plays from a memory that lies between two bookmarks."
HINT = "Click a bar to go back to it."


class Bars(KeyFocusWidget):
    """Signal `go_to(beat)`.

    counts: notes started in each bar. marks, titles: slot -> beat, and the title of the model that it holds. jumps:
    beats of jumps. models: (beat, title) where each begins; `model`: the title of one that begins with the next jump.
    """

    go_to = Signal(float)

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self._axis, self._theme = axis, theme
        self.counts: dict[int, int] = {}
        self._onsets: list[float] = []
        self.marks: dict[str, float] = {}
        self.titles: dict[str, str] = {}
        self.models: list[tuple[float, str]] = []
        self.model = ""
        self.jumps: list[float] = []
        self._hover: float | None = None
        self._cursor: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Bars played")
        self.setAccessibleDescription("Left and right choose a bar, Enter goes back to it.")
        self.setToolTip(HINT)

    def sizeHint(self) -> QSize:
        return QSize(400, 40)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def count(self, beat: float) -> None:
        bar = self._axis.bars.number(beat)
        self.counts[bar] = self.counts.get(bar, 0) + 1
        self._onsets.append(beat)

    def jump(self, beat: float) -> None:
        """The music jumped; if time itself went back, the bars after it are dropped."""
        last = self._axis.bars.number(beat)
        self.counts = {bar: count for bar, count in self.counts.items() if bar <= last}
        self._onsets = [onset for onset in self._onsets[-KEPT:] if self._axis.bars.number(onset) <= last]
        self.jumps = [*[old for old in self.jumps if old < beat][-500:], beat]
        if self.model:
            self.models = [*[old for old in self.models if old[0] < beat][-500:], (beat, self.model)]
            self.model = ""

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on."""
        self._onsets = [onset + beats for onset in self._onsets]
        self.recount()
        self.models = [(beat + beats, title) for beat, title in self.models]
        self.jumps = [beat + beats for beat in self.jumps]
        self.marks = {slot: beat + beats for slot, beat in self.marks.items()}

    def recount(self) -> None:
        """The bars may have another length."""
        self.counts = dict(Counter(self._axis.bars.number(onset) for onset in self._onsets))

    def clear(self, title: str) -> None:
        """Nothing was played yet; the model's title."""
        for old in (self.counts, self.jumps, self._onsets):
            old.clear()
        self.models, self.model = [(-math.inf, title)], ""

    def first(self) -> int:
        """The number of the first bar; 0 unless a leader's start has relabelled what was before it."""
        return self._axis.bars.number(self._axis.begin)

    def bars(self) -> int:
        """The number of bars that the strip shows."""
        played = self._axis.bars.number(self._axis.now) + 1
        last = max([played, *(bar + 1 for bar in self.counts), LEAST]) - self.first()
        # In steps, so that nothing creeps.
        width = LEAST
        while width < last:
            width = width * 3 // 2
        return width

    def _x(self, bar: float) -> float:
        return (bar - self.first()) / self.bars() * self.width()

    def _bar(self, x: float) -> float:
        return x / self.width() * self.bars() + self.first()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, bars = self._theme, self._axis.bars
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(0, 18, self.width(), self.height() - 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ground))
        painter.drawRoundedRect(ground, 3, 3)
        self._paint_view(painter, ground)
        most = max(self.counts.values(), default=1)
        width = self.width() / self.bars()
        colour = QColor(mix(theme.text, theme.ground, 0.55))
        for bar, count in self.counts.items():
            height = max(2.0, (ground.height() - 2) * count / most)
            box = QRectF(bar * width + 0.5, ground.bottom() - height, max(1.0, width - 1), height)
            painter.fillRect(box, colour)
        self._paint_numbers(painter)
        if self._axis.loop is not None:
            left, right = (self._x(bars.at(beat)) for beat in self._axis.loop)
            painter.fillRect(QRectF(left, self.height() - 4, max(4.0, right - left), 4), QColor(theme.accent))
        for beat in self.jumps:
            painter.fillRect(QRectF(self._x(bars.at(beat)), 18, 1, self.height() - 18), QColor(theme.accent))
        self._paint_models(painter)
        now = self._x(bars.at(self._axis.now))
        painter.fillRect(QRectF(now - 1, 16, 2, self.height() - 16), QColor(theme.accent))
        for slot, beat in self.marks.items():
            self._paint_mark(painter, slot, self._x(bars.at(beat)))
        mark = self._cursor if self._cursor is not None else self._hover
        if mark is not None and bars.beat(mark) < self._axis.now:
            painter.fillRect(QRectF(self._x(mark), 16, 1.5, self.height() - 16), QColor(theme.text))
        self.paint_focus(painter, theme.accent)
        painter.end()

    def _paint_view(self, painter: QPainter, ground: QRectF) -> None:
        """Draw the part that the roll shows."""
        left = max(0.0, self._x(self._axis.bars.at(self._axis.left_beat)))
        right = min(float(self.width()), self._x(self._axis.bars.at(self._axis.right_beat)))
        painter.setBrush(QColor(mix(self._theme.text, self._theme.ground, 0.12)))
        painter.drawRoundedRect(QRectF(left, ground.y(), max(2.0, right - left), ground.height()), 3, 3)

    def _paint_numbers(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(self.font())
        room = metrics.horizontalAdvance("0000") + 16
        step = 1
        while self.width() / self.bars() * step < room:
            step *= 2
        first = self.first()
        painter.setPen(QColor(self._theme.secondary))
        for bar in range(first - first % -step, first + self.bars(), step):
            x = self._x(bar)
            painter.drawText(QRectF(x + 2, 0, room, 17), Qt.AlignmentFlag.AlignVCenter, str(bar + 1))

    def _paint_models(self, painter: QPainter) -> None:
        """Where the model changed: a line, and from there on its name; the bars have no numbers there."""
        if len(self.models) < 2:
            return
        metrics, theme = QFontMetricsF(self.font()), self._theme
        ends = [self._x(self._axis.bars.at(beat)) for beat, _ in self.models[1:]] + [float(self.width())]
        for (beat, title), end in zip(self.models, ends, strict=True):
            x = max(0.0, self._x(self._axis.bars.at(max(beat, self._axis.begin))))
            left, right = self._free(x + 1, end, metrics.horizontalAdvance(title) + 10)
            text = metrics.elidedText(title, Qt.TextElideMode.ElideRight, right - left - 9)
            if math.isfinite(beat):
                painter.fillRect(QRectF(x - 0.75, 2, 1.5, self.height() - 2), QColor(theme.text))
            if len(text) > 1:
                box = QRectF(left, 0, metrics.horizontalAdvance(text) + 9, 17)
                painter.fillRect(box, QColor(theme.panel))
                painter.setPen(QColor(theme.text))
                painter.drawText(box.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _free(self, left: float, right: float, width: float) -> tuple[float, float]:
        """The first place between the flags that is so wide, or else the widest."""
        flags = sorted(self._x(self._axis.bars.at(beat)) for beat in self.marks.values())
        edges = [(flag - 1, flag + FLAG + 1) for flag in flags if left - FLAG < flag < right]
        starts, ends = [left, *(after for _, after in edges)], [*(before for before, _ in edges), right]
        gaps = list(zip(starts, ends, strict=True))
        return next((gap for gap in gaps if gap[1] - gap[0] >= width), max(gaps, key=lambda gap: gap[1] - gap[0]))

    def _paint_mark(self, painter: QPainter, slot: str, x: float) -> None:
        painter.fillRect(QRectF(x - 0.75, 2, 1.5, self.height() - 2), QColor(self._theme.accent))
        flag = QPolygonF([QPointF(x, 1), QPointF(x + FLAG, 1), QPointF(x + FLAG, 16), QPointF(x, 16)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawPolygon(flag)
        painter.setPen(QColor(self._theme.on_accent))
        painter.drawText(QRectF(x, 1, FLAG, 15), Qt.AlignmentFlag.AlignCenter, slot)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = None
        self._hover = float(math.floor(self._bar(event.position().x())))
        self.setToolTip(self._about(event.position()) or HINT)
        self.update()

    def _about(self, place: QPointF) -> str:
        """What the flag at a place holds, if there is one."""
        for slot, beat in self.marks.items():
            if place.y() < 18 and 0 <= place.x() - self._x(self._axis.bars.at(beat)) < FLAG:
                return f"{slot}: {self.what(slot)}"
        return ""

    def what(self, slot: str) -> str:
        """Where a bookmark lies, and of which model it is."""
        bar = f"bar {self._axis.bars.number(self.marks[slot]) + 1}"
        return ", ".join(filter(None, (bar, self.titles.get(slot))))

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        bars = self._axis.bars
        beat = bars.beat(math.floor(self._bar(event.position().x())))
        if event.button() == Qt.MouseButton.LeftButton and bars.beat(self.first()) <= beat < self._axis.now:
            self.go_to.emit(float(beat))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            last = self._axis.bars.number(self._axis.now)
            here = last if self._cursor is None else self._cursor
            self._cursor = min(last, max(self.first(), here + (1 if event.key() == Qt.Key.Key_Right else -1)))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.go_to.emit(self._axis.bars.beat(self._cursor))
            self._cursor = None
        else:
            super().keyPressEvent(event)


class TimeStrip(QFrame):
    def __init__(self, bridge: Bridge, axis: TimeAxis, midi_learn: MidiLearn, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._bridge, self._axis = bridge, axis
        self.bars = Bars(axis, theme)
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
