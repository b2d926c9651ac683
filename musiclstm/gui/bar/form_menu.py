"""The menu of the form strip: the songs of the set list, and its file."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu, QToolButton

from musiclstm.gui.bar.set_list_files import SetListFiles
from musiclstm.gui.bridge import Bridge
from musiclstm.gui.midi_learn import MidiLearn
from musiclstm.protocol.commands import Song
from musiclstm.protocol.telemetry import FormChanged


class SongButton(QToolButton):
    """Shows the song; its menu has the others, and loads and saves the set list.

    songs_asked: the person wants to add, rename or reorder songs.
    """

    songs_asked = Signal()

    def __init__(self, bridge: Bridge, midi_learn: MidiLearn) -> None:
        super().__init__()
        self._bridge, self._midi_learn = bridge, midi_learn
        self._form: FormChanged | None = None
        self.files = SetListFiles(bridge)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(
            "The songs of the set list; add, rename or reorder them, load or save it.\n"
            "Right click: map a pedal or key to the next song."
        )
        self.setAccessibleName("Set list")
        self.setFixedWidth(160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        self.show_form(None)

    def show_form(self, form: FormChanged | None) -> None:
        self._form = form
        text = "Set list" if form is None else name_of(form.songs, form.song)
        self.setText(self.fontMetrics().elidedText(f"{text}  ▾", Qt.TextElideMode.ElideMiddle, self.width() - 20))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._midi_learn.menu(self, event, "song.next", "next song")

    def _fill(self) -> None:
        menu, form, send = self.menu(), self._form, self._bridge.send
        menu.clear()
        if form is not None:
            for index in range(len(form.songs)):
                action = menu.addAction(name_of(form.songs, index))
                action.setCheckable(True)
                action.setChecked(index == form.song)
                action.triggered.connect(partial(send, Song(index + 1)))
            following = menu.addAction("Next song")
            following.triggered.connect(partial(send, Song()))
            following.setEnabled(form.song + 1 < len(form.songs))
            menu.addSeparator()
        menu.addAction("Songs…").triggered.connect(self.songs_asked)
        menu.addAction("Load a set list…").triggered.connect(partial(self.files.load, self))
        menu.addAction("Load the example").triggered.connect(self.files.load_example)
        save = menu.addAction("Save the set list…")
        save.triggered.connect(partial(self.files.save, self))
        save.setEnabled(form is not None)


def name_of(songs: tuple[str, ...], index: int) -> str:
    """What a song is called, with its number; -1: one that was removed."""
    return f"{index + 1}  {songs[index] or 'Song'}" if index >= 0 else "Removed song"
