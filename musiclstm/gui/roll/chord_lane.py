"""The lane of the chords that lead, between ruler and roll. A click on a bar edits its chords."""

from __future__ import annotations

from collections.abc import Callable
from math import floor

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from musiclstm.errors import UsageError
from musiclstm.gui.awaited import Awaited
from musiclstm.gui.axes.time_axis import TimeAxis
from musiclstm.gui.look.focus import KeyFocusWidget
from musiclstm.gui.look.theme import Theme
from musiclstm.music import chord_track
from musiclstm.music.chord_track import ChordTrack
from musiclstm.protocol.telemetry import ChordsChanged

HEIGHT = 22
NAME_WIDTH = 90  # pixels that the line to type in has at least


class ChordLane(KeyFocusWidget):
    """edited(text): the whole track, as in `chord_track.read`. wrong(text): why what was typed is no chord.

    asked(place): its menu, at a place of the screen.
    """

    edited = Signal(str)
    wrong = Signal(str)
    asked = Signal(QPoint)

    def __init__(self, axis: TimeAxis, theme: Theme) -> None:
        super().__init__()
        self._axis, self._theme = axis, theme
        self._track: ChordTrack | None = None
        self._bars: list[str] = []
        self._origin, self._bar = 0.0, 4.0
        self._leader = ""
        self._awaited = Awaited()
        self._editing = 0  # the bar of the clock that is edited, counted from the track's first
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Chords that lead")
        self.setAccessibleDescription("Return edits the chords of this bar; an empty bar goes on with its chord.")
        self.setToolTip(
            "Click a bar and type its chords, as in Dm7 or G7 C. Return and Tab go on to the next bar.\n"
            "Right click, or drop a file: chords of iReal Pro, ChordPro, a text, or the markers of a MIDI file."
        )
        self.line = ChordEdit(self, self._entered, self._left)
        for signal in (axis.scaled, axis.moved):
            signal.connect(self._moved)

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    def rows(self) -> list[tuple[str, QRectF]]:
        """As in `RowNames`."""
        return [("leads", QRectF(0, 0, self.width(), HEIGHT))]

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def take(self, message: ChordsChanged) -> None:
        """Other chords lead, unless they are of a bar that was typed before the last one."""
        if self._awaited.is_old("chords", message.text):
            return
        self._origin, self._bar = message.beat, message.bar
        self._track = chord_track.read(message.text, message.bar) if message.text else None
        self._bars = [part.strip() for part in message.text.strip().strip("|").split("|")] if message.text else []
        self.update()

    def forget_awaited(self) -> None:
        """The engine has ended; the next one tells which chords lead."""
        self._awaited.clear()

    def show_leader(self, name: str) -> None:
        """name: of the player whose chords lead; "": nobody's."""
        self._leader = name
        self.update()

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, axis = self._theme, self._axis
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.background))
        ratio = self.devicePixelRatioF()
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(theme.line))
        if self._track is None:
            painter.setPen(QColor(theme.secondary))
            painter.drawText(
                QRectF(12, 0, self.width() - 12, HEIGHT),
                Qt.AlignmentFlag.AlignVCenter,
                f"The chords of {self._leader} lead; click to type others"
                if self._leader
                else "Click to type chords that lead",
            )
        else:
            self._paint_chords(painter, self._track, ratio)
        now_x = axis.now_x if axis.following else axis.x(axis.now)
        painter.fillRect(QRectF(now_x - 1, 0, 2, self.height()), QColor(theme.accent))
        self.paint_focus(painter, theme.accent)
        painter.end()

    def _paint_chords(self, painter: QPainter, track: ChordTrack, ratio: float) -> None:
        """Each chord where it begins; the one that leads now in bold."""
        axis, theme = self._axis, self._theme
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.Bold)
        place = track.at(max(axis.left_beat, axis.begin, self._origin) - self._origin)
        while place.begin + self._origin < axis.right_beat:
            begin, end = place.begin + self._origin, place.end + self._origin
            left, right = axis.x(begin, ratio), axis.x(end, ratio)
            now = begin <= axis.now < end
            painter.fillRect(QRectF(left, 4, 1, HEIGHT - 8), QColor(theme.edge))
            painter.setFont(bold if now else self.font())
            painter.setPen(QColor(theme.accent if now else theme.text))
            name = "–" if place.chord is None else place.chord.text
            name = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, max(0, right - left - 6))
            painter.drawText(QRectF(left + 5, 0, right - left - 5, HEIGHT), Qt.AlignmentFlag.AlignVCenter, name)
            place = track.at(place.end)

    def _moved(self) -> None:
        if self.line.isVisible():
            self._place_line()
        self.update()

    # ---- editing -------------------------------------------------------------------------------------------------

    @property
    def bar_beats(self) -> float:
        """Of the music, as it is now."""
        return self._axis.bar_beats

    @property
    def leads(self) -> bool:
        """Whether chords lead that were typed, loaded or played."""
        return self._track is not None or bool(self._leader)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.asked.emit(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._edit_at(self._axis.beat(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._edit_at(self._axis.now)
        else:
            super().keyPressEvent(event)

    def _edit_at(self, beat: float) -> None:
        if self._track is None:
            self._origin, self._bar = self._axis.bars.beat(self._axis.bars.number(beat)), self._axis.bar_beats
        self._edit(floor((beat - self._origin) / self._bar + 1e-6))

    def _edit(self, bar: int) -> None:
        self._editing = bar
        text = self._bars[bar % len(self._bars)] if self._bars else ""
        self.line.setText("" if text == "N.C." else text)
        self._place_line()
        self.line.show()
        self.line.selectAll()
        self.line.setFocus()

    def _place_line(self) -> None:
        left = self._axis.x(self._origin + self._editing * self._bar)
        right = self._axis.x(self._origin + (self._editing + 1) * self._bar)
        width = max(NAME_WIDTH, round(right - left))
        self.line.setGeometry(max(0, min(round(left), self.width() - width)), 0, width, HEIGHT - 1)

    def _entered(self, *, more: bool) -> None:
        """more: Tab was pressed, which makes the track longer at its end; Return goes round."""
        typed, bars = self.line.text().strip(), list(self._bars) or [""]
        index = self._editing % len(bars)
        bars[index] = typed or ("N.C." if index == 0 else "")
        if more and index == len(bars) - 1:
            bars.append("%")
        text = " | ".join(bars)
        try:
            chord_track.read(text, self._bar)
        except UsageError as error:
            self.wrong.emit(str(error))
            self.line.selectAll()
            return
        self._bars = bars
        text = "" if set(bars) <= {"N.C.", "", "%"} else text
        self._awaited.send("chords", text)
        self.edited.emit(text)
        self._edit(self._editing + 1)

    def _left(self) -> None:
        self.line.hide()
        self.setFocus()


class ChordEdit(QLineEdit):
    """Where the chords of a bar are typed. entered(more=…): Return or Tab; left: Esc, or a click elsewhere."""

    def __init__(self, parent: QWidget, entered: Callable[..., None], left: Callable[[], None]) -> None:
        super().__init__(parent)
        self._entered, self._leave = entered, left
        self.setMaxLength(200)
        self.setProperty("own_escape", True)
        self.setStyleSheet("padding: 0 4px; min-height: 0; border-radius: 3px;")
        self.setAccessibleName("Chords of the bar")
        self.hide()

    def event(self, event: QEvent) -> bool:
        # Qt takes Tab for itself before it is a key, and the window has a use for Escape.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._entered(more=event.key() == Qt.Key.Key_Tab)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        return bool(super().event(event))
