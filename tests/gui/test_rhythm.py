"""Volume, mute, solo and levels; metronome, time signature and loop, in the window."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from musiclstm.engine.performer.metronome import HIGH
from musiclstm.gui.axes.bars import Bars
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.telemetry import LoopChanged, MeterChanged, PartChanged, Played, Status
from tests.engine.ears import Ears, ears
from tests.gui.conftest import Bench
from tests.gui.test_live import Live

MIDDLE = Qt.MouseButton.LeftButton


class TestParts:
    def test_mute_and_solo_are_sent_and_shown(self, bench: Bench) -> None:
        rows = bench.window.parts.rows
        rows[1].mute.click()
        rows[2].solo.click()
        bench.run(0.2)
        assert bench.sent(commands.SetPart)[-2:] == [commands.SetPart(1, mute=True), commands.SetPart(2, solo=True)]
        assert [row.mute.isChecked() for row in rows] == [False, True, False, False]
        assert [row.solo.isChecked() for row in rows] == [False, False, True, False]
        # Whom nobody hears is dim.
        assert [row._label.isEnabled() for row in rows] == [False, False, True, False]
        rows[2].solo.click()
        bench.run(0.2)
        assert [row._label.isEnabled() for row in rows] == [True, False, True, True]
        # A mode is chosen without unmuting.
        rows[1].mode.setCurrentIndex(rows[1].mode.findData("follow"))
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(1, mode="follow", mute=True)

    def test_the_fader_sends_the_volume_and_follows_whoever_sets_it(self, bench: Bench) -> None:
        fader = bench.window.parts.rows[0].fader
        bench.window.panel.tabs.setCurrentIndex(1)
        bench.run(0.1)
        QTest.mouseClick(fader, MIDDLE, pos=QPoint(fader.width() // 2, fader.height() // 2))
        sent = bench.sent(commands.SetPart)[-1]
        assert isinstance(sent, commands.SetPart)
        assert sent.volume is not None
        assert 58 <= sent.volume <= 70
        before = len(bench.host.sent)
        bench.host.send(commands.SetPart(0, volume=20))
        bench.run(0.1)
        assert fader.value() == 20
        assert len(bench.host.sent) == before + 1  # what the engine says is not sent back
        QTest.mouseDClick(fader, MIDDLE)
        assert bench.sent(commands.SetPart)[-1] == commands.SetPart(0, volume=100)

    def test_levels_rise_with_notes_and_fall_at_a_steady_rate(self, bench: Bench) -> None:
        faders = [row.fader for row in bench.window.parts.rows]
        bench.window.press("play")
        bench.run(3)
        assert all(fader.level > 0 for fader in faders)
        assert bench.window.transport.out_level.level > 0
        bench.window.press("play")
        bench.run(0.1)
        falls = []
        for _ in range(5):
            before = faders[0].level
            bench.window.views.frame.emit()
            falls.append(round(before - faders[0].level, 6))
        assert len(set(falls)) == 1
        bench.run(4)
        assert all(fader.level == 0 for fader in faders)
        assert bench.window.transport.out_level.level == 0

    def test_a_quieter_part_shows_a_lower_level(self, bench: Bench) -> None:
        one, other = (bench.window.parts.rows[part].fader for part in (0, 1))
        one.show_value(50)
        for fader in (one, other):
            fader.hear(100)
        assert one.level == pytest.approx(other.level / 2)


class TestRhythm:
    def test_the_metronome_is_a_button_a_key_and_a_knob(self, bench: Bench) -> None:
        rhythm = bench.window.rhythm
        QTest.mouseClick(rhythm.metronome, MIDDLE, pos=QPoint(8, 8))
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("metronome", True)
        bench.window.press("metronome")
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("metronome", False)
        assert not rhythm.metronome.isChecked()
        bench.host.send(commands.SetControl("metronome", True))
        bench.run(0.1)
        assert rhythm.metronome.isChecked()

    def test_its_menu_has_the_count_in(self, bench: Bench) -> None:
        rhythm = bench.window.rhythm
        QTest.mouseClick(rhythm.metronome, MIDDLE, pos=QPoint(rhythm.metronome.width() - 4, 8))
        assert not bench.sent(commands.SetControl)
        menu = rhythm.metronome.findChild(QMenu)
        assert isinstance(menu, QMenu)
        texts = {action.text(): action for action in menu.actions()}
        assert texts["No count-in"].isChecked()
        texts["Count in one bar"].trigger()
        assert bench.sent(commands.SetControl)[-1] == commands.SetControl("count_in", 1)
        menu.close()

    def test_reset_leaves_the_metronome_alone(self, bench: Bench) -> None:
        bench.window.controls.turn("metronome", True)
        bench.window.controls.turn("count_in", 2)
        bench.window.controls.turn("density", 0.5)
        bench.window.controls.reset()
        bench.run(0.1)
        assert bench.window.controls.values["metronome"] is True
        assert bench.window.controls.values["count_in"] == 2
        assert bench.window.controls.values["density"] == 0.0

    def test_the_time_signature_is_chosen_among_those_of_the_model(self, bench: Bench) -> None:
        meter = bench.window.rhythm.meter
        assert [meter.itemText(i) for i in range(3)] == ["4/4", "3/4", "6/4"]
        bench.window.press("play")
        bench.run(5)
        meter.setCurrentIndex(1)
        assert bench.sent(commands.SetMeter) == [commands.SetMeter(3, 4)]
        bench.run(6)
        axis = bench.window.axis
        change = -(-axis.bars._stretches[-1].beat // 4) * 4
        assert axis.bar_beats == 3
        assert axis.place(change + 4.5) == f"bar {int(change / 4) + 2}.2"
        bars = bench.window.strip.bars
        assert max(bars.counts) == axis.bars.number(axis.now)
        bench.box.put(MeterChanged(axis.now // 1 + 1, 6, 8))
        bench.run(0.1)
        assert meter.currentText() == "6/8"
        assert len(bench.sent(commands.SetMeter)) == 1

    def test_a_time_signature_that_is_refused_is_not_shown(self, bench: Bench) -> None:
        rhythm = bench.window.rhythm
        bench.window.press("play")
        bench.run(8)
        bench.window.press("loop")
        bench.run(0.2)
        rhythm.meter.setCurrentIndex(1)
        bench.run(0.2)
        assert bench.sent(commands.SetMeter) == [commands.SetMeter(3, 4)]
        assert rhythm.meter.currentText() == "4/4"

    def test_a_model_with_one_time_signature_offers_no_choice(self, bench: Bench) -> None:
        bench.box.put(telemetry.Loaded("b", "B", (("Piano", 0, 0),), 36, 84, 1, 8, "seconds", 4.0))
        bench.run(0.1)
        assert not bench.window.rhythm.meter.isEnabled()

    def test_the_last_bars_go_round_and_it_is_said_where(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(8)
        rhythm = bench.window.rhythm
        bench.window.press("loop")
        bench.run(0.2)
        assert bench.sent(commands.LoopLast) == [commands.LoopLast(2)]
        assert rhythm.loop.isChecked()
        assert bench.window.axis.loop is not None
        first = int(bench.window.axis.loop[0] / 4) + 1
        assert bench.window.line.text.startswith(f"Looping bars {first} to {first + 1} of Chorales")
        QTest.mouseClick(rhythm.loop, MIDDLE, pos=QPoint(8, 8))
        bench.run(0.2)
        assert bench.sent(commands.LoopLast)[-1] == commands.LoopLast(0)
        assert not rhythm.loop.isChecked()
        rhythm.loop_last(4)
        bench.run(0.2)
        assert bench.sent(commands.LoopLast)[-1] == commands.LoopLast(4)

    def test_what_is_selected_goes_round(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(8)
        bench.window.rhythm.select(4.0, 8.0)
        bench.window.press("loop")
        assert bench.sent(commands.Loop)[-1] == commands.Loop(4.0, 8.0)
        bench.run(0.2)
        assert "Looping bar 2 of" in bench.window.line.text
        bench.window.rhythm.deselect()
        bench.window.press("loop")
        assert bench.sent(commands.LoopLast)[-1] == commands.LoopLast(0)

    def test_the_loop_is_left_with_the_engine(self, bench: Bench) -> None:
        bench.box.put(LoopChanged(0.0, 4.0))
        bench.run(0.1)
        assert bench.window.rhythm.loop.isChecked()
        bench.host.crash()
        bench.run(0.1)
        assert not bench.window.rhythm.loop.isChecked()
        assert bench.window.axis.loop is None


class TestBars:
    def test_without_changes_a_bar_is_a_share_of_the_beats(self) -> None:
        bars = Bars()
        assert bars.at(6.0) == 1.5
        assert bars.beat(-2) == -8.0
        assert list(bars.lines(3.0, 9.0)) == [0.0, 4.0, 8.0]

    def test_bars_of_several_lengths_are_counted_on(self) -> None:
        bars = Bars()
        bars.change(8.0, 3.0)
        bars.change(14.0, 4.0)
        assert [bars.number(beat) for beat in (7.9, 8.0, 11.0, 13.9, 14.0, 18.0)] == [1, 2, 3, 3, 4, 5]
        assert list(bars.lines(0.0, 19.0)) == [0.0, 4.0, 8.0, 11.0, 14.0, 18.0]
        for bar in range(-3, 9):
            assert bars.number(bars.beat(bar)) == bar
        bars.change(8.0, 4.0)  # it was not to be
        assert [bars.number(beat) for beat in (8.0, 14.0)] == [2, 3]

    def test_a_bar_that_is_cut_short_counts(self) -> None:
        bars = Bars()
        bars.change(9.5, 3.0)
        assert [bars.number(beat) for beat in (8.0, 9.4, 9.5, 12.5)] == [2, 2, 3, 4]
        assert list(bars.lines(8.0, 13.0)) == [8.0, 9.5, 12.5]


# ---- the real engine -----------------------------------------------------------------------------------------------


@pytest.mark.gui
@pytest.mark.jack
def test_what_the_buttons_do_is_heard(qapp: QApplication, tmp_path: Path, jack_server: object) -> None:
    with ears("rhythm") as listener:
        live = Live(tmp_path, "--out", listener.full_name, "--seed", "3", "--tempo", "240")
        try:
            _play_with(live, listener)
        finally:
            live.close()


def _play_with(live: Live, listener: Ears) -> None:
    window = live.window
    changed: list[PartChanged] = []
    window.bridge.part_changed.connect(changed.append)

    def clicks() -> list[int]:
        return [m[1] for _, m in listener.messages if m[0] == 0x99 and m[2]]

    def accents() -> str:
        return "".join("H" if pitch == HIGH else "l" for pitch in clicks())

    live.until(lambda: any(isinstance(m, Status) and m.output_alive for m in live.heard))
    window.controls.turn("count_in", 1)
    window.press("play")
    live.until(lambda: window.line.text.startswith("Counting in"))
    live.until(lambda: window.axis.now > 9)
    # The listener may lose one, or hear one twice, while the machine is busy.
    assert re.fullmatch("H{0,2}l{2,5}", accents())
    assert 3 <= len(clicks()) <= 6
    assert min(each.beat for each in live.heard if isinstance(each, Played)) >= 0

    window.parts.rows[1].mute.click()
    for volume in (36, 35, 34, 33):
        window.parts.rows[2].fader.setValue(volume)
    window.rhythm.meter.setCurrentIndex(window.rhythm.meter.findData("3/4"))
    window.press("metronome")
    live.until(lambda: any(each.part == 2 and each.volume == 33 for each in changed))
    live.until(lambda: any(m[:2] == b"\xb2\x07" for _, m in listener.messages))
    live.until(lambda: window.axis.bar_beats == 3)
    since = window.axis.now + 3
    live.until(lambda: window.axis.now > since + 9)
    assert {each.part for each in live.heard if isinstance(each, Played) and each.velocity and each.beat > since} == {
        0,
        2,
        3,
    }
    assert accents().count("Hll") >= 2  # three to a bar now

    window.press("loop")
    live.until(lambda: window.axis.loop is not None and window.line.text.startswith("Looping bars"))
    assert window.axis.loop is not None
    begin, end = window.axis.loop
    assert end - begin == 6
    first = -(-window.axis.now // 3) * 3 + 6
    live.until(lambda: window.axis.now > first + 12.5)

    def notes(begin: float) -> set[tuple[float, int, int]]:
        return {
            (round(each.beat - begin, 3), each.part, each.pitch)
            for each in live.heard
            if isinstance(each, Played) and each.velocity and begin + 0.01 < each.beat < begin + 5.99
        }

    assert notes(first) == notes(first + 6)
    window.press("loop")
    live.until(lambda: window.axis.loop is None)
    window.press("play")
    live.until(lambda: not window.transport.playing)
    assert not live.hanging()


def test_the_music_ends_by_a_click_and_goes_on_by_another(bench: Bench) -> None:
    bench.window.press("play")
    bench.run(0.5)
    button = bench.window.end_button
    button.fade = True
    button.click()
    assert bench.sent(commands.End)[-1] == commands.End(4, False, True)
    bench.run(0.2)
    assert button.isChecked()
    assert "ends in" in bench.window.line.text
    sign = bench.window.panel.turn
    assert sign.isVisible()
    assert sign.words[0] == "Ends in"
    bench.window.press("end")
    assert bench.sent(commands.End)[-1] == commands.End(0, False, True)
    bench.run(0.2)
    assert not button.isChecked()
    assert "ends" not in bench.window.line.text
    assert not sign.isVisible()
    button.click()
    bench.run(0.2)
    bench.window.press("undo")
    assert bench.sent(commands.End)[-1] == commands.End(0)
    bench.run(0.2)
    menu = button.open_menu()
    next(action for action in menu.actions() if action.text() == "End in 1 bar").trigger()
    assert bench.sent(commands.End)[-1] == commands.End(1, False, True)
    menu.close()
