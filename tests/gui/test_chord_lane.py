"""Chords are typed above the roll."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QMenu

from musiclstm.gui.roll.chord_lane import ChordLane
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol import commands
from musiclstm.protocol.telemetry import ChordsChanged
from tests.gui.conftest import Bench
from tests.music.ireal import link

Key = Qt.Key


def click_now(bench: Bench) -> ChordLane:
    lane = bench.window.views.chords
    QTest.mouseClick(lane, Qt.MouseButton.LeftButton, pos=QPoint(round(bench.window.axis.now_x) + 3, 8))
    return lane


def typed(lane: ChordLane, text: str, key: Qt.Key) -> None:
    QTest.keyClicks(lane.line, text)
    QTest.keyClick(lane.line, key)


def texts(bench: Bench) -> list[str]:
    return [command.text for command in bench.sent(commands.Chords) if isinstance(command, commands.Chords)]


def test_bars_are_typed_one_after_another(bench: Bench) -> None:
    lane = click_now(bench)
    typed(lane, "Dm7", Key.Key_Tab)
    typed(lane, "G7 C", Key.Key_Return)
    assert texts(bench) == ["Dm7 | %", "Dm7 | G7 C"]
    assert lane.line.isVisible()
    # What is typed there is no music.
    assert not bench.sent(commands.PlayerNote)


def test_bars_that_are_typed_fast_are_all_kept(bench: Bench) -> None:
    """The engine answers each of them with all chords as they were then."""
    lane = click_now(bench)
    typed(lane, "Dm7", Key.Key_Tab)
    typed(lane, "G7", Key.Key_Tab)
    first, second = texts(bench)
    lane.take(ChordsChanged(first, 0.0, 4.0))
    typed(lane, "C", Key.Key_Return)
    assert texts(bench)[-1] == "Dm7 | G7 | C"
    for text in (second, texts(bench)[-1]):
        lane.take(ChordsChanged(text, 0.0, 4.0))
    assert lane._bars == ["Dm7", "G7", "C"]
    lane.take(ChordsChanged("F | G", 0.0, 4.0))  # of a section
    assert lane._bars == ["F", "G"]


def test_what_is_no_chord_stays_to_be_corrected(bench: Bench) -> None:
    said: list[str] = []
    bench.window.views.chords.wrong.connect(said.append)
    lane = click_now(bench)
    typed(lane, "Xy", Key.Key_Return)
    assert not texts(bench)
    assert "Xy" in said[0]
    assert lane.line.text() == "Xy"


def test_escape_leaves_without_panic(bench: Bench) -> None:
    lane = click_now(bench)
    typed(lane, "Dm7", Key.Key_Escape)
    assert not lane.line.isVisible()
    assert not texts(bench)
    assert not bench.sent(commands.Panic)


def test_the_bar_under_the_mouse_is_edited(bench: Bench) -> None:
    lane = bench.window.views.chords
    lane.take(ChordsChanged("C | F | G7", 0.0, 4.0))
    lane._edit_at(5.0)
    assert lane.line.text() == "F"
    typed(lane, "Dm", Key.Key_Return)
    assert texts(bench) == ["C | Dm | G7"]
    assert lane.line.text() == "G7"


# ---- from files, the clipboard, dropped --------------------------------------------------------------------------


def dropped(bench: Bench, data: QMimeData, *, on_lane: bool = True) -> bool:
    """Onto the lane, or onto the roll; whether it was taken."""
    views = bench.window.views
    target = views.chords if on_lane else views.roll
    place = QPointF(target.mapTo(views, target.rect().center()))
    none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, *none)
    enter.ignore()
    views.dragEnterEvent(enter)
    if enter.isAccepted():
        views.dropEvent(QDropEvent(place, Qt.DropAction.CopyAction, data, *none))
    return enter.isAccepted()


def of_file(path: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return data


def test_a_page_of_ireal_pro_is_dropped(bench: Bench, tmp_path: Path) -> None:
    page = tmp_path / "tune.HTML"
    page.write_text(f'<a href="{link([("Own", "{C|D-7}Z")])}">x</a>', "utf-8")
    said: list[str] = []
    bench.window.views.message.connect(said.append)
    assert dropped(bench, of_file(page), on_lane=False)
    assert texts(bench) == ["C | D-7 | C | D-7"]
    assert said == ["Own: 4 bars of chords lead."]
    page.write_text(f'<a href="{link([("Own", "{C|D^^}Z")])}">x</a>', "utf-8")
    assert dropped(bench, of_file(page))
    assert "D^^" in said[-1]
    assert len(texts(bench)) == 1
    assert not dropped(bench, of_file(tmp_path / "picture.png"))


def test_a_text_is_dropped_on_the_lane(bench: Bench) -> None:
    data = QMimeData()
    data.setText("Dm7 | G7")
    assert dropped(bench, data)
    dropped(bench, data, on_lane=False)
    assert texts(bench) == ["Dm7 | G7"]


def test_a_file_that_is_gone_is_named_once(bench: Bench, tmp_path: Path) -> None:
    said: list[str] = []
    bench.window.views.message.connect(said.append)
    assert dropped(bench, of_file(tmp_path / "gone.txt"))
    assert said == [f"{tmp_path / 'gone.txt'} cannot be read as a text of chords: No such file or directory"]


def test_of_a_playlist_a_song_is_chosen(bench: Bench) -> None:
    data = QMimeData()
    data.setText(link([("One", "[T34C|F Z"), ("Two", "[G Z")]))
    assert dropped(bench, data)
    dialog = bench.window.findChild(QInputDialog)
    assert isinstance(dialog, QInputDialog)
    assert dialog.comboBoxItems() == ["One", "Two"]
    said: list[str] = []
    bench.window.views.message.connect(said.append)
    dialog.setTextValue("One")
    dialog.accept()
    assert texts(bench) == ["C | F"]
    assert "3/4" in said[0]


def test_a_midi_file_is_chords_on_the_lane_and_music_elsewhere(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "marked.mid"
    midifile.write(file, Piece((Note(0, 8, 60),), markers=((0.0, "Am"), (4.0, "E7"))))
    assert dropped(bench, of_file(file))
    assert texts(bench) == ["Am | E7"]
    assert not bench.sent(commands.Prime)
    assert dropped(bench, of_file(file), on_lane=False)
    assert bench.sent(commands.Prime) == [commands.Prime(str(file))]


def test_chords_are_pasted_and_ended_by_the_menu(bench: Bench) -> None:
    lane = bench.window.views.chords
    QGuiApplication.clipboard().setText("Dm7 | G7")
    for name in ("Paste chords", "No chords"):
        lane.asked.emit(QPoint(0, 0))
        menu = lane.findChildren(QMenu)[-1]
        next(action for action in menu.actions() if action.text() == name).trigger()
        menu.close()
        bench.box.put(ChordsChanged("Dm7 | G7"))
        bench.run(0.1)
    assert texts(bench) == ["Dm7 | G7", ""]
