"""What the window says in its line, and that it opens no modal box."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench

Key = Qt.Key


class TestMessages:
    @pytest.mark.parametrize("mapped", [False, True])
    def test_what_is_said_while_a_knob_is_waited_for_goes_with_it(self, bench: Bench, mapped: bool) -> None:
        bench.window.midi_learn.learn("density", "Density")
        assert bench.window.line.text.startswith("Move a knob or press a key to control Density")
        if mapped:
            bench.box.put(telemetry.ControlChanged("density", 0.0, "CC 21 ch 1"))
            bench.run(0.1)
        else:
            bench.window.press("panic")
        assert "Move a knob" not in bench.window.line.text

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

    def test_space_while_the_engine_restarts_stops_the_music(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(2)
        bench.box.put(telemetry.Exited(-9, True))
        bench.bridge.fetch()
        bench.window.press("play")
        bench.run(0.3)
        assert bench.window.line.text.startswith("Ready to play")

    def test_an_engine_that_has_ended_for_good_does_not_play(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(2)
        bench.box.put(telemetry.Exited(-9, False))
        bench.bridge.fetch()
        assert bench.window.transport.play.text() == "Play"

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
