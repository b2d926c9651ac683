"""The window against the fake engine: what a person does, and what is said back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QDoubleSpinBox,
    QWidget,
)

from musiclstm.gui.keyboard.typing_keyboard import place_of
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.controls import CONTROLS
from tests.gui.conftest import Bench

Key = Qt.Key


def press(widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(widget, key, modifier)


# Scan codes of a PC's keys, and Apple's key codes, as their makers list them.
PC = {"Q": 0x10, "W": 0x11, "E": 0x12, "R": 0x13, "T": 0x14, "Y": 0x15, "U": 0x16, "I": 0x17, "O": 0x18, "P": 0x19}
PC |= {"A": 0x1E, "S": 0x1F, "D": 0x20, "F": 0x21, "G": 0x22, "H": 0x23, "J": 0x24, "K": 0x25, "L": 0x26}
PC |= {"Z": 0x2C, "X": 0x2D, "C": 0x2E, "V": 0x2F, "B": 0x30, "N": 0x31, "M": 0x32}
APPLE = {"A": 0x00, "S": 0x01, "D": 0x02, "F": 0x03, "H": 0x04, "G": 0x05, "Z": 0x06, "X": 0x07, "C": 0x08, "V": 0x09}
APPLE |= {"B": 0x0B, "Q": 0x0C, "W": 0x0D, "E": 0x0E, "R": 0x0F, "Y": 0x10, "T": 0x11, "O": 0x1F, "U": 0x20}
APPLE |= {"I": 0x22, "P": 0x23, "L": 0x25, "J": 0x26, "K": 0x28, "N": 0x2D, "M": 0x2E}


def key_event(kind: QEvent.Type, letter: str, scan: int, virtual: int) -> QKeyEvent:
    """As the system sends it: the letter that the layout has there, and which key it was."""
    return QKeyEvent(kind, ord(letter), Qt.KeyboardModifier.NoModifier, scan, virtual, 0, letter.lower())


def number_field(bench: Bench, name: str) -> QAbstractSpinBox:
    """One of the first part's, in which somebody types."""
    bench.window.panel.tabs.setCurrentIndex(1)
    row = bench.window.parts.rows[0]
    row.unfold.setChecked(True)
    (field,) = (each for each in row.findChildren(QAbstractSpinBox) if each.accessibleName().endswith(f": {name}"))
    field.setFocus()
    field.selectAll()
    return field


@pytest.mark.parametrize(("typed", "pitch"), [("E4", 64), ("d#3", 51), ("Bb2", 46), ("48", 48)])
def test_a_pitch_is_typed_by_its_name_and_plays_no_note(bench: Bench, typed: str, pitch: int) -> None:
    field = number_field(bench, "lowest")
    QTest.keyClicks(field, typed)
    press(field, Key.Key_Space)
    press(field, Key.Key_Return)
    bench.run(0.2)
    assert not bench.sent(commands.PlayerNote)
    assert bench.host.playing
    assert bench.window.parts.rows[0].settings.low == pitch


@pytest.mark.parametrize(
    ("name", "typed", "has"), [("lowest", "48", 48), ("longest", "12.5", 12.5), ("channel", "12", 11)]
)
def test_what_is_typed_slowly_counts_once_it_is_entered(bench: Bench, name: str, typed: str, has: float) -> None:
    field = number_field(bench, name)
    for key in typed:
        QTest.keyClicks(field, key)
        bench.host.report_part(0)  # a pad mutes it meanwhile, say
        bench.run(0.1)
    press(field, Key.Key_Return)
    sent = [getattr(each, {"lowest": "low"}.get(name, name)) for each in bench.sent(commands.SetPart)]
    assert sent == [has]


@pytest.mark.parametrize("name", ["tempo", "channel", "lowest", "longest"])
def test_enter_and_escape_give_the_keys_back(bench: Bench, name: str) -> None:
    tempo = bench.window.transport.tempo
    bench.run(0.1)
    for key in (Key.Key_Return, Key.Key_Escape):
        field: QAbstractSpinBox = tempo if name == "tempo" else number_field(bench, name)
        field.setFocus()
        field.selectAll()
        QTest.keyClicks(field, "12" if name != "tempo" else "90" if key == Key.Key_Return else "60")
        press(field, key)
        assert not field.hasFocus()
        press(QApplication.focusWidget() or bench.window, Key.Key_Backspace)
    assert bench.sent(commands.Back) == [commands.Back(1.0)] * 2
    assert bench.sent(commands.Panic) == [commands.Panic()]
    if name == "tempo":
        assert bench.sent(commands.SetTempo) == [commands.SetTempo(90.0)]  # 60 was given up


class TestTransport:
    def test_space_plays_and_stops_wherever_the_focus_is(self, bench: Bench) -> None:
        for widget in (bench.window.views.roll, bench.window.transport.tap, bench.window.panel.rows["density"]):
            widget.setFocus()
            press(widget, Key.Key_Space)
            bench.run(0.2)
            assert bench.host.playing
            assert bench.window.transport.play.accessibleName() == "Stop"
            press(widget, Key.Key_Space)
            bench.run(0.2)
            assert not bench.host.playing

    def test_escape_panics(self, bench: Bench) -> None:
        press(bench.window.views.roll, Key.Key_Escape)
        assert bench.sent(commands.Panic)

    def test_enter_presses_the_focused_button(self, bench: Bench) -> None:
        bench.window.transport.back.setFocus()
        press(bench.window.transport.back, Key.Key_Return)
        assert bench.sent(commands.Back) == [commands.Back(1.0)]

    def test_tempo_is_typed_tapped_and_shown(self, bench: Bench) -> None:
        bench.window.transport.tempo.setValue(132.0)
        assert bench.sent(commands.SetTempo)[-1] == commands.SetTempo(132.0)
        for _ in range(4):
            bench.window.press("tap")
            bench.now += 0.5
        assert bench.sent(commands.SetTempo)[-1] == commands.SetTempo(120.0)
        bench.host.tempo = 77.0
        before = len(bench.host.sent)
        bench.run(0.1)
        assert bench.window.transport.tempo.value() == 77.0
        assert len(bench.host.sent) == before  # what the engine says is not sent back

    def test_the_tempo_that_plays_is_shown_in_a_field_with_the_focus_until_one_types(self, bench: Bench) -> None:
        tempo = bench.window.transport.tempo
        tempo.setFocus()
        tempo.selectAll()
        bench.host.tempo = 77.0  # a section, a tap on a pad, a DAW
        bench.run(0.1)
        assert tempo.text() == "77.0"
        QTest.keyClicks(tempo, "12")  # in place of what was selected
        bench.host.tempo = 78.0
        bench.run(0.1)
        assert tempo.text() == "12"

    def test_a_tempo_that_another_clock_leads_stays(self, bench: Bench) -> None:
        bench.host.sync = "midi"
        bench.run(0.1)
        for command in ("faster", "slower", "tap", "tap", "tap", "tap"):
            bench.window.press(command)
            bench.now += 0.5
        assert not bench.sent(commands.SetTempo)

    def test_whoever_leads_the_clock_goes_on_being_sent_where_one_wants_it(self, bench: Bench) -> None:
        bench.settings.put("sound/clock", True)
        sync = bench.window.transport.sync
        sync.setCurrentIndex(sync.findData("link"))
        assert bench.sent(commands.SetSync)[-1] == commands.SetSync("link", None, send=True)

    def test_ports_come_and_go_without_losing_the_choice(self, bench: Bench) -> None:
        transport = bench.window.transport
        transport.output.setCurrentIndex(transport.output.findData("FluidSynth"))
        assert bench.sent(commands.OpenOutput)[-1] == commands.OpenOutput("FluidSynth")
        bench.run(0.1)
        bench.box.put(telemetry.PortsChanged((), ()))
        bench.run(0.1)
        assert transport.output.currentData() == "FluidSynth"
        bench.host.lose_port()
        bench.run(0.1)
        assert transport.out_light.state == "lost"
        assert "went away" in bench.window.line.text

    def test_traffic_lights_up_and_falls(self, bench: Bench) -> None:
        light = bench.window.transport.in_light
        bench.host.knob(7, 0.5)
        bench.bridge.fetch()
        assert light.glow == 1.0
        bench.run(0.5)
        assert light.glow == 0.0


class TestSteering:
    def test_a_slider_steers_and_double_click_resets(self, bench: Bench) -> None:
        row = bench.window.panel.rows["time.temperature"]
        assert isinstance(row, QAbstractSlider)
        row.setValue(row.maximum())
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("time.temperature", 2.0)
        QTest.mouseDClick(row, Qt.MouseButton.LeftButton)
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("time.temperature", 1.0)

    def test_every_control_has_a_row_that_sends_what_it_takes(self, bench: Bench) -> None:
        panel = bench.window.panel
        for control in CONTROLS:
            if control.name == "mode":
                continue
            row = panel.rows[control.name]
            if isinstance(row, QAbstractSlider):
                row.setValue(row.minimum())
                row.setValue(row.maximum())
            elif row.choice is not None:
                row.choice.setCurrentIndex(1)
            elif row.switch is not None:
                row.switch.toggle()
            last = bench.sent(commands.SetControl)[-1]
            assert isinstance(last, commands.SetControl)
            assert last.name == control.name
            assert control.clamp(last.value) == last.value

    def test_what_a_knob_turned_is_shown_and_not_sent_back(self, bench: Bench) -> None:
        bench.box.put(telemetry.ControlChanged("pitch.temperature", 1.5, "CC 21 ch 1"))
        before = len(bench.host.sent)
        bench.run(0.1)
        row = bench.window.panel.rows["pitch.temperature"]
        assert isinstance(row, QAbstractSlider)
        assert row.current() == pytest.approx(1.5, abs=0.01)
        assert "CC 21" in row.toolTip()
        assert len(bench.host.sent) == before

    def test_learning_a_knob(self, bench: Bench) -> None:
        bench.window.midi_learn.learn("density", "Density")
        assert bench.sent(commands.Learn) == [commands.Learn("density")]
        assert "Move a knob" in bench.window.line.text
        bench.host.knob(23, 0.2)
        bench.run(0.1)
        assert bench.window.midi_learn.target is None
        assert bench.window.midi_learn.knob("density") == "CC 23 ch 1"

    def test_a_button_shows_that_it_waits_and_then_its_knob(self, bench: Bench) -> None:
        window = bench.window
        buttons: dict[str, QWidget] = {
            "play": window.transport.play,
            "loop": window.rhythm.loop,
            "mute.1": window.parts.rows[0].mute,
            "reset": window.panel.reset,
        }
        for number, (target, button) in enumerate(buttons.items()):
            plain = button.grab().toImage()
            window.midi_learn.learn(target, target)
            waiting = button.grab().toImage()
            bench.host.knob(40 + number, 0.0)
            bench.run(0.1)
            mapped = button.grab().toImage()
            assert plain != waiting != mapped != plain, target
            if target in ("play", "loop"):
                assert f"CC {40 + number}" in button.toolTip()

    def test_escape_leaves_learning(self, bench: Bench) -> None:
        bench.window.midi_learn.learn("play", "Play")
        press(bench.window, Key.Key_Escape)
        assert bench.sent(commands.Learn)[-1] == commands.Learn(None)

    def test_modes_by_button_and_key(self, bench: Bench) -> None:
        bench.window.panel.modes["harmonise"].click()
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("mode", "harmonise")
        press(bench.window, Key.Key_F3)
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("mode", "continue")
        assert bench.window.panel.modes["continue"].isChecked()

    def test_presets_are_saved_and_recalled(self, bench: Bench) -> None:
        panel = bench.window.panel
        bench.window.controls.turn("density", 0.6)
        panel.presets.save("busy")
        panel.reset.click()
        bench.run(0.1)
        assert bench.window.controls.values["density"] == 0.0
        panel.presets.recall("busy")
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("density", 0.6)
        assert (bench.settings.folder / "presets.json").exists()

    def test_a_preset_that_is_deleted_or_saved_over_is_brought_back(self, bench: Bench) -> None:
        window, panel = bench.window, bench.window.panel
        for density in (0.6, 0.2):
            window.controls.turn("density", density)
            panel.presets.save("busy")
        window.line.buttons[0].click()
        panel.presets.recall("busy")
        assert window.controls.values["density"] == 0.6
        panel.presets.delete.click()
        assert panel.presets.choice.findData("busy") < 0
        window.line.buttons[0].click()
        assert panel.presets.choice.currentData() == "busy"
        assert panel.presets.delete.isEnabled()
        panel.presets.recall("busy")
        assert window.controls.values["density"] == 0.6

    def test_the_wheel_turns_only_what_has_the_focus(self, bench: Bench) -> None:
        row = bench.window.panel.rows["density"]
        assert isinstance(row, QAbstractSlider)
        value = row.value()
        bench.window.views.roll.setFocus()
        QApplication.sendEvent(row, wheel(row, 120))
        assert row.value() == value
        row.setFocus()
        QApplication.sendEvent(row, wheel(row, 120))
        assert row.value() > value

    def test_parts_are_muted_and_set(self, bench: Bench) -> None:
        bench.window.views.header.parts[1].click()
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(1, mute=True)
        row = bench.window.parts.rows[2]
        row.mode.setCurrentIndex(row.mode.findData("follow"))
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(2, mode="follow", mute=False)
        row.unfold.setChecked(True)
        assert row.port is not None
        row.port.setCurrentIndex(row.port.findData("FluidSynth"))
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(2, port="FluidSynth")

    def test_parts_show_what_the_engine_has(self, bench: Bench) -> None:
        """Whoever changed it: OSC, a preset, a pad; also before a row is unfolded, and after a restart."""
        bench.host.send(commands.SetPart(2, transpose=-12, program=40, port="FluidSynth", punch_in=True, longest=2.0))
        bench.host.send(commands.SetPart(1, channel=9))
        bench.host.crash()
        bench.run(0.2)
        row, other = bench.window.parts.rows[2], bench.window.parts.rows[1]
        sent = len(bench.sent(commands.SetPart))
        row.unfold.setChecked(True)
        other.unfold.setChecked(True)

        def shown(name: str, of: Any = row, part: str = "Tenor") -> Any:
            (found,) = (each for each in of.findChildren(QWidget) if each.accessibleName() == f"{part}: {name}")
            return found

        assert shown("transpose").value() == -12
        assert shown("longest").value() == 2.0
        assert shown("instrument").currentData() == 40
        assert shown("port").currentData() == "FluidSynth"
        assert shown("punch in").isChecked()
        assert shown("channel", other, "Alto").value() == 10
        bench.host.send(commands.SetPart(2, transpose=7, port=""))
        bench.run(0.2)
        assert shown("transpose").value() == 7
        assert shown("lowest").value() == 45 + 7  # as heard, of the tenor's own range
        # Refused: it shows what is, not what was asked.
        shown("transpose").setRange(-100, 100)
        shown("transpose").setValue(99)
        bench.run(0.2)
        assert shown("transpose").value() == 7
        assert len(bench.sent(commands.SetPart)) == sent + 2


class TestTimeMachine:
    def test_a_part_without_limit_is_not_shown_as_limited(self, bench: Bench) -> None:
        row = bench.window.parts.rows[0]
        row.unfold.setChecked(True)
        (longest,) = (box for box in row.findChildren(QDoubleSpinBox) if box.accessibleName().endswith("longest"))
        assert longest.text() == "any"
        longest.setValue(100.0)
        bench.run(0.2)
        assert longest.text() == "100.00 beats"
        longest.setValue(0.0)
        bench.run(0.2)
        assert longest.text() == "any"

    def test_bookmarks_are_kept_and_returned_to(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(3)
        bench.window.strip.buttons["C"].click()
        bench.run(0.1)
        assert bench.sent(commands.SetBookmark) == [commands.SetBookmark("C")]
        assert bench.window.strip.buttons["C"].kept
        bench.window.strip.buttons["C"].click()
        assert bench.sent(commands.Return) == [commands.Return("C")]
        bench.run(0.1)
        assert bench.window.views.notes.jumps[-1][1] == "C"

    def test_digits_do_the_same(self, bench: Bench) -> None:
        bench.window.activateWindow()
        bench.window.views.roll.setFocus()
        press(bench.window, Key.Key_1)
        bench.run(0.1)
        press(bench.window, Key.Key_1)
        assert [type(c) for c in bench.host.sent if isinstance(c, (commands.SetBookmark, commands.Return))] == [
            commands.SetBookmark,
            commands.Return,
        ]

    def test_morph_between_two(self, bench: Bench) -> None:
        strip = bench.window.strip
        assert not strip.morph.isEnabled()
        for slot in "AB":
            bench.window.bridge.send(commands.SetBookmark(slot))
        bench.run(0.1)
        assert strip.morph.isEnabled()
        strip.morph.setValue(40)
        assert bench.sent(commands.Morph)[-1] == commands.Morph("A", "B", 0.4)

    def test_click_in_the_past_goes_back_there_and_a_drag_only_looks(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(8)
        roll, axis = bench.window.views.roll, bench.window.axis
        x = int(axis.x(4.0)) + 1
        QTest.mouseClick(roll, Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
        went = bench.sent(commands.GoTo)[-1]
        assert isinstance(went, commands.GoTo)
        assert went.beat == pytest.approx(4.0, abs=0.1)
        QTest.mouseClick(roll, Qt.MouseButton.LeftButton, pos=QPoint(roll.width() - 5, 40))
        assert len(bench.sent(commands.GoTo)) == 1  # the future cannot be gone to
        left = axis.left_beat
        QTest.mousePress(roll, Qt.MouseButton.LeftButton, pos=QPoint(200, 40))
        QTest.mouseMove(roll, QPoint(320, 40))
        QTest.mouseRelease(roll, Qt.MouseButton.LeftButton, pos=QPoint(320, 40))
        assert len(bench.sent(commands.GoTo)) == 1
        assert not axis.following
        assert axis.left_beat < left
        assert bench.window.views.roll_box.now_button.isVisible()
        bench.window.press("now")
        assert axis.following

    def test_click_on_a_bar_goes_there(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(12)
        bars = bench.window.strip.bars
        QTest.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(int(bars._x(2)) + 3, 30))
        assert bench.sent(commands.GoTo) == [commands.GoTo(8.0)]

    def test_wheel_zooms(self, bench: Bench) -> None:
        scale = bench.window.axis.scale
        QApplication.sendEvent(bench.window.views.roll, wheel(bench.window.views.roll, 120))
        assert bench.window.axis.scale > scale

    def test_a_dropped_file_is_continued_if_it_is_there(self, bench: Bench, tmp_path: Path) -> None:
        song, gone, folder = (tmp_path / name for name in ("song.mid", "gone.mid", "folder.mid"))
        song.touch()
        folder.mkdir()
        for file in (gone, folder, song):
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(file))])
            copy, button, no_key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            bench.window.views.dropEvent(QDropEvent(QPointF(50, 50), copy, data, button, no_key))
            assert (f"Continuing from {file.name}" in bench.window.line.text) is (file is song)
        assert bench.sent(commands.Prime) == [commands.Prime(str(song))]


class TestKeyboards:
    def test_typing_plays_notes_with_their_ends(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        roll.setFocus()
        QTest.keyPress(roll, Key.Key_A)
        QTest.keyPress(roll, Key.Key_E)
        QTest.keyRelease(roll, Key.Key_A)
        QTest.keyRelease(roll, Key.Key_E)
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (63, True), (60, False), (63, False)]

    def test_an_octave_change_ends_what_is_held(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        QTest.keyPress(roll, Key.Key_A)
        press(roll, Key.Key_X)
        QTest.keyRelease(roll, Key.Key_A)
        QTest.keyPress(roll, Key.Key_A)
        QTest.keyRelease(roll, Key.Key_A)
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (60, False), (72, True), (72, False)]

    @pytest.mark.parametrize(
        ("platform", "scan", "virtual"),
        [
            ("linux", lambda place: PC[place] + 8, ord),
            ("win32", lambda place: PC[place], ord),
            ("darwin", lambda _place: 0, lambda place: APPLE[place]),
        ],
    )
    def test_a_key_counts_by_its_place(
        self, platform: str, scan: Callable[[str], int], virtual: Callable[[str], int]
    ) -> None:
        for letters in ("QWERTYUIOPASDFGHJKLZXCVBNM", "QWERTZUIOPASDFGHJKLYXCVBNM", "AZERTYUIOPQSDFGHJKLWXCVBN,"):
            for place, letter in zip("QWERTYUIOPASDFGHJKLZXCVBNM", letters, strict=True):
                event = key_event(QEvent.Type.KeyPress, letter, scan(place), virtual(place))
                if (platform, place) != ("darwin", "A"):  # known on a Mac's own screen alone
                    assert place_of(event, platform) == place
        # A program that types says the letter alone, and keys beside the letters are no letters.
        assert place_of(key_event(QEvent.Type.KeyPress, "Y", 0, 0), platform) == "Y"
        assert place_of(key_event(QEvent.Type.KeyPress, "A", 200, 200), platform) is None

    @pytest.mark.skipif(sys.platform != "linux", reason="scan codes as Linux gives them")
    @pytest.mark.parametrize("letters", ["QSDF", "ASDF", "ФЫВА"])
    def test_typing_lies_in_one_piece_on_every_layout(self, bench: Bench, letters: str) -> None:
        roll = bench.window.views.roll
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            for place, letter in zip("ASDF", letters, strict=True):
                QApplication.sendEvent(roll, key_event(kind, letter, PC[place] + 8, ord(letter)))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(pitch, down) for down in (True, False) for pitch in (60, 62, 64, 65)]
        assert bench.window.keys.typing.labels["A"] == letters[0]
        assert bench.window.views.keyboard.letters[60] == letters[0]

    @pytest.mark.skipif(sys.platform != "linux", reason="scan codes as Linux gives them")
    def test_a_note_ends_though_the_layout_changes_while_its_key_is_down(self, bench: Bench) -> None:
        roll = bench.window.views.roll
        QApplication.sendEvent(roll, key_event(QEvent.Type.KeyPress, "Y", PC["Y"] + 8, 0))
        QApplication.sendEvent(roll, key_event(QEvent.Type.KeyRelease, "Z", PC["Y"] + 8, 0))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(68, True), (68, False)]

    def test_typing_can_be_turned_off(self, bench: Bench) -> None:
        bench.window.press("typing")
        press(bench.window.views.roll, Key.Key_A)
        assert not bench.sent(commands.PlayerNote)

    def test_the_mouse_plays_and_slides(self, bench: Bench) -> None:
        keyboard = bench.window.views.keyboard

        def at(pitch: int) -> QPoint:
            return (keyboard.rectangle(pitch).bottomLeft() + QPointF(4, -4)).toPoint()

        QTest.mousePress(keyboard, Qt.MouseButton.LeftButton, pos=at(60))
        move = QPointF(at(62))
        keyboard._strike(move)
        QTest.mouseRelease(keyboard, Qt.MouseButton.LeftButton, pos=at(62))
        notes = [(c.pitch, c.velocity > 0) for c in bench.host.sent if isinstance(c, commands.PlayerNote)]
        assert notes == [(60, True), (60, False), (62, True), (62, False)]

    def test_every_key_is_where_it_is_drawn(self, bench: Bench) -> None:
        keyboard = bench.window.views.keyboard
        for pitch in range(keyboard._low, keyboard._high):
            inside = keyboard.rectangle(pitch).bottomLeft() + QPointF(2, -3)
            assert keyboard.pitch_at(inside) == pitch

    def test_bars_glide_to_what_is_expected(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(2)
        keyboard = bench.window.views.keyboard
        assert keyboard._shown.sum() == pytest.approx(1.0, abs=0.3)


class TestMessages:
    def test_engine_that_dies_is_one_line_and_the_roll_stays(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(5)
        played = bench.window.views.notes.played
        bench.host.crash()
        bench.run(0.1)
        assert "stopped unexpectedly" in bench.window.line.text
        assert bench.window.views.notes.played >= played
        assert not [n for n in bench.window.views.notes.sounding.values() if n.beat < 2]

    def test_it_does_not_say_that_it_plays_while_no_engine_does(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(2)
        assert bench.window.line.text.startswith("Playing")
        bench.box.put(telemetry.Exited(-9, True))
        bench.bridge.fetch()
        assert bench.window.line.text == "The engine starts again."
        bench.run(0.3)
        assert bench.window.line.text.startswith("Playing")

    def test_serious_messages_stay_until_read(self, bench: Bench) -> None:
        line = bench.window.line
        line.say("Something is lost.", serious=True)
        line.say("a trifle")
        assert line.text == "a trifle"
        line._timer.timeout.emit()
        assert line.text == "⚠ Something is lost."
        line.buttons[0].click()
        assert "Something" not in line.text
        assert any("a trifle" in entry for entry in line.log)

    def test_state_says_how_to_hear_it(self, bench: Bench) -> None:
        bench.host.output = "null"
        bench.host.status()
        bench.run(0.1)
        assert "silently" in bench.window.line.text
        assert "To hear it" in bench.window.line.text

    def test_a_take_is_saved_at_once_and_the_folder_offered(self, bench: Bench, tmp_path: Path) -> None:
        bench.settings.put("folders/takes", str(tmp_path / "takes"))
        bench.window.press("save")
        bench.run(0.1)
        (saved,) = bench.sent(commands.SaveTake)
        assert isinstance(saved, commands.SaveTake)
        assert Path(saved.file).parent == tmp_path / "takes"
        assert Path(saved.file).suffix == ".mid"
        assert bench.window.line.text.startswith("Saved")
        assert bench.window.line.buttons[0].text() == "Show folder"

    def test_nothing_opens_a_modal_box(self, bench: Bench) -> None:
        for command in ("preferences", "help", "about", "menu"):
            bench.window.press(command)
            assert QApplication.activeModalWidget() is None
        for popup in bench.window.findChildren(QWidget):
            if popup.isWindow():
                popup.close()


def wheel(widget: QWidget, delta: int) -> QWheelEvent:
    place = QPointF(widget.width() / 2, widget.height() / 2)
    return QWheelEvent(
        place,
        widget.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


def test_another_model_goes_on_in_the_same_past(bench: Bench) -> None:
    window, strip = bench.window, bench.window.strip
    window.press("play")
    bench.run(6)
    bench.host.send(commands.SetBookmark("A"))
    bench.run(0.2)
    played, counted = window.views.notes.played, dict(strip.bars.counts)
    bench.host.send(commands.LoadModel("piano"))
    bench.run(0.1)
    change = window.axis.now
    assert window.views.notes.played >= played > 20
    assert counted.items() <= (strip.bars.counts | {max(counted): counted[max(counted)]}).items()
    beat, words = window.views.notes.jumps[-1]
    assert words == "Piano"
    assert beat == pytest.approx(change, abs=0.5)
    assert [title for _beat, title in strip.bars.models] == ["Chorales", "Piano"]
    # The bookmark is lit, says whose it is, and returns to it.
    button = strip.buttons["A"]
    assert button.kept
    assert button.toolTip().startswith("Return to A, bar 3, Chorales")
    bench.run(2)
    bench.host.send(commands.SetBookmark("B"))
    bench.run(0.1)
    assert strip.buttons["B"].toolTip().startswith("Return to B, bar 4, Piano")
    assert strip.bars._about(strip.bars.flags()["B"].center()) == "B: bar 4, Piano"
    # Nothing lies between the two.
    assert not strip.morph.isEnabled()
    assert "two models" in strip.morph.toolTip()
    button.click()
    bench.run(0.2)
    assert bench.sent(commands.Return)
    assert window.transport.model.currentData() == "chorales"
    assert window.views.notes.jumps[-1][1] == "Chorales · A"
    assert [title for _beat, title in strip.bars.models] == ["Chorales", "Piano", "Chorales"]
    bench.host.send(commands.SetBookmark("B"))
    bench.run(0.1)
    assert strip.morph.isEnabled()
    window.grab()


def test_what_follows_a_new_model_in_the_same_breath_is_kept(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(2)
    bench.window.press("play")
    bench.run(0.2)
    played = bench.window.views.notes.played
    bench.box.put(telemetry.Played(900, 50.0, 0, 60, 80, 0, 0))
    bench.host.send(commands.LoadModel("piano"))
    bench.box.put(telemetry.Planned(901, 51.0, 0, 62, 80))
    bench.bridge.fetch()
    assert bench.window.views.notes.played == played + 1
    assert list(bench.window.views.notes.planned) == [901]


@pytest.mark.parametrize(("model", "kept"), [("chorales", True), ("piano", False)])
def test_only_an_engine_that_lost_its_past_starts_from_zero(bench: Bench, model: str, kept: bool) -> None:
    """A restarted one that plays the same model goes on; one that plays another has lost the state it was to resume."""
    bench.window.press("play")
    bench.run(3)
    bench.box.put(telemetry.Exited(-9, True))
    bench.box.put(telemetry.Loaded(model, model.title(), (), 36, 81, 2, 192, "beats", 4.0))
    bench.bridge.fetch()
    assert (bench.window.views.notes.played > 0) == kept
    assert bool(bench.window.strip.bars.counts) == kept


def test_bars_are_counted_on_where_their_length_changes(bench: Bench) -> None:
    """Those before it keep theirs."""
    strip = bench.window.strip
    for beat in (0.0, 3.5, 9.0, 11.5):
        strip.bars.count(beat)
    bench.box.put(telemetry.BookmarkSet("A", 11.5, "Chorales"))
    bench.box.put(telemetry.Loaded("waltz", "Waltz", (), 36, 81, 2, 192, "beats", 3.0))
    bench.bridge.fetch()
    assert strip.bars.counts == {0: 2, 2: 2}
    bench.box.put(telemetry.MeterChanged(8.0, 3, 4))
    bench.bridge.fetch()
    assert strip.bars.counts == {0: 2, 2: 1, 3: 1}
    assert strip.bars.what("A") == "bar 4, Chorales"
    assert "bar 4" in strip.buttons["A"].toolTip()


@pytest.mark.parametrize(("now", "source"), [(0.0, 24.0), (0.0, 21.3), (64.0, 24.0)])
def test_a_leaders_start_relabels_what_was_played(bench: Bench, now: float, source: float) -> None:
    bench.window.press("play")
    bench.run(12)
    views, strip = bench.window.views, bench.window.strip
    bench.box.put(telemetry.BookmarkSet("A", 9.0))
    bench.run(0.1)
    before = sorted(note.beat for note in views.notes.between(-100, 100))
    counted = sum(strip.bars.counts.values())
    # The host is left behind: from here on the leader's engine speaks.
    bench.host.send(commands.Stop())
    bench.run(0.1)
    bench.box.put(telemetry.Jumped(now, "clock", source))
    bench.bridge.fetch()
    shift = now - source
    after = sorted(note.beat for note in views.notes.between(-100, 200))
    assert after == pytest.approx([beat + shift for beat in before], abs=1e-6)
    assert not views.notes.planned
    assert strip.bars.marks == {"A": 9.0 + shift}
    assert sum(strip.bars.counts.values()) == counted
    assert strip.place(9.0 + shift) in strip.buttons["A"].toolTip()
    bench.window.axis.advance(now)
    assert bench.window.axis.now == now
    # What is clicked is what is painted there.
    bar = strip.bars.first() + 1 if shift < 0 else 17
    QTest.mouseClick(strip.bars, Qt.MouseButton.LeftButton, pos=QPoint(int(strip.bars._x(bar)) + 3, 30))
    if bar * 4 < now:
        assert bench.sent(commands.GoTo) == [commands.GoTo(bar * 4.0)]
    x = int(bench.window.axis.x(now - 6.0))
    QTest.mouseClick(views.roll, Qt.MouseButton.LeftButton, pos=QPoint(x, 60))
    clicked = bench.sent(commands.GoTo)[-1]
    assert isinstance(clicked, commands.GoTo)
    assert clicked.beat == pytest.approx(now - 6.0, abs=0.05)
