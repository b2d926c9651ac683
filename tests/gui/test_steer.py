"""The steer panel: words for musicians, and what a control does before it is heard."""

from __future__ import annotations

import itertools
from math import ceil

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget

from musiclstm.engine.performer.players import Players
from musiclstm.gui.look.rows import Chooser, ControlRow
from musiclstm.gui.steer.slider import SteerSlider
from musiclstm.gui.steer.slider_painter import SliderPlaces
from musiclstm.gui.steer.value_words import value_text
from musiclstm.protocol import commands
from musiclstm.protocol.controls import CONTROLS, Control
from musiclstm.protocol.telemetry import Loaded
from tests.gui.conftest import Bench
from tests.gui.fake_music import PARTS

ENDS = [(each, at) for each in CONTROLS for at, text in ((0, each.below), (1, each.above)) if text]


def slider(bench: Bench, name: str) -> SteerSlider:
    row = bench.window.panel.rows[name]
    assert isinstance(row, SteerSlider)
    return row


def leave(bench: Bench) -> None:
    """The mouse is elsewhere, wherever the last test has left it."""
    bench.run(0.1)  # where it is comes with the next events
    over = bench.window.panel.hints._over
    if over is not None:
        QApplication.sendEvent(over, QEvent(QEvent.Type.Leave))


def end_of(row: SteerSlider, at: int) -> QPoint:
    track = row.places().track
    return QPoint(round(track.right() - 3 if at else track.left() + 3), row.height() // 2)


@pytest.mark.parametrize(("control", "at"), ENDS, ids=lambda each: getattr(each, "name", each))
def test_the_end_of_a_slider_says_what_it_does_before_it_is_heard(bench: Bench, control: Control, at: int) -> None:
    bench.window.panel.show_more(True)
    bench.run(0.1)
    row, sent = slider(bench, control.name), len(bench.host.sent)
    QTest.mouseMove(row, end_of(row, at))
    bench.app.processEvents()
    hints = bench.window.panel.hints
    said = hints.text()
    assert said == (control.above if at else control.below) or "silence" in said
    assert hints.property("warning")
    assert len(bench.host.sent) == sent  # nothing was turned
    # It fits into its place.
    assert hints.fontMetrics().boundingRect(QRect(0, 0, hints.width(), 999), 0x1000, said).height() <= hints.height()


@pytest.mark.parametrize("points", [9.0, 11.0, 13.5, 15.0])
def test_the_words_of_a_slider_never_overlap(bench: Bench, points: float) -> None:
    font = bench.window.font()
    font.setPointSizeF(points)
    for control in CONTROLS:
        if control.left and control.right:
            words = (control.left, control.right)
            narrow = SliderPlaces(font, QSize(240, 30), 0, 100)
            wide = SliderPlaces(font, QSize(ceil(narrow.width_for(words)), 30), 0, 100)
            (left, _), (right, _) = wide.ends(words, -100)  # both, without the thumb
            assert left.right() < right.left()
            for one, other in itertools.pairwise(box for box, _ in narrow.ends(words, -100)):
                assert one.right() < other.left()


def test_one_beat_is_no_beats() -> None:
    horizon = next(each for each in CONTROLS if each.name == "horizon")
    assert [value_text(horizon, value) for value in (0.5, 1.0, 2.0)] == ["0.5 beats", "1 beat", "2 beats"]


def test_the_track_is_tinted_beyond_the_style(bench: Bench) -> None:
    row = slider(bench, "pitch.temperature")
    picture, track = row.grab().toImage(), row.places().track
    ratio = picture.devicePixelRatio()

    def colour(value: float) -> int:
        x = row.places().x(row.position(value))
        return picture.pixel(round(x * ratio), round((track.top() + 2) * ratio))

    assert colour(0.75) == colour(1.2)
    assert colour(0.6) == colour(1.4) != colour(1.2)


def test_a_range_without_notes_is_silence(bench: Bench) -> None:
    controls, row = bench.window.controls, slider(bench, "range.high")
    assert controls.notes == (36, 81)
    controls.turn("range.low", 60)
    assert slider(bench, "range.low").warning
    controls.turn("range.high", 35)
    controls.turn("range.low", 20)
    assert "silence" in row.warning
    controls.turn("range.low", 36)
    controls.turn("range.high", 81)
    assert not row.warning
    assert not slider(bench, "range.low").warning


def test_controls_far_off_are_told_until_they_are_reset(bench: Bench) -> None:
    panel = bench.window.panel
    leave(bench)
    assert "by itself" in panel.hints.text()
    bench.window.controls.turn("density", 1.0)
    bench.window.controls.turn("pitch.temperature", 2.0)
    assert panel.hints.text().startswith("2 controls are far")
    panel.reset.click()
    bench.run(0.1)
    assert slider(bench, "density").current() == 0.0
    assert not panel.hints.property("warning")
    assert bench.sent(commands.Reset) == [commands.Reset()]


def test_the_slider_of_what_was_learnt_is_there_if_the_model_has_learnt(bench: Bench) -> None:
    panel, row = bench.window.panel, slider(bench, "learnt")
    sent = len(bench.sent(commands.SetControl))
    assert not row.isVisible()
    bench.window.controls.turn_all({"learnt": 40})  # of a preset
    assert len(bench.sent(commands.SetControl)) == sent
    for parent in ("Chorales", ""):
        bench.box.put(Loaded("mine", "Mine", PARTS, 36, 81, 1, 8, "beats", 4.0, parent=parent))
        bench.run(0.1)
        for more in (True, False):
            panel.show_more(more)
            assert row.isVisible() == bool(parent)
        if parent:
            bench.window.controls.turn_all({"learnt": 40})
            assert bench.sent(commands.SetControl)[sent:] == [commands.SetControl("learnt", 40)]


def test_the_value_stands_beside_a_wide_track(bench: Bench) -> None:
    leave(bench)
    bench.window.panel.show_more(True)
    for size in ((1180, 620), (1280, 800), (1920, 1080)):
        bench.window.resize(*size)
        bench.run(0.1)
        for row in bench.window.panel.rows.values():
            if isinstance(row, SteerSlider) and not row.isHidden():
                assert row.places().track.width() >= 140
    row = slider(bench, "time.temperature")
    right = round(row.places().track.right()) + 4

    def value() -> object:
        return row.grab(QRect(right, 0, row.width() - right, row.height())).toImage()

    assert not row.underMouse()
    before = value()
    row.show_value(1.7)
    assert value() != before


def test_a_double_click_leads_to_what_suits_the_model(bench: Bench) -> None:
    loaded = Loaded("folk", "Folk", PARTS, 48, 98, 1, 4, "beats", 4.0, (("pitch.temperature", 1.031), ("polyphony", 1)))
    bench.box.put(loaded)
    bench.run(0.1)
    row = slider(bench, "pitch.temperature")
    row.setValue(row.maximum())
    QTest.mouseDClick(row, Qt.MouseButton.LeftButton)
    assert bench.sent(commands.SetControl)[-1] == commands.SetControl("pitch.temperature", 1.031)
    assert not row.warning


def band(bench: Bench) -> None:
    """Two players, of one part and of the others."""
    players = (("folk", 1), ("quartet", len(PARTS) - 1))
    bench.host._steering.players = Players(players)
    bench.box.put(Loaded("folk+quartet", "Folk + Quartet", PARTS, 48, 98, 1, 4, "beats", 4.0, players=players))
    bench.run(0.1)


def test_chords_come_from_a_player_of_a_band(bench: Bench) -> None:
    """By name; drums have none, nor has a single model."""
    panel, lane = bench.window.panel, bench.window.views.chords
    row = panel.rows["chords.player"]
    assert isinstance(row, ControlRow)
    assert row.choice is not None
    assert row.isHidden()
    parts = (("Fiddle", 40, 0), ("Kit", 0, 9), *PARTS[2:])
    players = (("folk", 1), ("drums", 1), ("quartet", len(PARTS) - 2))
    bench.host._steering.players = Players(players, [number == 1 for number in range(len(PARTS))])
    bench.box.put(Loaded("three", "Three", parts, 48, 98, 1, 4, "beats", 4.0, players=players))
    bench.run(0.1)
    assert not row.isHidden()
    assert [row.choice.itemText(n) for n in range(row.choice.count())] == ["off", "folk", "quartet"]
    row.choice.setCurrentIndex(2)
    assert bench.sent(commands.SetControl)[-1] == commands.SetControl("chords.player", "2")
    assert lane._leader == "quartet"


def choose(bench: Bench, place: int) -> None:
    """All players, or one from 1 on."""
    bench.window.panel.players.choice.setCurrentIndex(place)
    bench.window.panel.players.choice.activated.emit(place)


def test_one_player_of_a_band_alone(bench: Bench) -> None:
    panel, controls = bench.window.panel, bench.window.controls
    assert panel.players.isHidden()
    assert panel.rows["hear.onsets"].isHidden()
    band(bench)
    assert not panel.players.isHidden()
    row, other = slider(bench, "density"), slider(bench, "pitch.temperature")
    row.setValue(row.position(0.25))
    choose(bench, 2)
    assert panel.rows["swing"].isHidden()
    assert (row.current(), row._own) == (0.25, False)
    row.setValue(row.position(-0.5))
    bench.run(0.1)
    assert bench.sent(commands.SetControl)[-1] == commands.SetControl("1:density", -0.5)
    assert (row.current(), row._own, other._own) == (-0.5, True, False)
    choose(bench, 1)
    assert (row.current(), row._own) == (0.25, False)
    choose(bench, 0)
    assert (row.current(), row._own) == (0.25, None)
    panel.presets.save("both")
    choose(bench, 2)
    QTest.mouseDClick(row, Qt.MouseButton.LeftButton)
    bench.run(0.1)
    assert bench.sent(commands.SetControl)[-1] == commands.SetControl("1:density", "all")
    assert (row.current(), row._own) == (0.25, False)
    panel.presets.recall("both")
    bench.run(0.1)
    assert (row.current(), row._own) == (-0.5, True)
    bench.window.panel.reset.click()
    bench.run(0.1)
    assert "1:density" not in controls.values
    bench.box.put(Loaded("folk", "Folk", PARTS, 48, 98, 1, 4, "beats", 4.0))
    bench.run(0.1)
    assert panel.players.isHidden()
    assert row._own is None


def test_a_knob_is_mapped_to_the_player_that_is_chosen(bench: Bench) -> None:
    band(bench)
    midi_learn, rows = bench.window.midi_learn, bench.window.panel.rows
    said: list[str] = []
    for place, name, knob in ((2, "density", 21), (0, "density", 22), (1, "scale", 23)):
        choose(bench, place)
        row = rows[name]
        midi_learn.learn(row._target, row._called)
        said.append(bench.window.line.text)
        bench.host.knob(knob, 0.5)
        bench.run(0.1)
        assert f"CC {knob}" in row.toolTip()
    assert bench.sent(commands.Learn) == [commands.Learn(name) for name in ("1:density", "density", "0:scale")]
    assert "Scale of folk" in said[-1]
    for place, number in ((2, "CC 21"), (0, "CC 22")):
        choose(bench, place)
        assert number in rows["density"].toolTip()
    choose(bench, 1)
    assert "Mapped" not in rows["density"].toolTip()
    midi_learn.unlearn("0:scale")
    assert "Mapped" not in rows["scale"].toolTip()
    midi_learn.learn("0:density", "Density of folk")
    bench.box.put(Loaded("folk", "Folk", PARTS, 48, 98, 1, 4, "beats", 4.0))
    bench.run(0.1)
    assert midi_learn.target is None
    assert midi_learn.knob("1:density") is None
    assert midi_learn.knob("density") == "CC 22 ch 1"


def test_hints_hide_nothing(bench: Bench) -> None:
    panel = bench.window.panel
    leave(bench)
    for widget in (slider(bench, "density"), panel.rows["scale"], panel.modes["continue"], panel.reset):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.Enter))
        assert panel.hints.text()
        assert panel.hints.text() in widget.toolTip()
        at = QPoint(5, 5)
        QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
        assert not QToolTip.isVisible()
        QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
        assert "by itself" in panel.hints.text()


def test_every_hint_fits(bench: Bench) -> None:
    hints = bench.window.panel.hints
    for name, row in bench.window.panel.rows.items():
        hints.explain(row.toolTip())
        room = hints.fontMetrics().boundingRect(0, 0, hints.width() - 12, 999, Qt.TextFlag.TextWordWrap, hints.text())
        assert room.height() <= hints.height(), name


def test_the_wheel_over_a_choice_scrolls(bench: Bench) -> None:
    """A choice that takes the focus from the wheel would turn with it."""
    for chooser in bench.window.findChildren(Chooser):
        assert not chooser.focusPolicy() & ~Qt.FocusPolicy.StrongFocus, chooser.accessibleName()


def test_a_switch_is_explained_wherever_in_its_row_the_mouse_is(bench: Bench) -> None:
    row = bench.window.panel.rows["chord_lock"]
    for widget in (row, *row.findChildren(QWidget)):
        QApplication.sendEvent(widget, QEvent(QEvent.Type.Enter))
        assert bench.window.panel.hints.text() in row.toolTip(), widget
        QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def test_words_are_those_of_musicians(bench: Bench) -> None:
    panel = bench.window.panel
    titles = {label.text() for label in panel.findChildren(QLabel)}
    words = titles | {each.label for each in CONTROLS}
    assert {"Rhythm", "Pitch", "Dynamics", "Harmony"} <= titles
    assert not any("time" in word.lower().split() for word in words)


def test_a_key_without_a_scale_is_dim(bench: Bench) -> None:
    key = bench.window.panel.rows["key"]
    assert not key.isEnabled()
    bench.window.controls.turn("scale", "dorian")
    assert key.isEnabled()
    bench.window.controls.turn("scale", "off")
    assert not key.isEnabled()


# ---- whose turn it is ------------------------------------------------------------------------------------------------
