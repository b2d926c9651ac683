"""The page: how the training goes, and the buttons for what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.train import words
from musiclstm.gui.train.curve import Curve
from musiclstm.gui.train.training import State, Training

_SKIPPED_HEIGHT = 96


class Page(QWidget):
    """play_asked(name): the model that was made is to play."""

    play_asked = Signal(str)

    def __init__(self, training: Training, theme: Theme) -> None:
        super().__init__()
        self._training = training
        self.title = QLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.source, self.found = Elided(), Elided()
        self.figures = QLabel()
        for label in (self.source, self.found, self.figures):
            label.setProperty("quiet", True)
        self.curve = Curve(theme)
        self.skipped_title = QLabel()
        self.skipped_title.setProperty("heading", True)
        self.skipped = QPlainTextEdit()
        self.skipped.setReadOnly(True)
        self.skipped.setFixedHeight(_SKIPPED_HEIGHT)
        self.skipped.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.skipped.setAccessibleName("Files that are skipped, and why")
        tip = "Stop for now; it goes on from here, also after the program was closed."
        self.pause = push_button("Pause", tip, training.pause)
        self.go_on = push_button("Go on", "Train on from where it was paused.", training.go_on)
        tip = "Make a model of the best there was so far."
        self.keep = push_button("Stop and keep", tip, training.keep)
        self.discard = push_button("Discard", "Throw away what was learnt.", training.discard)
        tip = "Play with it now; it is in the model list at the top, too."
        self.play = push_button("Play it", tip, self._play)
        self.another = push_button("Train another", "", training.clear)
        self._lay_out()
        training.changed.connect(self.show_state)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(6)
        for widget in (self.title, self.source, self.found):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addWidget(self.curve, 1)
        column.addWidget(self.figures)
        column.addWidget(self.skipped_title)
        column.addWidget(self.skipped)
        column.addSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.discard, self.another, self.keep, self.pause, self.go_on, self.play):
            row.addWidget(button)
        column.addLayout(row)

    def set_theme(self, theme: Theme) -> None:
        self.curve.set_theme(theme)

    def show_state(self) -> None:
        training = self._training
        run, state = training.run, training.state
        if run is None:
            return
        said = words.STATES.get(state, "")
        self.title.setText(f"{run.name} · {said}" if said else run.name)
        self.source.show_text(words.where_from(run))
        self.found.show_text(words.found_words(run))
        self.figures.setText(words.figures_words(run, state, training.figures))
        end = words.minutes_words(run.minutes)
        self.curve.show_points(training.points, run.progress, end, held_out=training.figures.held_out)
        skipped = words.skipped_words(run)
        text = "\n".join(skipped)
        if text != self.skipped.toPlainText():
            self.skipped.setPlainText(text)
            self.skipped_title.setText(words.skipped_title(run))
        for widget in (self.skipped_title, self.skipped):
            widget.setVisible(bool(skipped))
        self.pause.setVisible(state in (State.READING, State.TRAINING, State.PAUSING))
        self.pause.setEnabled(state is not State.PAUSING)
        self.go_on.setVisible(state is State.PAUSED)
        self.discard.setVisible(state is State.PAUSED)
        self.keep.setVisible(state in (State.READING, State.TRAINING, State.PAUSED))
        self.keep.setEnabled(state is State.TRAINING or (state is State.PAUSED and run.trained))
        self.play.setVisible(state is State.DONE)
        self.another.setVisible(state is State.DONE)

    def _play(self) -> None:
        if self._training.run is not None:
            self.play_asked.emit(self._training.run.name)
