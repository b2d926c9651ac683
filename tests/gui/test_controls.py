"""Controls and parts: what is turned is sent, what the engine says is shown, knobs are mapped."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication, QDoubleSpinBox, QWidget

from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.controls import CONTROLS
from tests.gui.conftest import Bench
from tests.gui.hands import press, wheel

Key = Qt.Key


class TestSteering:
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

    def test_the_same_knob_can_be_learnt_again(self, bench: Bench) -> None:
        learn = bench.window.midi_learn
        for _ in range(2):
            learn.learn("density", "Density")
            bench.run(0.1)
            assert learn.target == "density"
            bench.host.knob(23, 0.2)
            bench.run(0.1)
            assert learn.target is None
        learn.learn("density", "Density")
        bench.run(0.1)
        learn.cancel()
        bench.run(0.1)
        assert learn.knob("density") == "CC 23 ch 1"

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
        assert not bench.sent(commands.Panic)  # the music plays on
        press(bench.window, Key.Key_Escape)
        assert bench.sent(commands.Panic)

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
