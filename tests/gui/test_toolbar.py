"""The top bar and the message line explain themselves, and Forget can be taken back."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QLabel, QSpinBox, QWidget

from musiclstm.gui.bar.buttons import CommandButton
from musiclstm.gui.bar.state_text import state_text
from musiclstm.gui.look.labels import plain_tip
from musiclstm.gui.look.room import room_on
from musiclstm.gui.window_state import FIRST, LEAST
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench

SIZES = ((1180, 620), (1280, 800), (1920, 1080))
WORDS = {
    "play": "Play",
    "back": "Back",
    "hold": "Hold",
    "save": "Save take",
    "forget": "Forget",
    "panic": "Panic",
    "menu": "Menu",
}


def place(widget: QWidget) -> tuple[int, int]:
    """Where its middle lies in the window."""
    middle = widget.mapTo(widget.window(), QPoint(widget.width() // 2, widget.height() // 2))
    return middle.x(), middle.y()


def seen(bench: Bench) -> str:
    """All labels that are to be seen."""
    labels = bench.window.findChildren(QLabel)
    return " ".join(
        label.text() for label in labels if label.isVisibleTo(bench.window) and label.window() is bench.window
    )


@pytest.mark.parametrize("size", SIZES)
def test_every_button_has_its_word_and_its_place(bench: Bench, size: tuple[int, int]) -> None:
    bench.window.resize(*size)
    bench.run(0.1)
    bar = bench.window.transport
    buttons = {name: getattr(bar, name) for name in WORDS}
    for name, word in WORDS.items():
        button = buttons[name]
        assert isinstance(button, CommandButton)
        assert button.text() == word
        assert not button.icon().isNull()
        assert button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        assert button.fontMetrics().horizontalAdvance(word) < button.width()
    # Forget lies far from Back, panic at the right end, and play is the largest.
    assert place(buttons["forget"])[0] - place(buttons["back"])[0] > 400
    assert size[0] - place(buttons["panic"])[0] < 120
    areas = {name: button.width() * button.height() for name, button in buttons.items()}
    assert max(areas, key=lambda name: areas[name]) == "play"
    assert areas["panic"] >= 50 * 50
    assert len({place(button)[1] for button in buttons.values()}) == 1


def test_save_take_is_never_a_record_button(bench: Bench) -> None:
    save = bench.window.transport.save
    assert save.symbol == "save"
    before = save.grab().toImage()
    bench.window.press("play")
    bench.run(0.5)
    assert bench.window.transport.playing
    assert (save.symbol, save.grab().toImage()) == ("save", before)


def test_forget_is_taken_back_from_the_message_line(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(1)
    bench.window.transport.forget.click()
    bench.run(0.1)
    (undo, _) = bench.window.line.buttons
    assert undo.isVisible()
    assert undo.text() == "Undo"
    assert "Forgotten" in bench.window.line.text
    undo.click()
    bench.run(0.1)
    assert bench.sent(commands.Undo) == [commands.Undo()]
    assert bench.window.views.notes.jumps[-1][1] == "undo"
    assert "Forgotten" not in bench.window.line.text
    assert not undo.isVisible()
    # A pad may have forgotten; the key takes it back as well, and going elsewhere ends the offer.
    bench.host.send(commands.Forget())
    bench.run(0.1)
    assert undo.isVisible()
    QTest.keyClick(bench.window.views.roll, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    bench.run(0.1)
    assert len(bench.sent(commands.Undo)) == 2


def test_a_reset_is_taken_back_with_its_values(bench: Bench) -> None:
    controls = bench.window.controls
    controls.turn("density", 0.25)
    bench.window.panel.reset.click()
    bench.run(0.1)
    assert controls.values["density"] == 0.0
    bench.window.press("undo")
    assert controls.values["density"] == 0.25
    assert not bench.sent(commands.Undo)  # the memory was left alone
    controls.turn("pitch.temperature", 2.0)
    bench.window.panel.reset.click()
    bench.run(0.1)
    assert "goes on from before" in bench.window.line.text
    bench.window.line.buttons[0].click()
    bench.run(0.1)
    assert (controls.values["density"], controls.values["pitch.temperature"]) == (0.25, 2.0)
    assert len(bench.sent(commands.Undo)) == 1


def test_what_was_turned_since_a_reset_stays(bench: Bench) -> None:
    controls = bench.window.controls
    controls.turn_all({"density": 0.25, "swing": 0.5, "pitch.temperature": 1.1})
    bench.window.panel.reset.click()
    bench.run(0.1)
    controls.turn("density", -0.5)
    bench.host.send(commands.SetControl("swing", 0.2))  # by a knob
    bench.run(60)
    bench.window.press("undo")
    bench.run(0.1)
    assert (controls.values["density"], controls.values["swing"]) == (-0.5, 0.2)
    assert controls.values["pitch.temperature"] == 1.1
    bench.window.panel.reset.click()
    bench.run(0.1)
    controls.recall({"density": 0.1})
    bench.window.press("undo")
    bench.run(0.1)
    assert controls.values["density"] == 0.1
    assert controls.values["swing"] == 0.0


def test_figures_are_in_the_details_alone(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(0.5)
    for figure in ("ms", "p99", "lateness", "step"):
        assert figure not in seen(bench).split()
    line = bench.window.line
    line.details.click()
    bench.run(0.3)
    assert line._figures is not None
    assert "p99 0.6" in line._figures.text()
    assert line._figures.window() is not bench.window
    line._figures.window().close()


def test_the_line_says_what_goes_on(bench: Bench) -> None:
    bench.run(0.2)
    status = bench.window._status
    assert status is not None
    assert state_text("Chorales", status) == "Ready to play Chorales to the built-in synth · Space plays"
    late = state_text("Chorales", replace(status, playing=True, late=40))
    assert "late" in late
    assert not any(letter.isdigit() for letter in late)


def test_the_line_says_that_a_take_is_heard(bench: Bench) -> None:
    bench.run(0.2)
    bench.box.put(telemetry.Heard("a.mid", 1.0, 60.0))
    bench.bridge.fetch()
    assert bench.window.line.text == "You hear a take · Space ends it and plays Chorales"
    bench.box.put(telemetry.Heard(None))
    bench.bridge.fetch()
    assert bench.window.line.text.startswith("Ready to play Chorales")


def test_a_count_in_is_seen(bench: Bench) -> None:
    bench.run(0.2)
    status = bench.window._status
    assert status is not None
    assert bench.window.views.roll.hint == "Press Space to play"
    bench.box.put(replace(status, playing=True, counting=True))
    bench.bridge.fetch()
    assert bench.window.views.roll.hint == "Counting in"


def test_music_that_waits_for_a_clock_can_be_stopped(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(0.2)
    status = bench.window._status
    assert status is not None
    bench.box.put(replace(status, sync="midi", waiting=True))
    bench.bridge.fetch()
    assert bench.window.views.roll.hint == "Waiting for the clock"
    assert bench.window.line.text.endswith("waits for the clock that it follows · Space stops")
    sent: list[object] = []
    monkeypatch.setattr(bench.bridge, "send", sent.append)
    bench.window.press("play")
    assert sent == [commands.Stop()]


def test_the_first_line_fits_and_calls_things_by_their_names(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musiclstm.gui.bar.state_text._has_fluidsynth", lambda: False)
    bench.window.resize(1180, 620)
    bench.host.output_alive = False
    bench.host.status()
    bench.run(0.2)
    line = bench.window.line
    assert line._text.text() == line.text  # nothing is cut off
    assert "Output" in line.text
    assert "Output" in seen(bench).split()
    assert "Help" in line.text


def test_a_serious_message_comes_before_the_offer(bench: Bench) -> None:
    bench.host.send(commands.Forget())
    bench.run(0.1)
    bench.box.put(telemetry.Notice("The port is gone.", serious=True))
    bench.run(0.1)
    assert bench.window.line.text.endswith("The port is gone.")


def test_what_is_done_is_answered_though_a_serious_message_is_unread(bench: Bench) -> None:
    bench.box.put(telemetry.Notice("The file is broken.", serious=True))
    bench.run(0.1)
    bench.window.press("forget")
    bench.run(0.1)
    line = bench.window.line
    assert line.buttons[0].text() == "Undo"
    line.buttons[0].click()
    bench.run(0.1)
    assert bench.sent(commands.Undo)
    assert line.text.endswith("The file is broken.")


@pytest.mark.parametrize("size", [(960, 516), (1097, 593), (1280, 696)])
def test_on_a_small_screen_the_keys_of_the_stage_are_in_reach(bench: Bench, size: tuple[int, int]) -> None:
    window = bench.window
    window.resize(*size)
    window.press("form")
    bench.run(0.1)
    assert (window.width(), window.height()) == size
    bar, line = window.transport, window.line
    for widget in (bar.play, bar.panic, bar.menu, bar.tempo, line.details, *window.strip.buttons.values()):
        assert widget.isVisible()
        assert window.rect().contains(QRect(widget.mapTo(window, QPoint()), widget.size()))
    shown = [widget for widget in bar.findChildren(CommandButton) if widget.isVisible()]
    for one, other in itertools.pairwise(sorted(shown, key=lambda each: each.x())):
        assert one.geometry().right() < other.x()
    window.resize(1280, 800)
    bench.run(0.1)
    assert bar.forget.isVisible()


def test_the_window_opens_within_its_screen(bench: Bench) -> None:
    room = room_on(bench.window)
    bench.window._state.restore()
    assert bench.window.size() == FIRST.boundedTo(room)
    assert bench.window.minimumSize() == LEAST.boundedTo(room)


@contextmanager
def in_letters(app: QApplication, folder: Path, points: float) -> Iterator[Bench]:
    """The window of a system with letters of this size."""
    usual, large = app.font(), app.font()
    large.setPointSizeF(points)
    app.setFont(large)
    try:
        bench = Bench(app, folder)
        yield bench
        bench.done()
    finally:
        app.setFont(usual)


def test_no_word_between_roll_and_keyboard_is_cut_in_large_letters(qapp: QApplication, tmp_path: Path) -> None:
    with in_letters(qapp, tmp_path, qapp.font().pointSizeF() * 1.5) as bench:
        for wide in (960, 1280, 960):
            bench.window.resize(wide, 540)
            bench.run(0.1)
            header = bench.window.views.header
            for button in (header.fold_memory, header.fold_keyboard, header.still):
                assert button.width() >= button.sizeHint().width(), (wide, button.text())


@pytest.mark.parametrize("points", [11.0, 15.0])
def test_the_bar_is_as_high_as_its_font(qapp: QApplication, tmp_path: Path, points: float) -> None:
    with in_letters(qapp, tmp_path, points) as bench:
        bar = bench.window.transport
        for field in (bar.tempo, bar.sync, bar.tap):
            assert field.height() >= field.fontMetrics().height() + 6
            assert field.mapTo(bar, QPoint(0, field.height())).y() < bar.height()
        assert bar.panic.width() > bar.panic.fontMetrics().horizontalAdvance("Panic") + 6


def test_no_field_of_a_part_is_cut_in_letters_twice_the_size(qapp: QApplication, tmp_path: Path) -> None:
    with in_letters(qapp, tmp_path, qapp.font().pointSizeF() * 2) as bench:
        bench.window.panel.tabs.setCurrentIndex(1)
        row = bench.window.parts.rows[0]
        row.unfold.setChecked(True)
        bench.run(0.1)
        fields = [each for each in row.findChildren(QWidget) if isinstance(each, (QAbstractSpinBox, QComboBox))]
        assert len(fields) >= 9
        for field in fields:
            assert field.height() >= field.fontMetrics().height() + 4, field.accessibleName()


def test_tab_goes_as_one_reads(bench: Bench) -> None:
    """Also to what was made later: the parts, and the fields of one of them."""
    window = bench.window
    bar, strip, header, rows = window.transport, window.strip, window.views.header, window.parts.rows
    window.panel.tabs.setCurrentIndex(1)
    rows[0].unfold.setChecked(True)
    chain: list[QWidget | None] = [bar.play]
    while (last := chain[-1]) is not None and (following := last.nextInFocusChain()) is not bar.play:
        chain.append(following)
    channel = next(each for each in rows[0].findChildren(QSpinBox) if "channel" in each.accessibleName())
    read: list[QWidget] = [bar.play, bar.tempo, bar.tap, window.rhythm.metronome, bar.sync, bar.menu, window.views.roll]
    read += [header.still, *header.parts, window.views.keyboard, window.panel.modes["solo"], rows[0].fader, channel]
    read += [
        rows[1].mute,
        window.panel.presets.choice,
        strip.bars,
        window.end_button,
        strip.buttons["A"],
        window.line.details,
    ]
    places = [chain.index(each) for each in read]
    assert places == sorted(places)


def test_a_name_is_no_html(bench: Bench) -> None:
    bench.window.line.say("Saved Duet <b>two</b> & more.")
    label = bench.window.line._text
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert plain_tip("a <b>b</b>") == "<qt>a &lt;b&gt;b&lt;/b&gt;</qt>"


@pytest.mark.parametrize("installed", [False, True])
def test_fluidsynth_is_to_be_installed_only_where_it_is_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr("musiclstm.gui.bar.state_text._has_fluidsynth", lambda: installed)
    bench.run(0.1)
    status = bench.window._status
    assert status is not None
    assert ("install" in state_text("Chorales", replace(status, output_alive=False))) == (not installed)
    assert "install" not in state_text("Chorales", replace(status, output="null"))


def test_a_model_that_cannot_be_opened_is_not_shown_as_the_one_that_plays(bench: Bench) -> None:
    bench.window.transport.add_model("broken")
    model = bench.window.transport.model
    model.setCurrentIndex(model.findData("broken"))
    bench.box.put(telemetry.Notice("broken cannot be opened.", serious=True))
    bench.run(0.1)
    assert bench.sent(commands.LoadModel) == [commands.LoadModel("broken")]
    assert model.currentData() == "chorales"
