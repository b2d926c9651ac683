"""What the window shows of the past when the model, the time signature or the clock changes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench


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
