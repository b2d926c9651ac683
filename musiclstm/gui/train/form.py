"""The form: which folder, what the model is called, what to begin with, and for how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QFileDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from musiclstm import paths
from musiclstm.errors import UsageError, printable
from musiclstm.files import contents, is_folder
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.look.room import field_height
from musiclstm.gui.look.rows import Chooser
from musiclstm.gui.train import runs, words

_LOOK = 50  # milliseconds
ABOUT = (
    "The music goes on while a model is trained, and comes first. Training can be paused, and goes on from there even "
    "after the program was closed. Some of the files are held out, to measure by. What comes of it is in the model "
    "list."
)
NOTHING = ("nothing: it learns all from your files", "")
SIMILAR = ("the model that plays the most similar music", paths.SIMILAR)


class Form(QWidget):
    """models: the names there are. asked(run): to be started. refused(why).

    edited: something was changed, so that what was refused may no longer be.
    """

    asked = Signal(object)
    edited = Signal()
    refused = Signal(str)

    def __init__(self, models: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._models = models
        self._files: int | None = None
        self._others = ""  # which files of the folder are no music, by their endings
        self._proposed = ""  # the name that was filled in
        self._chosen = False  # by hand, what to begin with
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Choose a folder of MIDI files, or drop one here")
        self.folder.setAccessibleName("Folder of MIDI files")
        self.folder.editingFinished.connect(self._folder_named)
        self.choose = push_button("Choose…", "Choose a folder; its subfolders are read, too.", self._choose)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setPlaceholderText("What the model is called")
        self.name.setAccessibleName("Name of the model")
        for line in (self.folder, self.name):
            line.textEdited.connect(self.edited)
            line.setAcceptDrops(False)  # the page takes folders; a field would take their address as text
        self.begin_with = Chooser("Begin with", "A model that plays similar music, which learns yours from there.")
        self.begin_with.activated.connect(self._begin_chosen)
        self.minutes = QDoubleSpinBox()
        self.minutes.setRange(0.5, runs.LONGEST)
        self.minutes.setDecimals(1)
        self.minutes.setValue(runs.MINUTES)
        self.minutes.setSuffix(" minutes")
        self.minutes.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.minutes.setAccessibleName("How long to train, in minutes")
        self.minutes.setToolTip("Of few files there is less to learn: it ends when it has. It can be stopped before.")
        self.minutes.valueChanged.connect(lambda _value: self.edited.emit())
        self.advice = QLabel()
        self.advice.setProperty("quiet", True)
        self.advice.setWordWrap(True)
        self.start = push_button("Start", "Training gives way to the music that plays.", self._start)
        # No signal: the thread may outlive this widget.
        self._counted: SimpleQueue[tuple[int, int, str]] = SimpleQueue()
        self._counts = 0  # how often files were counted; of several answers the one to the last question counts
        self._look = QTimer(self, interval=_LOOK)
        self._look.timeout.connect(self._take_count)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.folder, 1)
        row.addWidget(self.choose)
        last = QHBoxLayout()
        last.setSpacing(8)
        last.addWidget(self.minutes)
        last.addStretch(1)
        last.addWidget(self.start)
        form = QFormLayout(self)
        form.setContentsMargins(20, 16, 20, 16)
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(16)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form = form
        form.addRow(self._label("Folder", self.folder), row)
        form.addRow("", self.advice)
        form.addRow(self._label("Name", self.name), self.name)
        form.addRow(self._label("Begin with", self.begin_with), self.begin_with)
        form.addRow(self._label("Train for", self.minutes), last)
        about = QLabel(ABOUT)
        about.setProperty("quiet", True)
        about.setWordWrap(True)
        form.addRow("", about)

    def _label(self, text: str, field: QWidget) -> QLabel:
        """A label as high as its field, so that both are on one line."""
        label = QLabel(text)
        label.setBuddy(field)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for each in (field, label):
            each.setFixedHeight(field_height(each))
        return label

    def offer_models(self) -> None:
        chosen = str(self.begin_with.currentData() or "")
        there = paths.model_names()  # bands are none of them
        choices = [NOTHING, SIMILAR, *((name, name) for name in self._models() if name in there)]
        self.begin_with.offer(choices, chosen if chosen in (data for _text, data in choices) else "")
        self._show_advice()

    def take(self, folder: str) -> None:
        """A folder that was chosen or dropped."""
        self.folder.setText(folder)
        self.edited.emit()
        self._folder_named()

    def begin_again(self) -> None:
        """For another model: a name of its own."""
        self.name.clear()

    def _choose(self) -> None:
        dialog = QFileDialog(self, "Folder of MIDI files", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def _folder_named(self) -> None:
        """The model is called after the folder, unless somebody has given it a name."""
        folder = self.folder.text().strip()
        if folder and self.name.text().strip() in ("", self._proposed):
            place = runs.place_of(folder)
            name = printable(place.name if place.name not in ("", "..") else place.resolve().name)
            self._proposed = runs.free_name(name[: self.name.maxLength()].strip(), self._models())
            self.name.setText(self._proposed)
        self._count()

    def _begin_chosen(self) -> None:
        self._chosen = True
        self.edited.emit()
        self._show_advice()

    def _start(self) -> None:
        try:
            run = runs.check(self.name.text(), self.folder.text(), self._models())
        except UsageError as error:
            self.refused.emit(str(error))
            return
        begin_with = str(self.begin_with.currentData() or "")
        self.asked.emit(replace(run, begin_with=begin_with, minutes=self.minutes.value()))

    # ---- how many files there are ------------------------------------------------------------------------------------

    def _count(self) -> None:
        """In a thread, because a folder may be large, or far away."""
        folder = self.folder.text().strip()
        self._files = None
        self._counts += 1
        if folder:
            arguments = self._counts, folder, self._counted
            threading.Thread(target=_count, args=arguments, name="count", daemon=True).start()
            self._look.start()
        self._show_advice()

    def _take_count(self) -> None:
        with suppress(Empty):
            number, files, others = self._counted.get_nowait()
            if number == self._counts:
                self._look.stop()
                self._show_count(files, others)

    def _show_count(self, files: int, others: str) -> None:
        self._files, self._others = files if files >= 0 else None, others
        if not self._chosen and files >= 0:
            few = files < words.FEW
            self.begin_with.choose(paths.SIMILAR if few else "")
        self._show_advice()

    def _show_advice(self) -> None:
        self.advice.setText(words.advice(self._files, str(self.begin_with.currentData() or ""), self._others))
        self._form.setRowVisible(self.advice, bool(self.advice.text()))


def _count(number: int, folder: str, counted: SimpleQueue[tuple[int, int, str]]) -> None:
    """How many MIDI files there are, -1 where it cannot be said; and the others by their endings.

    number: of the question, for the answer.
    """
    files, others, place = -1, "", runs.place_of(folder)
    if is_folder(place):
        inside = contents(place)
        files, others = len(inside.midi_files), inside.others
    counted.put((number, files, others))
