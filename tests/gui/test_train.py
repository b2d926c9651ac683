"""The Train page: from a folder to a model in the model list; paused, gone on with, kept, and found again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from musiclstm import paths
from musiclstm.errors import UsageError
from musiclstm.gui.look.colours import rgb
from musiclstm.gui.look.theme import LIGHT
from musiclstm.gui.train import installer, runs, words
from musiclstm.gui.train.dialog import TrainDialog
from musiclstm.gui.train.state import State
from musiclstm.gui.train.training import Training
from musiclstm.protocol import commands
from tests.gui import fake_train
from tests.gui.conftest import Bench
from tests.gui.test_painting import pixels

FAKE = (sys.executable, fake_train.__file__)


class TrainBench(Bench):
    """With a folder of 12 files that only look like MIDI files, and a process that only looks like training."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        super().__init__(app, folder)
        self.corpus = folder / "tunes"
        self.corpus.mkdir(exist_ok=True)
        for number in range(12):
            (self.corpus / f"{number}.mid").touch()
        self.training = self.window.training
        self.training.command = FAKE

    def until_state(self, state: State) -> None:
        self.until(lambda: self.training.state is state)

    @property
    def dialog(self) -> TrainDialog:
        self.window.press("train")
        (found,) = self.window.findChildren(TrainDialog)
        return found

    def start(self, folder: str = "tunes", name: str = "mine") -> TrainDialog:
        """Train what is proposed."""
        dialog = self.look_at(folder, name)
        self.until_state(State.PROPOSED)
        dialog.page.accept.click()
        return dialog

    def look_at(self, folder: str = "tunes", name: str = "mine") -> TrainDialog:
        dialog = self.dialog
        place = self.corpus.parent / folder
        place.mkdir(exist_ok=True)
        dialog.form.name.setText(name)
        dialog.form.take(str(place))
        dialog.form.start.click()
        return dialog


def mouse(button: QWidget, kind: QEvent.Type) -> None:
    """The left button of the mouse, on another one."""
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    place = QPointF(button.rect().center())
    event = QMouseEvent(kind, place, button.mapToGlobal(place), left, left, none)
    event.setTimestamp(1000)
    QApplication.sendEvent(button, event)


def test_two_windows_do_not_train_the_same(bench: TrainBench, qapp: QApplication, tmp_path: Path) -> None:
    bench.start()
    bench.until_state(State.TRAINING)
    other = Training(FAKE)
    with pytest.raises(UsageError, match="being trained already"):
        other.start(runs.check("mine", str(bench.corpus), []))
    assert bench.training.run is not None
    assert bench.training.run.folder.is_dir()


@pytest.fixture
def bench(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[TrainBench]:
    made = TrainBench(qapp, tmp_path)
    yield made
    made.done()


def test_from_a_folder_to_a_model_in_the_list(bench: TrainBench) -> None:
    bench.training.more = ["--fast"]
    dialog = bench.start()
    assert QApplication.activeModalWidget() is None
    bench.until_state(State.DONE)
    assert paths.user_models().joinpath("mine.onnx").read_bytes() == b"model"
    assert dialog.message.full == "It has read all 15 times."
    page = dialog.page
    assert page.found.full == "31 files · 5,000 beats · 12,345 notes to learn from · 2 pieces held out · part: Piano"
    assert (
        page.to_know.toPlainText()
        == "Few.\nbroken.mid is no MIDI file\nb.mid: nearly the same as a.mid; both are for training"
    )
    assert page.to_know_title.text() == "To know · 1 file skipped · 1 near-duplicate, kept on one side"
    assert page.figures.text().endswith("1.00 a note on held-out pieces · counting what follows what: 3.25 a note")
    assert bench.window.transport.model.findData("mine") >= 0
    assert "mine is trained" in bench.window.line.text
    page.play.click()
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")
    assert not any(paths.user_training().glob("*"))  # nothing to go on with
    page.another.click()
    assert dialog._pages.currentWidget() is dialog.form
    assert dialog.form.name.text() == ""
    dialog.form.name.setText("mine")
    dialog.form.start.click()
    assert "already a model called mine" in dialog.message.full
    dialog.form.take(str(bench.corpus))
    assert dialog.message.full == ""


def test_it_is_paused_and_goes_on(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until(lambda: bench.training.run and bench.training.run.progress > 0.05)
    assert "1,000 notes/s · about 1" in dialog.page.figures.text()
    assert dialog.page.pause.isVisible()
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    assert bench.training.run is not None
    before = bench.training.run.progress
    assert f"{before:.0%} done" in dialog.page.figures.text()
    assert len(bench.training.points) == len(bench.training.run.points()) > 2
    dialog.page.go_on.click()
    bench.until_state(State.TRAINING)
    assert bench.training.run.progress >= before  # and not from the beginning
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert bench.training.run.progress < 1
    assert (paths.user_models() / "mine.onnx").is_file()


def test_what_is_paused_is_kept_or_thrown_away(bench: TrainBench) -> None:
    dialog = bench.start()
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    dialog.page.keep.click()
    bench.until_state(State.DONE)
    assert (paths.user_models() / "mine.onnx").is_file()
    dialog.page.another.click()
    bench.start(name="other")
    bench.until_state(State.TRAINING)
    dialog.page.pause.click()
    bench.until_state(State.PAUSED)
    dialog.page.discard.click()
    assert dialog._pages.currentWidget() is dialog.form
    assert not any(paths.user_training().glob("*"))
    assert not (paths.user_models() / "other.onnx").exists()


def test_closing_the_window_pauses_and_the_next_one_offers_to_go_on(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    first = TrainBench(qapp, tmp_path)
    first.start()
    first.until(lambda: first.training.run and first.training.run.progress > 0.05)
    first.done()
    run = runs.unfinished()
    assert run is not None
    assert run.trained
    assert run.progress > 0.05
    assert run.found["notes"] == 12345
    second = TrainBench(qapp, tmp_path)
    second.window._training_news.offer()
    assert "Training mine was paused at" in second.window.line.text
    assert [button.text() for button in second.window.line.buttons] == ["Go on", "Later"]
    second.window.line.buttons[0].click()
    second.until_state(State.TRAINING)
    assert len(second.training.points) > 5  # the curve of before is there
    assert second.dialog.page.isVisible()
    second.dialog.page.keep.click()
    second.until_state(State.DONE)
    second.done()


def test_a_bad_folder_gets_one_line(bench: TrainBench) -> None:
    dialog = bench.look_at("bad")
    bench.until(lambda: bench.training.text)
    assert dialog.message.full == "There are no MIDI files in bad."
    assert "no MIDI files in bad" in bench.window.line.text
    assert dialog._pages.currentWidget() is dialog.form
    assert not any(paths.user_training().glob("*"))
    for folder, name, why in (
        ("", "x", "Choose a folder"),
        ("/nowhere/at/all", "x", "There is no folder"),
        (str(bench.corpus), " ", "Give the model a name"),
        (str(bench.corpus), "a/b", "becomes the name of a file"),
        (str(bench.corpus), "..", "becomes the name of a file"),
        (str(bench.corpus), "Piano", "already a model"),
    ):
        dialog.form.folder.setText(folder)
        dialog.form.name.setText(name)
        dialog.form.start.click()
        assert why in dialog.message.full
        assert "\n" not in dialog.message.full
        assert bench.training.state is State.NONE


def test_a_process_that_dies_leaves_what_can_go_on(bench: TrainBench) -> None:
    dialog = bench.start("crash")
    bench.until_state(State.PAUSED)
    assert dialog.message.full == "Training ended unexpectedly (code 9)."
    assert dialog.page.go_on.isVisible()
    bench.training.command = ("/nowhere/python",)
    dialog.page.go_on.click()
    assert "cannot be started" in dialog.message.full
    bench.until_state(State.PAUSED)
    dialog.page.discard.click()
    dialog.form.start.click()
    assert "cannot be started" in dialog.message.full
    bench.until_state(State.NONE)
    assert not any(paths.user_training().glob("*"))


def test_few_files_are_to_begin_with_a_model(bench: TrainBench) -> None:
    form = bench.dialog.form
    assert form.begin_with.currentData() == ""
    form.take(str(bench.corpus))
    bench.until(form.advice.text)
    assert form.name.text() == "tunes"
    assert form.begin_with.currentData() in ("chorales", "piano")
    assert form.advice.text().startswith("12 MIDI files. So few")
    form.begin_with.setCurrentIndex(0)
    form.begin_with.activated.emit(0)
    assert "Begin with a model" in form.advice.text()
    for number in range(words.FEW):
        (bench.corpus / f"more {number}.mid").touch()
    form._chosen = False
    form.take(str(bench.corpus))
    bench.until(lambda: "112" in form.advice.text())
    assert form.begin_with.currentData() == ""
    form.begin_with.choose("piano")
    form.start.click()
    bench.until_state(State.PROPOSED)
    assert not bench.dialog.page.proposal.add.isEnabled()
    assert bench.dialog.page.proposal.fits.text() == "piano brings its parts and its grid."
    bench.dialog.page.accept.click()
    bench.until_state(State.TRAINING)
    assert bench.training.run is not None
    assert bench.training.run.begin_with == "piano"
    arguments = bench.training.run.arguments()
    assert arguments[arguments.index("--from") + 1] == "piano"


@pytest.mark.parametrize(("folder", "before", "learnt"), [("tunes", "1.50", True), ("known", "1.00", False)])
def test_of_a_model_that_is_begun_with_it_says_what_it_was_before(
    bench: TrainBench, folder: str, before: str, learnt: bool
) -> None:
    dialog = bench.dialog
    dialog.form.begin_with.choose("piano")
    dialog.form._chosen = True
    bench.start(folder)
    bench.until_state(State.DONE)
    assert f"on held-out pieces (before: {before})" in dialog.page.figures.text()
    assert ("plays as piano does" in dialog.message.full) is not learnt


def test_the_name_that_is_filled_in_follows_the_folder(bench: TrainBench) -> None:
    form = bench.dialog.form
    for folder, name in (("tunes", "tunes"), ("songs", "songs")):
        form.take(str(bench.corpus.parent / folder))
        assert form.name.text() == name
    form.name.setText("my own")
    form.take(str(bench.corpus))
    assert form.name.text() == "my own"


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


def test_a_folder_dropped_on_a_field_is_not_its_address_as_text(bench: TrainBench) -> None:
    assert not any(field.acceptDrops() for field in (bench.dialog.form.folder, bench.dialog.form.name))


def test_without_pytorch_it_says_what_to_install(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: False))
    dialog = bench.dialog
    assert dialog.missing.isVisible()
    command = dialog.missing.command.text()
    assert sys.executable in command
    assert "pip install" in command
    assert "[train]" in command
    dialog.missing.copy.click()
    assert QGuiApplication.clipboard().text() == command


@pytest.mark.parametrize("installed", [True, False])
def test_the_program_is_not_installed_anew_while_it_runs(monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    def version(_name: str) -> str:
        if not installed:
            raise PackageNotFoundError
        return "1"

    monkeypatch.setattr("musiclstm.gui.train.installer.metadata.version", version)
    words = installer.command()
    assert ("-e" in words) != installed
    assert words[-1] == ("musiclstm[train]" if installed else f"{paths.resources().parent}[train]")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print('WARNING: Retrying'); print('Collecting torch')", ""),
        ("print('Collecting'); print('WARNING: Retrying'); raise SystemExit(1)", "installed: Collecting."),
        ("print('ERROR: No matching distribution found for torch'); raise SystemExit(1)", "No matching distribution"),
        ("raise SystemExit(3)", "pip ended with code 3"),
        ("import os; os.abort()", "could not be installed"),
    ],
)
def test_it_is_installed_when_asked(bench: TrainBench, monkeypatch: pytest.MonkeyPatch, code: str, why: str) -> None:
    there: list[bool] = []
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: bool(there)))
    dialog = bench.dialog
    missing = dialog.missing
    missing.installer.program = [sys.executable, "-c", code]  # instead of pip
    there.append(True)
    missing.install.click()
    assert not missing.install.isEnabled()
    bench.until(missing.install.isEnabled)
    assert dialog._pages.currentWidget() is (missing if why else dialog.form)
    assert why in dialog.message.full


def test_the_installation_is_cancelled(bench: TrainBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Training, "possible", staticmethod(lambda: False))
    dialog = bench.dialog
    missing = dialog.missing
    code = "import time; print('Downloading', flush=True); time.sleep(60)"
    missing.installer.program = [sys.executable, "-c", code]
    missing.install.click()
    bench.until(lambda: missing.said.full == "Downloading")
    missing.cancel.click()
    assert dialog.message.full == "The installation was cancelled; Install begins it again."
    missing.installer.program = ["/nowhere/python"]
    missing.install.click()
    bench.until(lambda: dialog.message.full.startswith("It cannot be installed"))
    assert missing.install.isEnabled()


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


def test_looking_is_cancelled_and_nothing_is_left(bench: TrainBench) -> None:
    dialog = bench.look_at("slow")
    bench.until(lambda: dialog.page.figures.text() == "5 of 31 files read")
    assert (dialog.page.reading.value(), dialog.page.reading.maximum()) == (5, 31)
    dialog.page.pause.click()
    bench.until_state(State.NONE)
    bench.look_at()
    bench.until_state(State.PROPOSED)
    dialog.page.discard.click()
    assert dialog._pages.currentWidget() is dialog.form
    bench.look_at()
    bench.until_state(State.PROPOSED)
    bench.training.close()
    assert not any(paths.user_training().glob("*"))


def test_it_is_listened_to_while_it_learns(bench: TrainBench) -> None:
    page = bench.start().page
    bench.until_state(State.TRAINING)
    page.listen.click()
    bench.until(lambda: bench.sent(commands.LoadModel))
    (load,) = bench.sent(commands.LoadModel)
    assert isinstance(load, commands.LoadModel)
    assert Path(load.name).read_bytes() == b"so far"
    assert bench.training.state is State.TRAINING
    bench.run(0.1)
    assert bench.window.transport.model.currentText() == "mine so far"
    page.keep.click()
    bench.until_state(State.DONE)
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("mine")  # the other file is gone
    assert "plays" in bench.window.line.text


def test_another_model_plays_where_the_one_that_is_listened_to_is_thrown_away(bench: TrainBench) -> None:
    page = bench.start().page
    bench.until_state(State.TRAINING)
    page.listen.click()
    bench.until(lambda: bench.sent(commands.LoadModel))
    bench.run(0.1)
    page.pause.click()
    bench.until_state(State.PAUSED)
    page.discard.click()
    bench.run(0.1)
    assert bench.sent(commands.LoadModel)[-1] == commands.LoadModel("chorales")
    assert bench.window.line.text == "mine is thrown away; chorales plays."
    assert "mine so far" not in [bench.window.transport.model.itemText(i) for i in range(5)]


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


def test_a_run_that_was_damaged_is_no_run(bench: TrainBench) -> None:
    folder = paths.user_training() / "mine"
    folder.mkdir(parents=True)
    for content in (b"", b"[]", b"{}", b'{"corpus": 1}', os.urandom(50)):
        (folder / "run.json").write_bytes(content)
        assert runs.unfinished() is None
    (folder / "checkpoint.pt").write_text("199")
    bench.start()
    bench.until_state(State.TRAINING)
    assert bench.training.run is not None
    assert bench.training.run.progress < 0.5  # from the beginning
