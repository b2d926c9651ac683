"""The bars played so far: how dense each part was, bookmarks, jumps, and what of it the roll shows."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.bar.bars_layout import FLAG, bars_in_a_column, numbers, place_flags, widest_gap
from musiclstm.gui.look.colours import mix
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme

LEAST = 32  # bars the strip is wide from the beginning
KEPT = 100_000  # notes, as the roll
TOP = 18  # pixels above the bars: numbers and flags
PERSON = -1  # in place of a part, for what the person plays
HINT = "Click a bar to go back to it."


class PlayedBars(KeyFocusWidget):
    """Signals: `go_to(beat)`, `go(slot)` when a flag is clicked.

    marks, titles: slot -> beat, and the title of the model that it holds. jumps: beats of jumps. models: (beat, title)
    where a model begins; `model`: the title of one that begins with the next jump.
    """

    go_to = Signal(float)
    go = Signal(str)

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self._axis, self._theme = axis, theme
        self._onsets: list[tuple[float, int]] = []  # beat, part
        self._density: dict[int, dict[int, int]] = {}  # bar: part: notes that start
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
        return QSize(400, 46)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    # ---- what was played -----------------------------------------------------------------------------------------

    @property
    def counts(self) -> dict[int, int]:
        """Notes started in each bar."""
        return {bar: sum(parts.values()) for bar, parts in self._density.items()}

    def count(self, beat: float, part: int = 0) -> None:
        self._onsets.append((beat, part))
        self._add(beat, part)

    def _add(self, beat: float, part: int) -> None:
        parts = self._density.setdefault(self._axis.bars.number(beat), {})
        parts[part] = parts.get(part, 0) + 1

    def recount(self) -> None:
        """The bars may have another length, or other notes in them."""
        self._density.clear()
        for beat, part in self._onsets:
            self._add(beat, part)

    def jump(self, beat: float) -> None:
        """The music jumped; if time itself went back, the bars after it are dropped."""
        number = self._axis.bars.number
        last = number(beat)
        self._density = {bar: parts for bar, parts in self._density.items() if bar <= last}
        self._onsets = [onset for onset in self._onsets[-KEPT:] if number(onset[0]) <= last]
        self.jumps = [*[old for old in self.jumps if old < beat][-500:], beat]
        if self.model:
            self.models = [*[old for old in self.models if old[0] < beat][-500:], (beat, self.model)]
            self.model = ""

    def relabel(self, beats: float) -> None:
        """What was beat b is b + `beats` from now on."""
        self._onsets = [(onset + beats, part) for onset, part in self._onsets]
        self.recount()
        self.models = [(beat + beats, title) for beat, title in self.models]
        self.jumps = [beat + beats for beat in self.jumps]
        self.marks = {slot: beat + beats for slot, beat in self.marks.items()}

    def clear(self, title: str = "") -> None:
        """Nothing was played yet; the model's title."""
        for old in (self._density, self.marks, self.titles, self.jumps, self._onsets):
            old.clear()
        self.models, self.model = [(-math.inf, title)], ""

    # ---- places --------------------------------------------------------------------------------------------------

    def first(self) -> int:
        """The number of the first bar; 0 unless a leader's start has relabelled what was before it."""
        return self._axis.bars.number(self._axis.begin)

    def bars(self) -> int:
        """The number of bars that the strip shows."""
        played = self._axis.bars.number(self._axis.now) + 1
        last = max([played, *(bar + 1 for bar in self._density), LEAST]) - self.first()
        # In steps, so that nothing creeps.
        width = LEAST
        while width < last:
            width = width * 3 // 2
        return width

    def _x(self, bar: float) -> float:
        return (bar - self.first()) / self.bars() * self.width()

    def _x_of(self, beat: float) -> float:
        return self._x(self._axis.bars.at(beat))

    def _bar(self, x: float) -> float:
        return x / self.width() * self.bars() + self.first()

    def flags(self) -> dict[str, QRectF]:
        """Where the flag of each bookmark is; no two of them overlap."""
        return place_flags({slot: self._x_of(beat) for slot, beat in self.marks.items()}, self.width())

    def what(self, slot: str) -> str:
        """Where a bookmark lies, and of which model it is."""
        bar = f"bar {self._axis.bars.number(self.marks[slot]) + 1}"
        return ", ".join(filter(None, (bar, self.titles.get(slot))))

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(0, TOP, self.width(), self.height() - TOP)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.ground))
        painter.drawRoundedRect(ground, 3, 3)
        self._paint_view(painter, ground)
        self._paint_density(painter, ground)
        flags, titles = self.flags(), self._titles()
        self._paint_numbers(painter, [*flags.values(), *(box for box, _ in titles)])
        if self._axis.loop is not None:
            left, right = (self._x_of(beat) for beat in self._axis.loop)
            painter.fillRect(QRectF(left, self.height() - 4, max(4.0, right - left), 4), QColor(theme.accent))
        for beat in self.jumps:
            painter.fillRect(QRectF(self._x_of(beat), TOP, 1, self.height() - TOP), QColor(theme.accent))
        self._paint_titles(painter, titles)
        now = self._x_of(self._axis.now)
        painter.fillRect(QRectF(now - 1, TOP - 2, 2, self.height()), QColor(theme.accent))
        self._paint_flags(painter, flags)
        mark = self._cursor if self._cursor is not None else self._hover
        if mark is not None and self._axis.bars.beat(mark) < self._axis.now:
            painter.fillRect(QRectF(self._x(mark), TOP - 2, 1.5, self.height()), QColor(theme.text))
        self.paint_focus(painter, theme.accent)
        painter.end()

    def _paint_view(self, painter: QPainter, ground: QRectF) -> None:
        """Draw a frame around the part that the roll shows."""
        left = max(0.0, self._x_of(self._axis.left_beat))
        right = min(float(self.width()), self._x_of(self._axis.right_beat))
        theme = self._theme
        painter.setPen(QPen(QColor(mix(theme.text, theme.ground, 0.35)), 1))
        painter.setBrush(QColor(mix(theme.text, theme.ground, 0.1)))
        painter.drawRoundedRect(
            QRectF(left, ground.y(), max(4.0, right - left), ground.height()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3
        )

    def _paint_density(self, painter: QPainter, ground: QRectF) -> None:
        """Columns of one bar, or of several in a long take: the mean of their notes, the parts upon each other."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        bar_width = self.width() / self.bars()
        size = bars_in_a_column(bar_width)
        columns: dict[int, dict[int, int]] = {}
        for bar, parts in self._density.items():
            column = columns.setdefault(bar // size, {})
            for part, count in parts.items():
                column[part] = column.get(part, 0) + count
        most = max((sum(parts.values()) for parts in columns.values()), default=1)
        scale = (ground.height() - 3) / most
        colours: dict[int, QColor] = {}
        for index, parts in columns.items():
            left, right = self._x(index * size), self._x((index + 1) * size)
            gap = 1 if right - left >= 6 else 0
            bottom = ground.bottom()
            for part in sorted(parts, reverse=True):
                colour = colours.get(part)
                if colour is None:
                    colour = colours[part] = self._colour(part)
                height = parts[part] * scale
                painter.fillRect(QRectF(left, bottom - height, right - left - gap, height), colour)
                bottom -= height
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _colour(self, part: int) -> QColor:
        theme = self._theme
        return QColor(mix(theme.person if part == PERSON else theme.part(part), theme.ground, 0.75))

    def _paint_numbers(self, painter: QPainter, taken: list[QRectF]) -> None:
        metrics = QFontMetricsF(self.font())
        room = metrics.horizontalAdvance(str(self.first() + self.bars())) + 24
        painter.setPen(QColor(self._theme.secondary))
        for bar in numbers(self.first(), self.bars(), self.width() / self.bars(), room):
            text = str(bar + 1)
            box = QRectF(self._x(bar) + 2, 0, metrics.horizontalAdvance(text) + 1, TOP - 1)
            if not any(each.intersects(box) for each in taken) and box.right() <= self.width():
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
                painter.fillRect(QRectF(self._x(bar), TOP - 5, 1, 5), QColor(self._theme.edge))

    def _titles(self) -> list[tuple[QRectF, str]]:
        """Where the models' names are written, if there are several; the bars have no numbers there."""
        if len(self.models) < 2:
            return []
        metrics, flags, found = QFontMetricsF(self.font()), self.flags().values(), []
        ends = [self._x_of(beat) for beat, _ in self.models[1:]] + [float(self.width())]
        for (beat, title), end in zip(self.models, ends, strict=True):
            x = max(0.0, self._x_of(max(beat, self._axis.begin)))
            left, right = widest_gap(flags, x + 1, end, metrics.horizontalAdvance(title) + 10)
            text = metrics.elidedText(title, Qt.TextElideMode.ElideRight, right - left - 9)
            if len(text) > 1:
                found.append((QRectF(left, 0, metrics.horizontalAdvance(text) + 9, TOP - 1), text))
        return found

    def _paint_titles(self, painter: QPainter, titles: list[tuple[QRectF, str]]) -> None:
        """Where the model changed: a line, and from there on its name."""
        painter.setPen(QColor(self._theme.text))
        for beat, _ in self.models if len(self.models) > 1 else []:
            if math.isfinite(beat):
                painter.fillRect(QRectF(self._x_of(beat) - 0.75, 2, 1.5, self.height() - 2), QColor(self._theme.text))
        for box, text in titles:
            painter.drawText(box.adjusted(4, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_flags(self, painter: QPainter, flags: dict[str, QRectF]) -> None:
        accent = QColor(self._theme.accent)
        painter.setPen(QPen(accent, 1.5))
        for slot, flag in flags.items():
            x = self._x_of(self.marks[slot])
            foot = QPointF(x, TOP + 3)
            painter.drawLine(QPointF(min(max(x, flag.left() + 1), flag.right() - 1), FLAG), foot)
            painter.drawLine(foot, QPointF(x, self.height()))
        for slot, flag in flags.items():
            painter.fillRect(flag, accent)
            painter.setPen(QColor(self._theme.on_accent))
            painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, slot)

    # ---- mouse and keys ------------------------------------------------------------------------------------------

    def _flag_at(self, place: QPointF) -> str | None:
        return next((slot for slot, flag in self.flags().items() if flag.contains(place)), None)

    def _about(self, place: QPointF) -> str:
        """What the flag at a place holds, if there is one."""
        slot = self._flag_at(place)
        return f"{slot}: {self.what(slot)}" if slot else ""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = None
        slot = self._flag_at(event.position())
        bar = math.floor(self._bar(event.position().x()))
        self._hover = None if slot else float(bar)
        past = self._axis.bars.beat(bar) < self._axis.now
        self.setCursor(Qt.CursorShape.PointingHandCursor if slot or past else Qt.CursorShape.ArrowCursor)
        if slot:
            self.setToolTip(f"{self._about(event.position())}. Click to return to it.")
        else:
            self.setToolTip(f"Bar {bar + 1}: click to go back to it." if past else HINT)
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        slot = self._flag_at(event.position())
        if slot:
            self.go.emit(slot)
            return
        beat = self._axis.bars.beat(math.floor(self._bar(event.position().x())))
        if self._axis.bars.beat(self.first()) <= beat < self._axis.now:
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
