"""The window takes the files that are read as MIDI files."""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog

from musiclstm.files import MIDI_SUFFIXES
from tests.gui.conftest import Bench


def test_the_dialog_shows_every_midi_file(bench: Bench) -> None:
    bench.window.dialogs.prime()
    dialog = bench.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    (names,) = dialog.nameFilters()
    for suffix in MIDI_SUFFIXES:
        assert f"*{suffix}" in names
        assert f"*{suffix.upper()}" in names
    dialog.close()
