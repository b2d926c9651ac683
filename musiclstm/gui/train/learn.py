"""Learn: how the takes of tonight, or one of them, shall teach the model that plays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from musiclstm import paths
from musiclstm.engine.supervision.host import Entry, lesson
from musiclstm.errors import UsageError
from musiclstm.files import is_file
from musiclstm.gui.look.buttons import foot, push_button
from musiclstm.gui.look.labels import Wrapped, plain_label
from musiclstm.gui.look.room import field_height, grow, resize_within
from musiclstm.gui.look.rows import Chooser, name_of
from musiclstm.gui.takes import Takes
from musiclstm.gui.train import runs
from musiclstm.gui.train.runs import Run
from musiclstm.gui.train.state import State
from musiclstm.gui.train.training import Training
from musiclstm.words import counted

_TONIGHT, _THIS = "tonight", "this"
_ALL, _MINE = "all", "mine"
# 300 steps: see docs/training.md.
_STEPS = (("Briefly: 100 steps", "100"), ("As measured: 300 steps", "300"), ("Thoroughly: 1,000 steps", "1000"))
ABOUT = (
    "The music goes on meanwhile, and comes first. What comes of it is a new model in the model list; the one that "
    "plays now stays as it is."
)


class LearnDialog(QDialog):
    """models: the names there are. begun: the training has started."""

    begun = Signal()

    def __init__(self, training: Training, takes: Takes, models: Callable[[], Sequence[str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._training, self._takes, self._models = training, takes, models
        self._model, self._entry, self._entries = "", None, ()  # type: tuple[str, Entry | None, Sequence[Entry]]
        self._asked: Run | None = None  # its takes are being written
        self.setWindowTitle("Learn")
        self.takes = Chooser("Takes", "Which takes it learns from.")
        self.notes = Chooser("Notes", "Whose notes it learns from.")
        self.steps = Chooser("How long", "It can be paused, and stopped before.")
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setAccessibleName("Name of the new model")
        self.message = Wrapped()
        self.start = push_button("Learn", "It gives way to the music that plays.", self._start)
        self._lay_out()
        takes.listed.connect(self._listed)
        takes.taught.connect(self._begin)
        takes.untaught.connect(self._refused)

    def _lay_out(self) -> None:
        self.notes.offer([("All that was played in them", _ALL), ("Only what I played", _MINE)], _ALL)
        self.steps.offer(list(_STEPS), "300")
        form = QFormLayout()
        form.setContentsMargins(20, 16, 20, 16)
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.model = plain_label()
        fields = (("Model", self.model), ("From", self.takes), ("Notes", self.notes), ("For", self.steps))
        for text, field in (*fields, ("Called", self.name)):
            label = QLabel(text)
            label.setBuddy(field)
            for widget in (label, field):
                widget.setFixedHeight(field_height(widget))
            form.addRow(label, field)
        about = QLabel(ABOUT)
        about.setProperty("quiet", True)
        about.setWordWrap(True)
        form.addRow("", about)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(form)
        column.addStretch(1)
        column.addWidget(foot(self.message, self.start, push_button("Close", "", self.close)))
        resize_within(self, QSize(560, max(320, column.heightForWidth(560))))

    def ask(self, model: str, entry: Entry | None) -> None:
        """entry: the take that is offered first."""
        self._model, self._entry = model, entry
        self.model.setText(name_of(model))
        when = "tonight" if entry is None else "learnt"
        self.name.setText(runs.free_name(f"{name_of(model)}, {when}", self._models()))
        self._say(self._why_not())
        self._offer(_TONIGHT if entry is None else _THIS)
        self._takes.list()

    def _say(self, text: str) -> None:
        self.message.show_text(text)
        grow(self)

    def _why_not(self) -> str:
        """Why the model cannot learn; "" if it can."""
        file = Path(self._model)  # a model may be a file anywhere
        if file.name == paths.SO_FAR:
            return f"{file.parent.name} is being trained. When that is done, it can learn from your takes."
        if self._model in paths.model_names() or is_file(file):
            return ""
        if file.is_absolute() and "," not in self._model:
            return f"{name_of(self._model)} is not there any more. Load another model."
        return f"{self._model} is a band. Load one of its models, which can learn on its own."

    def _listed(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        if self.isVisible():
            self._offer(str(self.takes.currentData()))

    def _offer(self, chosen: str) -> None:
        entries = lesson.tonight(self._entries, time.time())
        own = [entry.summary.by_person for entry in entries if entry.summary and entry.summary.by_person]
        choices = [(f"Tonight: {counted(len(own), 'take')}, {sum(own):,} notes of mine", _TONIGHT)]
        if self._entry is not None and self._entry.summary is not None:
            choices.insert(0, (f"This take: {self._entry.summary.by_person:,} notes of mine", _THIS))
        known = [data for _text, data in choices]
        self.takes.offer(choices, chosen if chosen in known else known[0])

    def _start(self) -> None:
        try:
            run = self._run()
        except UsageError as error:
            self._say(str(error))
            return
        run.discard()  # damaged
        this = self.takes.currentData() == _THIS and self._entry is not None
        entries = [self._entry] if this and self._entry else lesson.tonight(self._entries, time.time())
        self._asked = run
        if self.focusWidget() is self.start:  # Close would get it, for the next Enter
            self.setFocus()
        self.start.setEnabled(False)
        self._say("The takes are read…")
        self._takes.teach(entries, run.lessons, only_mine=self.notes.currentData() == _MINE)

    def _run(self) -> Run:
        """Raises UsageError."""
        if not self._training.possible():
            raise UsageError("Learning needs PyTorch; Train… in the menu installs it.")
        self._training.look()
        if self._training.state not in (State.NONE, State.DONE):
            raise UsageError("Another model is being trained; Train… in the menu shows it.")
        if why := self._why_not():
            raise UsageError(why)
        name = runs.check_name(self.name.text(), self._models())
        if runs.kept(name) is not None:
            raise UsageError(f"{name} is being trained already. Choose another name.")
        return Run(name, "", self._model, steps=int(self.steps.currentData()))

    def _begin(self, folder: str) -> None:
        run, self._asked = self._asked, None
        self._offer_start()
        if run is None:
            return
        try:
            self._training.learn(Run(run.name, folder, run.begin_with, steps=run.steps))
        except UsageError as error:
            run.discard()
            self._say(str(error))
            return
        self.close()
        self.begun.emit()

    def _refused(self, text: str) -> None:
        if self._asked is not None:
            self._asked.discard()
            self._asked = None
        self._offer_start()
        self._say(text)

    def _offer_start(self) -> None:
        self.start.setEnabled(True)
        if self.focusWidget() is self:
            self.start.setFocus()
