"""Train: your own model from a folder of MIDI files. A window beside the window: the music goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QStackedWidget, QVBoxLayout, QWidget

from musiclstm.errors import UsageError
from musiclstm.files import is_folder, spelt
from musiclstm.gui.look.buttons import foot, push_button
from musiclstm.gui.look.labels import Wrapped
from musiclstm.gui.look.room import resize_within
from musiclstm.gui.look.theme import Theme
from musiclstm.gui.train.form import Form
from musiclstm.gui.train.missing import Missing
from musiclstm.gui.train.page import Page
from musiclstm.gui.train.runs import Run
from musiclstm.gui.train.state import State
from musiclstm.gui.train.training import Training


class TrainDialog(QDialog):
    """models: the names there are. play_asked(name): play with this one."""

    play_asked = Signal(str)

    def __init__(
        self,
        training: Training,
        models: Callable[[], Sequence[str]],
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._training = training
        self.setWindowTitle("Train")
        resize_within(self, QSize(720, 560))
        self.setMinimumSize(640, 500)
        self.setAcceptDrops(True)
        self.form, self.page, self.missing = Form(models), Page(training, theme), Missing()
        self._pages = QStackedWidget()
        for widget in (self.form, self.page, self.missing):
            self._pages.addWidget(widget)
        self.message = Wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._pages, 1)
        column.addWidget(foot(self.message, push_button("Close", "Training goes on.", self.close)))
        self.form.asked.connect(self._start)
        self.form.refused.connect(self.message.show_text)
        self.form.edited.connect(lambda: self.message.show_text(""))
        self.missing.failed.connect(self.message.show_text)
        self.missing.installed.connect(self._show)
        self.page.play_asked.connect(self.play_asked)
        training.changed.connect(self._show)
        self._state = State.NONE

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._training.look()
        self.form.offer_models()
        self._show()
        self.page.show_state()

    def set_theme(self, theme: Theme) -> None:
        self.page.set_theme(theme)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._dropped(event) and self._pages.currentWidget() is self.form:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if folder := self._dropped(event):
            event.acceptProposedAction()
            self.form.take(folder)

    @staticmethod
    def _dropped(event: QDropEvent) -> str:
        """The folder that is dropped, or that of the file; "" if it is something else."""
        names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        return next((name if is_folder(spelt(name)) else str(Path(name).parent) for name in names), "")

    def _start(self, run: Run) -> None:
        try:
            self._training.start(run)
        except UsageError as error:
            self.message.show_text(str(error))

    def _show(self) -> None:
        training = self._training
        if training.run is not None:
            page: QWidget = self.page
        else:
            page = self.form if training.possible() else self.missing
        if page is self.form is not self._pages.currentWidget():
            self.form.offer_models()
        if training.state is State.DONE:
            self.form.begin_again()
        self._pages.setCurrentWidget(page)
        if training.text or training.state is not self._state:
            self.message.show_text(training.text)
        self._state = training.state
