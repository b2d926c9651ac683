"""The sign that says whose turn it is, or that the music ends, and for how long; to be read from a metre away."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from musiclstm.gui.look.theme import Theme
from musiclstm.protocol.telemetry import EndChanged, TurnChanged

HEIGHT = 66
ENDING = "ending"
"""Stands in a turn for those who play, until the music ends."""
WORDS = {"person": "Your turn", "model": "Model plays", "listening": "Listening", ENDING: "Ends in"}
OPEN = {"model": "until you play", "listening": "while you play"}
"""What stands in the countdown's place where the end is up to the person."""
SLACK = 0.05
"""Beats by which the window's clock may lag the engine's: two beats to come are never counted as three."""


def countdown(beats: float, bar: float) -> tuple[int, str]:
    """How long that is: whole bars, and in the last one beats, as one counts in. (number, unit)."""
    length, unit = (bar, "bar") if beats > bar + SLACK else (1.0, "beat")
    whole = max(0, ceil((beats - SLACK) / length))
    return whole, unit if whole == 1 else f"{unit}s"


class TurnSign(QWidget):
    """Hidden while nobody takes turns and no end is near. `advance` moves the countdown by the window's own clock."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.bar = 4.0
        self.turn = self._told = TurnChanged("")
        self._end: float | None = None
        self._beat = self._begin = 0.0
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_turn(self, turn: TurnChanged) -> None:
        self._told = turn
        self._show(turn if self._end is None else TurnChanged(ENDING, self._end))

    def show_end(self, message: EndChanged) -> None:
        """The end of the music comes before anybody's turn."""
        self._end = message.end
        self.show_turn(self._told)

    def _show(self, turn: TurnChanged) -> None:
        old = self.turn
        # The same turn with another end goes on; another one begins now, or where the old one was to end.
        if turn.who != old.who or old.until is None:
            ended = old.until is not None and abs(old.until - self._beat) < 1
            self._begin = old.until if ended and old.until is not None else self._beat
        self.turn = turn
        self.setVisible(bool(turn.who))
        self._describe()
        self.update()

    def advance(self, beat: float) -> None:
        """It is this beat now."""
        said = self.words
        self._beat = beat
        if self.isVisible():
            if said != self.words:
                self._describe()
            self.update()

    @property
    def words(self) -> tuple[str, str, str]:
        """Who, the number and its unit; or who, "" and what the end depends on."""
        who = WORDS.get(self.turn.who, "")
        if self.turn.until is None:
            return who, "", OPEN.get(self.turn.who, "")
        number, unit = countdown(self.turn.until - max(self._beat, self._begin), self.bar)
        return who, str(number), unit

    @property
    def left(self) -> float:
        """The share of the turn that is still to come, 0 to 1; 1 if its end is open."""
        until = self.turn.until
        if until is None or until <= self._begin:
            return 1.0
        return min(1.0, max(0.0, (until - self._beat) / (until - self._begin)))

    def _describe(self) -> None:
        self.setAccessibleName(" ".join(word for word in self.words if word))

    # ---- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, turn = self._theme, self.turn
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        mine = turn.who == "person"
        ground, ink = (theme.lit, theme.on_lit) if mine else (theme.raised, theme.text)
        edge = theme.accent if mine else theme.edge if turn.who == "listening" else theme.line
        painter.setPen(QPen(QColor(edge), 1.5))
        painter.setBrush(QColor(theme.panel if turn.who == "listening" else ground))
        painter.drawRoundedRect(box, 8, 8)
        self._paint_words(painter, box.adjusted(14, 4, -14, -14), ink)
        if turn.until is not None:
            self._paint_rest(painter, QRectF(box.left() + 14, box.bottom() - 14, box.width() - 28, 6), ink)
        painter.end()

    def _paint_words(self, painter: QPainter, box: QRectF, ink: str) -> None:
        who, number, unit = self.words
        middle = Qt.AlignmentFlag.AlignVCenter
        large, small = self._font(2.3, bold=True), self._font(1.25)
        painter.setPen(QColor(ink))
        painter.setFont(large)
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, who)
        painter.setFont(small)
        painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, unit)
        if number:
            # The unit's place is as wide as its longest word, so that the number stands still.
            width = QFontMetricsF(small).horizontalAdvance("beats") + 8
            painter.setFont(self._font(2.8, bold=True))
            painter.drawText(box.adjusted(0, 0, -width, 0), middle | Qt.AlignmentFlag.AlignRight, number)

    def _paint_rest(self, painter: QPainter, box: QRectF, ink: str) -> None:
        """What is left of the turn, with a notch at each bar before its end."""
        painter.setPen(Qt.PenStyle.NoPen)
        faint = QColor(ink)
        faint.setAlphaF(0.2)
        painter.setBrush(faint)
        painter.drawRoundedRect(box, 3, 3)
        painter.setBrush(QColor(ink))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), max(6.0, box.width() * self.left), box.height()), 3, 3)
        whole = (self.turn.until or 0.0) - self._begin
        bars = int((whole - SLACK) / self.bar)
        theme = self._theme
        grounds = {"person": theme.lit, "model": theme.raised}
        painter.setBrush(QColor(grounds.get(self.turn.who, theme.panel)))
        for number in range(1, min(bars, 16) + 1):
            x = box.left() + box.width() * number * self.bar / whole
            painter.drawRect(QRectF(x - 1, box.top(), 2, box.height()))

    def _font(self, scale: float, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * scale)
        font.setBold(bold)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font
