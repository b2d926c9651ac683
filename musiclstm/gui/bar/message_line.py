"""The message line at the bottom, with a list of all messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from musiclstm.gui.look.labels import plain_tip
from musiclstm.gui.look.room import resize_within
from musiclstm.gui.look.theme import Theme

SECONDS = 8  # a passing message gives way to the state after so long
KEPT = 500
Action = tuple[str, Callable[[], object]]


@dataclass(frozen=True)
class Line:
    """kind: passing (for a few seconds), offer (until answered), serious (until read)."""

    text: str
    kind: str = "passing"
    actions: tuple[Action, ...] = ()


class Elided(QLabel):
    """A label that never asks for room; the whole text is in its tooltip."""

    def __init__(self, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        super().__init__()
        self.full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        self.full = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        fitted = self.fontMetrics().elidedText(self.full, Qt.TextElideMode.ElideRight, self.width())
        self.setText(fitted)
        self.setToolTip(plain_tip(self.full) if fitted != self.full else "")


class Message(Elided):
    """As wide as its text if there is room, so that its buttons stand beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.full) + 4, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())


class MessageLine(QFrame):
    """Shows the state (`show_state`), and in its place each message for some seconds.

    A serious message hides what was said before. What is said after it is shown for its seconds, because it may answer
    what the user has just done; then the serious one returns.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("messages")
        self._theme = theme
        self._state = ""
        self._standing: list[Line] = []
        self._passing: Line | None = None
        self._passing_first = True  # it was said after every serious one
        self.log: list[str] = []
        self._dialog: QDialog | None = None
        self._dialog_text: QPlainTextEdit | None = None
        self._text = Message()
        self._buttons = [QToolButton(), QToolButton()]
        for index, button in enumerate(self._buttons):
            button.setText("OK")
            button.clicked.connect(lambda _checked=False, index=index: self._act(index))
            button.hide()
        self.details = QToolButton()
        self.details.setText("Details")
        self.details.setProperty("flat", True)
        self.details.setToolTip("All messages of this session, and how punctual the engine is")
        self.details.clicked.connect(self.show_details)
        self._figures: QLabel | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 8, 3)
        row.setSpacing(8)
        row.addWidget(self._text)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.details)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._passed)

    @property
    def text(self) -> str:
        """The whole text that is shown now."""
        return self._text.full

    @property
    def buttons(self) -> list[QToolButton]:
        return self._buttons

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show()

    def show_figures(self, text: str) -> None:
        """Figures for engineers, among the details."""
        if self._figures is not None:
            self._figures.setText(text)

    def show_state(self, text: str) -> None:
        if text != self._state:
            self._state = text
            self._show()

    def say(
        self,
        text: str,
        *,
        serious: bool = False,
        details: str = "",
        actions: Sequence[Action] = (),
        offer: bool = False,
        seconds: float = SECONDS,
    ) -> None:
        """seconds: how long a passing message stays."""
        stamp = datetime.now().astimezone().strftime("%H:%M:%S")
        self._keep(f"{stamp}  {text}" + (f"\n          {details}" if details else ""))
        if serious or offer:
            line = Line(text, "serious" if serious else "offer", tuple(actions))
            self._standing = [*[old for old in self._standing if old.text != text][-4:], line]
            self._passing_first = self._passing_first and not serious
        else:
            self._passing, self._passing_first = Line(text, actions=tuple(actions)), True
            self._timer.start(round(seconds * 1000))
        self._show()

    def withdraw(self, text: str) -> None:
        """What a message said is over."""
        if self._passing is not None and self._passing.text == text:
            self._passing = None
        self._standing = [line for line in self._standing if line.text != text]
        self._show()

    def _keep(self, entry: str) -> None:
        self.log = [*self.log[-KEPT:], entry]
        if self._dialog_text is not None:
            self._dialog_text.appendPlainText(entry)

    def _passed(self) -> None:
        self._passing = None
        self._show()

    def _current(self) -> Line:
        serious = [line for line in self._standing if line.kind == "serious"]
        if self._passing is not None and (self._passing_first or not serious):
            return self._passing
        if serious:
            return serious[-1]
        return self._standing[-1] if self._standing else Line(self._state)

    def _show(self) -> None:
        line = self._current()
        serious = line.kind == "serious"
        self._text.show_text(("⚠ " if serious else "") + line.text)
        self._text.setStyleSheet(f"color: {self._theme.accent}; font-weight: 600;" if serious else "")
        labels = [label for label, _do in line.actions] or (["OK"] if serious else [])
        for index, button in enumerate(self._buttons):
            button.setVisible(index < len(labels))
            if index < len(labels):
                button.setText(labels[index])

    def _act(self, index: int) -> None:
        """A button was pressed, so the message has been read."""
        line = self._current()
        if line is self._passing:
            self._passing = None
        else:
            self._standing = [old for old in self._standing if old is not line]
        self._show()
        if index < len(line.actions):
            line.actions[index][1]()

    def show_details(self) -> None:
        if self._dialog is None or self._dialog_text is None:
            self._dialog = QDialog(self.window())
            self._dialog.setWindowTitle("Messages")
            resize_within(self._dialog, QSize(640, 320))
            self._dialog_text = QPlainTextEdit("\n".join(self.log))
            self._dialog_text.setReadOnly(True)
            self._dialog_text.setPlaceholderText("Nothing yet.")
            self._dialog_text.setAccessibleName("Messages of this session")
            column = QVBoxLayout(self._dialog)
            column.addWidget(self._dialog_text)
            self._figures = QLabel()
            self._figures.setProperty("quiet", True)
            font = QFont(self.font())
            font.setFeature(QFont.Tag("tnum"), 1)
            self._figures.setFont(font)
            column.addWidget(self._figures)
        self._dialog.show()
        self._dialog.raise_()
