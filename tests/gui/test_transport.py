"""The transport: play, stop, tempo, clock and ports, against the fake engine."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser

from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench
from tests.gui.hands import press

Key = Qt.Key


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

    def test_space_plays_while_help_is_read(self, bench: Bench) -> None:
        """It is a text, but no field for one."""
        bench.window.press("help")
        (text,) = bench.window.findChildren(QTextBrowser)
        text.window().activateWindow()
        text.setFocus()
        bench.run(0.1)
        assert text.hasFocus()
        press(text, Key.Key_Space)
        bench.run(0.2)
        assert bench.host.playing

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

    def test_midi_clock_without_an_input_says_what_to_choose_and_the_leading_clock_stays(self, bench: Bench) -> None:
        sync = bench.window.transport.sync
        sync.setCurrentIndex(sync.findData("midi"))
        bench.until(lambda: "first choose the input" in bench.window.line.text)
        bench.run(0.2)
        assert sync.currentData() == "internal"

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
