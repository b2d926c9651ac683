"""The chosen take: its name, a large picture, what there is to know, and the buttons for what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from musiclstm.engine.supervision.host import Entry
from musiclstm.gui.dialogs import take_words as words
from musiclstm.gui.dialogs.take_picture import TakePicture
from musiclstm.gui.look.buttons import push_button
from musiclstm.gui.look.labels import plain_label
from musiclstm.gui.look.theme import Theme
from musiclstm.words import counted

_WIDE = 288  # pixels of the picture at least; the buttons may need more


class TakeDetails(QWidget):
    """Signals for each thing that is asked; renamed(name)."""

    renamed = Signal(str)
    hear_asked = Signal()
    go_on_asked = Signal()
    save_asked = Signal()
    notation_asked = Signal()
    delete_asked = Signal()
    learn_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._session = ""  # whose name is shown
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.name = QLineEdit()
        self.name.setMaxLength(100)
        self.name.setAccessibleName("Name of the take")
        self.name.setToolTip("A take with a name is kept until you delete it.")
        self.name.editingFinished.connect(lambda: self.renamed.emit(self.name.text().strip()))
        self.picture = TakePicture(theme)
        self.facts = [plain_label() for _ in range(4)]
        for label in self.facts:
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in self.facts[1:]:
            label.setProperty("quiet", True)
        tip = "Play it as it is, through the same output. The model stops meanwhile."
        self.hear = push_button("Hear", tip, self.hear_asked.emit)
        tip = "The model reads it and continues where it ended."
        self.go_on = push_button("Go on from its end", tip, self.go_on_asked.emit)
        self.save = push_button("Save as MIDI", "Write all of it to a .mid in the takes folder.", self.save_asked.emit)
        tip = "The model that plays learns from what you played in it, beside the music."
        self.learn = push_button("Learn from it…", tip, self.learn_asked.emit)
        tip = "Write it to a .musicxml in the takes folder, for MuseScore and other notation programs."
        self.notate = push_button("Export for notation", tip, self.notation_asked.emit)
        self.delete = push_button("Delete", "Can be undone until the program is closed.", self.delete_asked.emit)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.name)
        column.addWidget(self.picture, 1)
        self.picture.setMinimumWidth(_WIDE)
        for label in self.facts:
            column.addWidget(label)
        column.addSpacing(8)
        for pair in ((self.hear, self.go_on), (self.save, self.notate), (self.learn, self.delete)):
            row = QHBoxLayout()
            row.setSpacing(8)
            for button in pair:
                row.addWidget(button, 1)
            column.addLayout(row)

    def show_entry(self, entry: Entry | None) -> None:
        summary = entry.summary if entry is not None else None
        for widget in (self.name, self.hear, self.go_on, self.save, self.notate):
            widget.setEnabled(summary is not None)
        self.learn.setEnabled(summary is not None and summary.by_person > 0)
        self.delete.setEnabled(entry is not None and not entry.playing)
        session = entry.session if entry is not None else ""
        if not self.name.hasFocus() or session != self._session:  # what is typed was for another one
            self.name.setText(entry.name if entry is not None else "")
        self._session = session
        self.name.setPlaceholderText("Give it a name" if entry is not None else "")
        self.picture.show_picture(summary.picture if summary else (), words.title(entry) if entry else "")
        for label, text in zip(self.facts, _facts(entry), strict=True):
            label.setText(text)

    def show_hearing(self, on: bool, heard: float | None) -> None:
        """on: this one is heard; heard: how much of it so far, 0 to 1, None: unchanged."""
        self.hear.setText("Stop" if on else "Hear")
        if heard is not None or not on:
            self.picture.show_heard(heard if on else None)


def _facts(entry: Entry | None) -> list[str]:
    """When; how long and how many notes; the models; the file."""
    if entry is None or entry.summary is None:
        return ["", "", "", ""]
    summary = entry.summary
    own = f", {summary.by_person:,} of them yours" if summary.by_person else ""
    return [
        words.date_words(summary.started),
        f"{words.length_words(summary.seconds)}, {counted(summary.notes, 'note')}{own}",
        ", ".join(summary.models),
        "It is being played now. " * entry.playing + words.where_in_full(entry),
    ]
