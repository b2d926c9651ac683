"""Other music for bars of the past: proposals to hear, to go on from, and to undo."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from musiclstm.gui.bridge import Bridge
from musiclstm.gui.look.rows import Chooser
from musiclstm.protocol.commands import GoTo, Hear, Prime, Rewrite
from musiclstm.protocol.telemetry import Exited, Heard, Jumped, Notice, Rewritten, Status

_AS_GOOD = 0.05  # of the nats of what was played


class RewriteDialog(QDialog):
    """ask(bars, words): which bars. `save_asked(file)`: a proposal is to be kept as a file."""

    save_asked = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rewrite bars")
        self.setMinimumWidth(440)
        self._bridge = bridge
        self._bars: tuple[float, float] | None = None
        self._asked: tuple[float, float] | None = None
        self._files: tuple[str, ...] = ()
        self._kept: str | None = None
        self._beat = 0.0
        self._before = 0.0  # the beat at which a proposal was kept
        self._hearing = False
        self.words = QLabel("")
        self.words.setWordWrap(True)
        self.part = Chooser("Part", "Whose notes are rewritten; the others keep theirs.")
        self.look = QPushButton("Look for other music")
        self.look.clicked.connect(self._look)
        top = QHBoxLayout()
        top.addWidget(self.part, 1)
        top.addWidget(self.look)
        self.choices = QButtonGroup(self)
        self.rows = QVBoxLayout()
        self.hear = self._button("Hear", "Stops the music, and plays the bars with those around them.", self._hear)
        self.keep = self._button("Go on from it", "The music goes on as if this had been played.", self._keep)
        self.undo = self._button("Undo", "Back to what was played, and on from there.", self._undo)
        self.save = self._button("Save…", "Keep the proposal as a MIDI file.", self._save)
        foot = QHBoxLayout()
        for button in (self.hear, self.keep, self.undo, self.save):
            foot.addWidget(button)
        foot.addStretch(1)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.words)
        column.addLayout(top)
        column.addLayout(self.rows)
        column.addStretch(1)
        column.addLayout(foot)
        bridge.rewritten.connect(self._rewritten)
        bridge.heard.connect(self._heard)
        bridge.status.connect(self._status)
        bridge.notice.connect(self._notice)
        bridge.jumped.connect(self._jumped)
        bridge.exited.connect(self._take_exit)
        self._show()

    def _button(self, text: str, hint: str, do: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        button.clicked.connect(do)
        return button

    def ask(self, bars: tuple[float, float], words: str, parts: tuple[str, ...]) -> None:
        """bars: beats. words: what they are called. parts: of the model."""
        if self._asked is None and (bars, words) != (self._bars, self.words.text()):
            self._bars, self._files = bars, ()
            self.words.setText(words)
            self.part.offer([("All parts", ""), *((name, str(i)) for i, name in enumerate(parts))], "")
            self._fill()

    # ---- doing -----------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._bars is None:
            return
        self._asked = self._bars
        part = str(self.part.currentData() or "")
        self._bridge.send(Rewrite(*self._bars, int(part) if part else None))
        self._show()

    def _chosen(self) -> str | None:
        number = self.choices.checkedId()
        return self._files[number] if 0 <= number < len(self._files) else None

    def _hear(self) -> None:
        self._bridge.send(Hear(None if self._hearing else self._chosen()))

    def _keep(self) -> None:
        file = self._chosen()
        if file is not None:
            if self._kept is None:
                self._before = self._beat
            self._kept = file
            self._bridge.send(Hear(None))
            self._bridge.send(Prime(file))
            self._show()

    def _undo(self) -> None:
        self._kept = None
        self._bridge.send(GoTo(self._before))
        self._show()

    def _save(self) -> None:
        file = self._chosen()
        if file is not None:
            self.save_asked.emit(file)

    # ---- what the engine says --------------------------------------------------------------------------------------

    def _rewritten(self, message: Rewritten) -> None:
        # Also after a notice that was of something else: the engine has looked on.
        if (message.start, message.end) != self._bars:
            return
        self._asked = None
        self._files = message.files
        self._fill(message)

    def _notice(self, message: Notice) -> None:
        if message.serious and self._asked is not None:
            self._failed()

    def _failed(self) -> None:
        """The message line of the window says why."""
        self._asked = None
        self._show()

    def _take_exit(self, _message: Exited) -> None:
        self._hearing, self._kept = False, None  # the next engine hears nothing, and has no past to go back to
        self._failed()

    def _heard(self, message: Heard) -> None:
        self._hearing = message.file is not None
        self._show()

    def _status(self, status: Status) -> None:
        self._beat = status.beat

    def _jumped(self, message: Jumped) -> None:
        if message.reason != "prime":
            self._kept = None
            self._show()

    # ---- showing ---------------------------------------------------------------------------------------------------

    def _fill(self, found: Rewritten | None = None) -> None:
        for button in self.choices.buttons():
            self.choices.removeButton(button)
            button.deleteLater()
        for number, file in enumerate(self._files):
            nats = 0.0 if found is None else found.nats[number]
            original = 1.0 if found is None else found.original
            row = QRadioButton(f"{number + 1}: {fit_words(nats, original)}")
            row.setToolTip(f"{Path(file).name}: what is kept has {nats:.0f} nats, {original:.0f} as it was played")
            row.toggled.connect(lambda _on: self._show())
            self.choices.addButton(row, number)
            self.rows.addWidget(row)
            row.setChecked(number == 0)
        self._show()

    def _show(self) -> None:
        searching = self._asked is not None
        self.look.setEnabled(self._bars is not None and not searching)
        self.look.setText("Looking…" if searching else "Look for other music")
        chosen = self._chosen() is not None and not searching
        self.hear.setText("Stop" if self._hearing else "Hear")
        self.hear.setEnabled(chosen or self._hearing)
        self.keep.setEnabled(chosen)
        self.save.setEnabled(chosen)
        self.undo.setEnabled(self._kept is not None)


def fit_words(nats: float, original: float) -> str:
    """How a proposal fits what is around it, beside what was played there."""
    if nats < original * (1 - _AS_GOOD):
        return "fits better than what was played"
    if nats <= original * (1 + _AS_GOOD):
        return "fits as well as what was played"
    return "fits less well than what was played"
