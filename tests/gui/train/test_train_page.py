"""The Train page: a folder is dropped, what is proposed is corrected; keys, mouse, letters and colours."""

from __future__ import annotations

import os
import threading
from itertools import combinations
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from musiclstm import paths
from musiclstm.files import Contents, contents
from musiclstm.gui.look.colours import rgb
from musiclstm.gui.look.theme import LIGHT
from musiclstm.gui.train import form as form_module
from musiclstm.gui.train import runs
from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.state import State
from tests.gui.conftest import PATIENCE
from tests.gui.test_painting import pixels
from tests.gui.train.conftest import TrainBench


def mouse(button: QWidget, kind: QEvent.Type) -> None:
    """The left button of the mouse, on another one."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    place = QPointF(button.rect().center())
    event = QMouseEvent(kind, place, button.mapToGlobal(place), left, left, none)
    event.setTimestamp(1000)
    QApplication.sendEvent(button, event)


def test_the_name_that_is_filled_in_follows_the_folder(bench: TrainBench) -> None:
    form = bench.dialog.form
    for folder, name in (("tunes", "tunes"), ("songs", "songs")):
        form.take(str(bench.corpus.parent / folder))
        assert form.name.text() == name
    form.name.setText("my own")
    form.take(str(bench.corpus))
    assert form.name.text() == "my own"


def test_a_folder_that_is_typed_names_the_model(bench: TrainBench) -> None:
    """By a name that no model has; a name that was given stays."""
    form = bench.dialog.form
    for typed, name in (("tunes", "tunes"), ("tunes/", "tunes"), ("tunes/../tunes/..", bench.corpus.parent.name)):
        form.folder.setText(str(bench.corpus.parent / typed) + "/" * typed.endswith("/"))
        form.folder.editingFinished.emit()
        assert form.name.text() == name
    bench.window.transport.add_model("Tunes")
    form.folder.setText(str(bench.corpus))
    form.folder.editingFinished.emit()
    assert form.name.text() == "tunes 2"
    form.name.setText("my own")
    form.folder.setText(str(bench.corpus.parent))
    form.folder.editingFinished.emit()
    assert form.name.text() == "my own"


@pytest.mark.parametrize("folder", ["~nobody-of-this-name/tunes", "/" + "x" * 300, "a\0b"])
def test_a_folder_that_cannot_be_is_refused(bench: TrainBench, folder: str) -> None:
    form = bench.dialog.form
    form.folder.setText(folder)
    form.folder.editingFinished.emit()
    bench.until(lambda: not form._look.isActive())
    assert form.advice.text() == ""
    form.name.setText("mine")
    form.start.click()
    assert "There is no folder" in bench.dialog.message.full


@pytest.mark.parametrize("which", ["training", "models"])
def test_a_folder_of_ours_that_cannot_be_made_is_named(bench: TrainBench, which: str) -> None:
    place = paths.user_data() / which
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("a file")
    assert f"{place}" in bench.look_at().message.full
    assert bench.training.state is State.NONE


def test_a_folder_of_archives_says_what_is_in_it(bench: TrainBench) -> None:
    folder = bench.corpus.parent / "packed"
    folder.mkdir()
    (folder / "tunes.zip").touch()
    form = bench.dialog.form
    form.take(str(folder))
    bench.until(form.advice.text)
    assert form.advice.text() == "There are no MIDI files in this folder, only 1 .zip."


def test_the_files_that_were_counted_last_are_shown(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same folder, too: an answer that was slower says what was there before."""
    held, asked = threading.Event(), []

    def slow(place: Path) -> Contents:
        asked.append(place)
        first, found = len(asked) == 1, contents(place)
        if first:
            held.wait(PATIENCE)
        return found

    monkeypatch.setattr(form_module, "contents", slow)
    form = bench.dialog.form
    form.take(str(bench.corpus))
    bench.until(lambda: asked)
    (bench.corpus / "12.mid").touch()
    form.take(str(bench.corpus))
    bench.until(lambda: form.advice.text().startswith("13 MIDI files"))
    held.set()
    bench.until(lambda: not form._counted.empty())
    form.take(str(bench.corpus))
    bench.until(lambda: not form._look.isActive())
    assert form.advice.text().startswith("13 MIDI files")


def test_a_folder_is_dropped(bench: TrainBench) -> None:
    dialog = bench.dialog
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(bench.corpus / "0.mid"))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, left, none)
    dialog.dragEnterEvent(enter)
    assert enter.isAccepted()
    dialog.dropEvent(QDropEvent(QPoint(9, 9).toPointF(), Qt.DropAction.CopyAction, data, left, none))
    assert dialog.form.folder.text() == str(bench.corpus)


def test_a_folder_whose_name_is_no_text_is_trained_on(bench: TrainBench) -> None:
    """Qt cannot spell it; the folder around it is another."""
    place = bench.corpus.parent / "m\udce9lodies"
    try:
        bench.corpus.rename(place)
    except OSError:
        pytest.skip("the disk takes only UTF-8")
    dialog = bench.dialog
    data = QMimeData()
    data.setUrls([QUrl.fromEncoded(b"file://" + quote_from_bytes(os.fsencode(place)).encode())])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    dialog.dropEvent(QDropEvent(QPoint(9, 9).toPointF(), Qt.DropAction.CopyAction, data, left, none))
    shown = str(bench.corpus.parent / "m\ufffdlodies")
    assert (dialog.form.folder.text(), dialog.form.name.text()) == (shown, "m\ufffdlodies")
    bench.until(lambda: dialog.form.advice.text().startswith("12 MIDI files"))
    dialog.form.start.click()
    bench.until_state(State.PROPOSED)
    assert dialog.page.source.full.endswith(f"on {shown}")
    kept = runs.unfinished()
    assert kept is not None
    assert kept.corpus == str(place)


def test_a_folder_dropped_on_a_field_is_not_its_address_as_text(bench: TrainBench) -> None:
    assert not any(field.acceptDrops() for field in (bench.dialog.form.folder, bench.dialog.form.name))


def test_what_is_proposed_is_corrected(bench: TrainBench) -> None:
    """Parts and grid; what is wrong is said, and the last proposal stands."""
    page = bench.look_at().page
    bench.until_state(State.PROPOSED)
    proposal = page.proposal
    assert proposal.isVisible()
    assert not page.curve.isVisible()
    assert proposal.fits.text().startswith("4 of 30 pieces have another number of parts")
    assert not page.look_again.isEnabled()
    proposal.add.click()
    proposal.rows[1].name.setText("wrong")
    page.look_again.click()
    bench.until(lambda: bench.training.text)
    assert bench.training.text == "The part 'wrong' is wrong."
    assert [row.name.text() for row in proposal.rows] == ["Piano", "wrong"]
    proposal.rows[1].name.setText("Kit, low: loud")
    proposal.rows[1].instrument.choose("drums")
    proposal.rows[0].low.setValue(30)
    proposal.grid.choose("12")
    page.look_again.click()
    bench.until(lambda: bench.training.state is State.PROPOSED and not page.look_again.isEnabled())
    run = bench.training.run
    assert run is not None
    assert (run.parts, run.grid, run.seconds) == ("Piano:1:30-108, Kit  low  loud:drums:0-127", 12, False)
    proposal.rows[1].remove.click()
    assert not proposal.rows[0].remove.isEnabled()  # without a part there is no model
    proposal.grid.choose("seconds")
    page.accept.click()
    bench.until_state(State.TRAINING)
    page.pause.click()
    bench.until_state(State.PAUSED)
    kept = runs.unfinished()
    assert kept is not None
    assert (kept.parts, kept.grid, kept.seconds) == ("Piano:1:21-108", 0, True)
    assert "--seconds" in kept.arguments()


def test_what_is_looked_at_again_is_shown_even_if_the_same_is_found(bench: TrainBench) -> None:
    page = bench.look_at().page
    bench.until_state(State.PROPOSED)
    assert not page.proposal.rows[0].remove.isEnabled()
    assert page.proposal.add.isEnabled()
    page.proposal.rows[0].name.setText("Piano ")
    page.proposal.rows[0].name.textEdited.emit("Piano ")
    page.look_again.click()
    bench.until(lambda: bench.training.state is State.PROPOSED and not page.look_again.isEnabled())
    assert [row.name.text() for row in page.proposal.rows] == ["Piano"]


def test_enter_never_closes_the_dialog_in_place_of_a_button_that_has_gone(bench: TrainBench) -> None:
    dialog = bench.look_at()
    page = dialog.page
    bench.until_state(State.PROPOSED)
    for button, then in ((page.accept, page.pause), (page.pause, page.go_on), (page.go_on, page.pause)):
        button.setFocus()
        button.click()
        bench.until(then.hasFocus)
    page.keep.setFocus()
    page.keep.click()
    bench.until_state(State.DONE)
    assert page.play.hasFocus()


def test_a_double_click_presses_no_button_that_takes_the_place_of_the_first(bench: TrainBench) -> None:
    page = bench.look_at().page
    bench.until_state(State.PROPOSED)
    page.accept.click()
    bench.until_state(State.TRAINING)
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        mouse(page.pause, kind)
    assert page.pause.isEnabled()
    QTest.mouseClick(page.pause, Qt.MouseButton.LeftButton)
    bench.until_state(State.PAUSED)


def test_a_double_click_on_one_button_presses_it_twice(bench: TrainBench) -> None:
    page = bench.look_at().page
    bench.until_state(State.PROPOSED)
    press, release, double = (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
    )
    for kind in (press, release, double, release):
        mouse(page.proposal.add, kind)
    assert len(page.proposal.rows) == 3


def test_tab_goes_through_the_proposal_as_one_reads(bench: TrainBench) -> None:
    """Also to parts that were added, and to nothing else on the way."""
    dialog = bench.look_at()
    bench.until_state(State.PROPOSED)
    proposal = dialog.page.proposal
    proposal.add.click()
    wanted = [widget for row in proposal.rows for widget in row.widgets] + [proposal.grid, proposal.add]
    reached: list[QWidget] = wanted[:1]
    while (widget := reached[-1].nextInFocusChain()) is not None and widget is not wanted[0]:
        reached.append(widget)
    assert [each for each in reached if each in wanted] == wanted
    on_the_way = reached[: reached.index(wanted[-1])]
    assert not any(
        isinstance(each, QScrollArea) and each.focusPolicy() & Qt.FocusPolicy.TabFocus for each in on_the_way
    )


def test_nothing_is_cut_or_covered_in_large_letters(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> None:
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(usual.pointSizeF() * 1.5)
    qapp.setFont(large)
    try:
        bench = TrainBench(qapp, tmp_path)
        dialog = bench.look_at(name="a model with quite a long name for the autumn concert 2026")
        dialog.resize(dialog.minimumSize())
        page = dialog.page
        for state, button in ((State.PROPOSED, page.accept), (State.DONE, None)):
            bench.until_state(state)
            bench.run(0.1)
            shown = [each for each in page.children() if isinstance(each, QWidget) and each.isVisible()]
            assert not any(one.geometry().intersects(other.geometry()) for one, other in combinations(shown, 2))
            assert page.title.toolTip() == page.title.full
            if button is not None:
                button.click()
        curve = page.curve
        wide = curve.fontMetrics().horizontalAdvance
        assert curve._left() + sum(map(wide, (*curve._legend(), "nats an event"))) + 88 < curve.width()
        bench.done()
    finally:
        qapp.setFont(usual)


def test_fields_that_are_fixed_look_it(bench: TrainBench) -> None:
    dialog = bench.look_at()
    bench.until_state(State.PROPOSED)
    row = dialog.page.proposal.rows[0]
    for field in (row.name, row.low):
        lit = []
        for enabled in (True, False):
            field.setEnabled(enabled)
            drawn = pixels(field.grab().toImage())[:, :, ::-1]
            lit.append((drawn == rgb(bench.look.theme.text)).all(axis=2).any())
        assert lit == [True, False]


def test_it_follows_the_theme(bench: TrainBench) -> None:
    dialog = bench.dialog
    bench.look.choose("light")
    assert dialog.page.curve._theme is LIGHT


def test_the_menu_opens_it_and_the_music_goes_on(bench: TrainBench) -> None:
    bench.window.press("play")
    bench.window.press("menu")
    menu = next(each for each in bench.window.findChildren(QMenu) if each.actions())
    next(action for action in menu.actions() if action.text() == "Train…").trigger()
    menu.close()
    (dialog,) = bench.window.findChildren(TrainDialog)
    assert dialog.isVisible()
    bench.start()
    bench.until_state(State.TRAINING)
    assert bench.host.playing
