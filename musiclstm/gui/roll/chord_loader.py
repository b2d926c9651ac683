"""Chords from a file, from the clipboard or dropped: which song of a playlist, and what is said of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from musiclstm.errors import UsageError, printable
from musiclstm.files import MIDI_SUFFIXES, is_midi, spelt
from musiclstm.gui.roll.chord_lane import ChordLane
from musiclstm.music import chord_files, chord_track, ireal
from musiclstm.music.chord_files import Found
from musiclstm.words import counted

SUFFIXES = (".html", ".htm", ".txt", ".cho", ".chopro", ".chordpro", ".crd", ".pro", ".irealb")
"""Of text files that may be dropped."""


class ChordLoader(QObject):
    """found(text): chords, as in `chord_track.read`; "": none. said(text): for the message line."""

    found = Signal(str)
    said = Signal(str)

    def __init__(self, lane: ChordLane) -> None:
        super().__init__(lane)
        self._lane = lane
        lane.asked.connect(self._menu)

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self._lane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Load chords…").triggered.connect(self.ask)
        paste = menu.addAction("Paste chords")
        clipboard = QGuiApplication.clipboard().text()
        paste.triggered.connect(partial(self.take_text, clipboard))
        paste.setEnabled(bool(clipboard.strip()))
        none = menu.addAction("No chords")
        none.triggered.connect(partial(self.found.emit, ""))
        none.setEnabled(self._lane.leads)
        menu.popup(place)

    def ask(self) -> None:
        """Asks for a file."""
        dialog = QFileDialog(self._lane.window(), "Load chords that lead")
        endings = " ".join(f"*{ending}" for each in (*SUFFIXES, *MIDI_SUFFIXES) for ending in (each, each.upper()))
        dialog.setNameFilter(f"Chords: iReal Pro, ChordPro, text, MIDI ({endings})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take_file)
        dialog.open()

    def takes(self, data: QMimeData, *, on_lane: bool) -> bool:
        """Whether chords may be dropped; on the lane also a MIDI file, which is music elsewhere, and any text."""
        text = on_lane and not data.urls() and bool(data.text().strip())
        return bool(_file(data, on_lane=on_lane)) or text or ireal.is_link(data.text())

    def drop(self, data: QMimeData, *, on_lane: bool) -> None:
        file = _file(data, on_lane=on_lane)
        if file:
            self.take_file(file)
        else:
            self.take_text(data.text())

    def take_file(self, file: str) -> None:
        bar = self._lane.bar_beats
        try:
            if is_midi(file):
                self._lead(chord_files.read(file, bar), Path(file).name)
            else:
                self.take_text(chord_files.text_of(Path(file)), Path(file).name)
        except UsageError as error:
            self.said.emit(str(error))

    def take_text(self, text: str, name: str = "") -> None:
        """A link, or chords; where several songs are in it, asks which. name: of the file."""
        try:
            titles = chord_files.titles(text)
            if len(titles) > 1:
                self._choose(text, titles, name)
            else:
                self._lead(chord_files.of_text(text, self._lane.bar_beats), name)
        except UsageError as error:
            self.said.emit(f"{name}: {error}" if name else str(error))

    def _choose(self, text: str, titles: list[str], name: str) -> None:
        dialog = QInputDialog(self._lane.window())
        dialog.setWindowTitle("Chords of a song")
        dialog.setLabelText(f"{len(titles)} songs are in this playlist. Which one leads?")
        dialog.setComboBoxItems(titles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(lambda title: self._take_song(text, title, name))
        dialog.open()

    def _take_song(self, text: str, title: str, name: str) -> None:
        try:
            self._lead(chord_files.of_text(text, self._lane.bar_beats, title), name)
        except UsageError as error:
            self.said.emit(f"{title}: {error}")

    def _lead(self, found: Found, name: str) -> None:
        chord_track.read(found.chords)
        self.found.emit(found.chords)
        title = found.title or printable(name) or "The chords"
        bars = counted(found.chords.count("|") + 1, "bar")
        self.said.emit(f"{title}: {found.note}." if found.note else f"{title}: {bars} of chords lead.")


def _file(data: QMimeData, *, on_lane: bool) -> str:
    """The first file of chords among those that are dropped, "" for none."""
    for url in data.urls():
        file = str(spelt(url.toLocalFile()))
        if Path(file).suffix.lower() in SUFFIXES or (on_lane and is_midi(file)):
            return file
    return ""
