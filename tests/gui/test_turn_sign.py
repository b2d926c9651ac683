"""The sign of the turns: whose turn it is, and for how long."""

from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from musiclstm.gui.steer.turn_sign import SLACK, TurnSign, countdown
from musiclstm.protocol.telemetry import Jumped, TurnChanged
from tests.gui.conftest import Bench
from tests.gui.test_live import Live


def test_the_sign_counts_down_by_the_windows_own_clock(bench: Bench) -> None:
    window, sign = bench.window, bench.window.panel.turn
    assert not sign.isVisible()
    window.controls.turn("mode", "call and response")
    window.press("play")
    bench.run(0.1)
    assert sign.isVisible()
    assert sign.words == ("Your turn", "2", "bars")
    place = sign.mapTo(window, QPoint(0, 0))
    told, lefts = [sign.words], [sign.left]
    while sign.turn.who == "person":
        bench.run(0.05)
        told.append(sign.words)
        lefts.append(sign.left)
    counted = list(dict.fromkeys(told))
    assert [each[1:] for each in counted[:5]] == [("2", "bars"), *((str(n), "beats") for n in (4, 3, 2)), ("1", "beat")]
    assert counted[5][0] == "Model plays"
    steps = [one - other for one, other in itertools.pairwise(lefts[2:-1])]
    assert all(0 < step < 0.03 for step in steps)
    assert sign.mapTo(window, QPoint(0, 0)) == place
    assert "Model plays" in sign.accessibleName()
    window.controls.turn("mode", "solo")
    bench.run(0.1)
    assert not sign.isVisible()


def test_the_sign_is_read_from_a_metre(bench: Bench) -> None:
    """A letter of 5 mm, at 96 dots an inch."""
    from PySide6.QtGui import QFontMetricsF

    sign = bench.window.panel.turn
    assert QFontMetricsF(sign._font(2.3, bold=True)).capHeight() >= 5 / 25.4 * 96
    longest = QFontMetricsF(sign._font(2.3, bold=True)).horizontalAdvance("Model plays")
    number = QFontMetricsF(sign._font(2.8, bold=True)).horizontalAdvance("16")
    unit = QFontMetricsF(sign._font(1.25)).horizontalAdvance("beats")
    assert longest + number + unit + 8 + 30 <= bench.window.panel.minimumWidth() - 24


def test_a_turn_begins_where_the_other_one_ended_though_the_windows_clock_lags(bench: Bench) -> None:
    sign = bench.window.panel.turn
    sign.advance(7.7)
    sign.show_turn(TurnChanged("person", 8.0))
    sign.advance(7.9)
    sign.show_turn(TurnChanged("model", 16.0))
    assert sign.words == ("Model plays", "2", "bars")
    assert sign.left == 1.0


@given(beats=st.floats(0, 200), bar=st.sampled_from((1.5, 3.0, 4.0, 5.0)))
def test_a_countdown_never_says_less_than_is_left(beats: float, bar: float) -> None:
    number, unit = countdown(beats, bar)
    length = bar if unit.startswith("bar") else 1.0
    assert number * length >= beats - SLACK - 1e-9
    assert (number - 1) * length <= beats
    assert unit.endswith("s") == (number != 1)


def test_with_the_real_engine_the_model_plays_in_its_turn_alone(qapp: QApplication, tmp_path: Path) -> None:
    live = Live(tmp_path, "--model", "chorales", "--out", "null", "--tempo", "240", "--seed", "5")
    window = live.window
    sign: TurnSign = window.panel.turn
    try:
        window.controls.turn("mode", "call and response")
        window.press("play")
        live.until(lambda: sign.turn.who == "person")
        assert sign.isVisible()
        assert not window.views.notes.sounding
        live.until(lambda: sign.turn.who == "model")
        live.until(lambda: bool(window.views.notes.sounding))
        assert sign.words[1:] in (("2", "bars"), *((str(n), "beats") for n in (4, 3, 2)))
        live.until(lambda: sign.turn.who == "person")
        window.controls.turn("mode", "continue")
        window.views.play_note(72, 90)
        live.until(lambda: sign.words == ("Listening", "", "while you play"))
        window.views.play_note(72, 0)
        live.until(lambda: sign.words[0] == "Listening" and sign.words[1] != "")
        live.until(lambda: sign.words == ("Model plays", "", "until you play"))
        # Odd controls, then Reset; Forget, then Undo.
        window.controls.turn("mode", "solo")
        live.until(lambda: not sign.isVisible())
        window.controls.turn("pitch.temperature", 2.0)
        live.go_on(0.5)
        window.panel.reset.click()
        live.until(lambda: [m.reason for m in live.heard if isinstance(m, Jumped)] == ["reset"])
        live.until(lambda: window.controls.values["pitch.temperature"] == 0.95)  # the model's own
        window.transport.forget.click()
        live.until(lambda: window.line.buttons[0].text() == "Undo")
        window.line.buttons[0].click()
        live.until(lambda: [m.reason for m in live.heard if isinstance(m, Jumped)] == ["reset", "forget", "undo"])
    finally:
        live.close()
