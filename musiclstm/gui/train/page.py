"""The page: how the training goes, and the buttons for what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QProgressBar, QVBoxLayout, QWidget

from musiclstm.gui.bar.message_line import Elided
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.train import words
from musiclstm.gui.train.curve import Curve
from musiclstm.gui.train.proposal import Proposal
from musiclstm.gui.train.runs import Run
from musiclstm.gui.train.state import State
from musiclstm.gui.train.training import Training

_TO_KNOW_HEIGHT = 56, 96  # pixels, where there is little room and where there is more


class Page(QWidget):
    """play_asked(name): the model of this name, or in this file, is to play."""

    play_asked = Signal(str)

    def __init__(self, training: Training, theme: Theme) -> None:
        super().__init__()
        self._training = training
        self.title = Elided()
        self.title.setStyleSheet("font-weight: 600;")
        self.source, self.found = Elided(), Elided()
        self.figures = QLabel()
        self.figures.setWordWrap(True)
        for label in (self.source, self.found, self.figures):
            label.setProperty("quiet", True)
        self.curve = Curve(theme)
        for widget in (self.figures, self.curve):
            widget.setToolTip(words.NATS)
        self.proposal = Proposal()
        self.proposal.changed.connect(self.show_state)
        self.reading = QProgressBar()
        self.reading.setTextVisible(False)
        self.reading.setAccessibleName("Files that have been read")
        self.to_know_title = QLabel()
        self.to_know_title.setWordWrap(True)
        self.to_know_title.setProperty("heading", True)
        self.to_know = QPlainTextEdit()
        self.to_know.setReadOnly(True)
        self.to_know.setMinimumHeight(_TO_KNOW_HEIGHT[0])
        self.to_know.setMaximumHeight(_TO_KNOW_HEIGHT[1])
        self.to_know.setAccessibleName("Files that are skipped, and why, and near-duplicates")
        tip = "Stop for now; it goes on from here, also after the program was closed."
        self.pause = push_button("Pause", tip, training.pause)
        self.go_on = push_button("Go on", "Train on from where it was paused.", training.go_on)
        tip = "Train on the same from the beginning. The checkpoint there was is kept until that is done."
        self.begin_again = push_button("Begin again", tip, training.begin_again)
        tip = "Play with the best weights so far; the training goes on."
        self.listen = push_button("Listen", tip, training.listen)
        tip = "Train a model like this."
        self.accept = push_button("Train", tip, self._accept)
        tip = "See what there is with these parts, or this time."
        self.look_again = push_button("Look again", tip, self._look_again)
        tip = "Make a model of the best there was so far."
        self.keep = push_button("Stop and keep", tip, training.keep)
        self.discard = push_button("Discard", "Throw away what was learnt.", training.discard)
        tip = "Play with it now; it is in the model list at the top, too."
        self.play = push_button("Play it", tip, self._play)
        self.another = push_button("Train another", "", training.clear)
        self._lay_out()
        training.changed.connect(self.show_state)
        training.so_far.connect(self.play_asked)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(6)
        for widget in (self.title, self.source, self.found):
            column.addWidget(widget)
        column.addSpacing(4)
        column.addWidget(self.reading)
        column.addWidget(self.proposal, 1)
        column.addWidget(self.curve, 1)
        column.addWidget(self.figures)
        column.addWidget(self.to_know_title)
        column.addWidget(self.to_know)
        column.addStretch(0)  # takes the room where neither proposal nor curve is shown
        column.addSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        buttons = (self.discard, self.another, self.listen, self.keep, self.begin_again, self.pause, self.go_on)
        self._buttons = (*buttons, self.play, self.look_again, self.accept)
        for button in self._buttons:
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
        name = training.made or run.name
        self.title.show_text(f"{name} · {said}" if said else name)
        self.source.show_text(words.where_from(run))
        self.found.show_text(words.found_words(run))
        self._show_reading(state)
        proposed = state is State.PROPOSED
        self.proposal.setVisible(proposed)
        self.curve.setVisible(not proposed and (state is not State.READING or bool(training.points)))
        if proposed:
            self.proposal.show_proposal(run)
        else:
            end = words.end_words(run, training.figures)
            self.curve.show_points(training.points, run.progress, end, held_out=training.figures.held_out)
        to_know = words.to_know_words(run)
        text = "\n".join(to_know)
        if text != self.to_know.toPlainText():
            self.to_know.setPlainText(text)
            self.to_know_title.setText(words.to_know_title(run))
        for widget in (self.to_know_title, self.to_know):
            widget.setVisible(bool(to_know))
        self._show_buttons(run, state)

    def _show_reading(self, state: State) -> None:
        training = self._training
        self.reading.setVisible(state is State.READING)
        if state is State.READING:
            read, files = training.read or (0, 0)
            self.reading.setRange(0, files)  # 0: it moves to and fro
            self.reading.setValue(read)
            self.figures.setText(words.reading_words(training.read))
        elif training.run is not None:
            self.figures.setText(words.figures_words(training.run, state, training.figures))

    def _show_buttons(self, run: Run, state: State) -> None:
        """The focus stays among them, so that Enter never closes the dialog in place of one that has gone."""
        held = self.hasFocus() or any(button.hasFocus() for button in self._buttons)
        self._offer_buttons(run, state)
        if held and not any(button.hasFocus() for button in self._buttons):
            offered = [button for button in self._buttons if button.isVisible() and button.isEnabled()]
            (offered[-1] if offered else self).setFocus()

    def _offer_buttons(self, run: Run, state: State) -> None:
        proposed, looks, outdated = state is State.PROPOSED, self._training.looks, self._training.outdated
        self.accept.setVisible(proposed)
        self.look_again.setVisible(proposed)
        self.look_again.setEnabled(self.proposal.corrected)
        self.pause.setVisible(state in (State.READING, State.TRAINING, State.PAUSING))
        self.pause.setEnabled(state is not State.PAUSING)
        self.pause.setText("Cancel" if looks else "Pause")
        self.go_on.setVisible(state is State.PAUSED)
        self.begin_again.setVisible(state is State.PAUSED and outdated)
        self.discard.setVisible(state in (State.PAUSED, State.PROPOSED))
        self.discard.setText("Back" if proposed else "Discard")
        self.listen.setVisible(state is State.TRAINING)
        self.keep.setVisible(not looks and state in (State.READING, State.TRAINING, State.PAUSED))
        self.keep.setEnabled(state is State.TRAINING or (state is State.PAUSED and run.trained))
        self.play.setVisible(state is State.DONE)
        self.another.setVisible(state is State.DONE)

    def _accept(self) -> None:
        if self._training.run is not None:
            self._training.accept(self.proposal.correction(self._training.run))

    def _look_again(self) -> None:
        if self._training.run is not None:
            self._training.look_again(self.proposal.correction(self._training.run))

    def _play(self) -> None:
        if self._training.made:
            self.play_asked.emit(self._training.made)
