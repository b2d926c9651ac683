"""A band in the roll: a lane for each player, with pitches of its own and a head; one model has one lane, as before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from musiclstm.gui.axes.player_lanes import HEAD, PlayerLane, PlayerLanes
from musiclstm.gui.look.theme import DARK
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench
from tests.gui.test_painting import picture
from tests.gui.test_roll import near, play, settle

DRUMS = 9
PARTS = (("Melody", 73, 0), ("Violin", 40, 1), ("Cello", 42, 2), ("Kit", 0, DRUMS))
PLAYERS = (("Folk", 1), ("Strings", 2), ("Drums", 1))


def load(bench: Bench, players: tuple[tuple[str, int], ...] = PLAYERS) -> None:
    """Another model goes on in the same past, with the first of PARTS."""
    parts = PARTS[: sum(count for _name, count in players)]
    alone = players if len(players) > 1 else ()
    bench.bridge.loaded.emit(
        telemetry.Loaded("band", "Band", parts, 35, 96, 1, 4, "beats", 4.0, defaults=(), players=alone)
    )
    for part in range(len(parts)):
        bench.host.report_part(part)
    bench.run(0.1)


@pytest.fixture
def band(bench: Bench) -> Bench:
    load(bench)
    return bench


def lane(bench: Bench, number: int) -> PlayerLane:
    return bench.window.views.models.roll.lanes[number]


def rows(bench: Bench, number: int) -> slice:
    found = lane(bench, number)
    return slice(int(found.top), int(found.top + found.pitches.height))


@given(
    st.lists(st.lists(st.sampled_from([0, 1, DRUMS]), min_size=1, max_size=5), min_size=1, max_size=4),
    st.integers(120, 1000),
    st.integers(0, 30),
    st.booleans(),
)
def test_lanes_share_the_roll_and_every_note_has_one(
    channels: list[list[int]], height: int, part: int, drum: bool
) -> None:
    lanes = PlayerLanes()
    lanes.resize(height)
    players = [(f"player {number}", len(each)) for number, each in enumerate(channels)]
    lanes.load([channel for each in channels for channel in each], players if len(players) > 1 else (), 30, 90)
    bottom = 0.0
    for number, found in enumerate(lanes):
        assert found.head == bottom
        assert found.top - found.head in (0, HEAD if len(lanes) > 1 else 0)
        assert found.drums == (set(channels[number]) == {DRUMS}) == (found.pitches.kit is not None)
        bottom = found.top + found.pitches.height
        assert all(lanes.at(y) is found for y in (found.head, found.top, bottom - 1))
        assert all(lanes.of(part, drum=found.drums) is found for part in found.parts)
    assert bottom == height
    assert [part for found in lanes for part in found.parts] == list(range(sum(map(len, channels))))
    found = lanes.of(part, drum=drum)
    assert found.drums == drum or all(other.drums != drum for other in lanes)


def test_each_player_is_drawn_in_its_own_lane(band: Bench) -> None:
    play(band, (0, 1.0, 4.0, 84, 100), (1, 1.0, 4.0, 60, 100), (2, 1.0, 4.0, 40, 100), (3, 2.0, 2.1, 36, 110))
    settle(band)
    shown = picture(band.window.views.roll)[:, : round(band.window.axis.x(5.0))]  # without the now-line
    for part, own in ((0, 0), (1, 1), (2, 1), (3, 2)):
        found = [int(near(shown[rows(band, number)], DARK.part(part)).sum()) for number in range(3)]
        assert found[own] > 20
        assert sum(found) == found[own]


def test_pitches_are_those_of_the_player(band: Bench) -> None:
    play(band, (0, 1.0, 2.0, 100, 90), (1, 1.0, 2.0, 62, 90), (2, 1.0, 2.0, 36, 90))
    settle(band)
    high, low = lane(band, 0).pitches, lane(band, 1).pitches
    assert 0 <= high.y(100) <= high.height - high.row
    assert not 0 <= high.y(36) <= high.height
    for pitch in (36, 62):
        assert 0 <= low.y(pitch) <= low.height - low.row + 0.01


def test_tiles_show_what_painting_at_once_shows(band: Bench) -> None:
    play(band, *((part, step / 2, step / 2 + 0.4, 40 + 7 * part + step, 90) for part in range(4) for step in range(14)))
    settle(band)
    roll = band.window.views.roll
    tiled = picture(roll)
    roll.repaint_all()
    draw, roll._tiles.draw = roll._tiles.draw, lambda *_args: 0.0  # type: ignore[method-assign]
    direct = picture(roll)
    roll._tiles.draw = draw  # type: ignore[method-assign]
    assert (np.abs(tiled.astype(int) - direct).max(axis=2) > 24).mean() < 0.002


def test_a_click_goes_back_in_every_lane(band: Bench) -> None:
    play(band, (0, 1.0, 4.0, 84, 100))
    settle(band)
    roll, axis = band.window.views.roll, band.window.axis
    for number in range(3):
        place = QPoint(round(axis.x(3.0)), round(lane(band, number).top) + 10)
        QTest.mouseClick(roll, Qt.MouseButton.LeftButton, pos=place)
        (*_before, sent) = band.sent(commands.GoTo)
        assert isinstance(sent, commands.GoTo)
        assert sent.beat == pytest.approx(3.0, abs=0.05)
    assert len(band.sent(commands.GoTo)) == 3


def test_zooming_is_for_the_lane_below_the_mouse(band: Bench) -> None:
    settle(band)
    roll = band.window.views.roll
    before = [lane(band, number).pitches.row for number in range(3)]
    place = QPointF(300, lane(band, 1).top + 10)
    wheel = QWheelEvent(
        place,
        roll.mapToGlobal(place),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(roll, wheel)
    after = [lane(band, number).pitches.row for number in range(3)]
    assert after[1] > before[1]
    assert (after[0], after[2]) == (before[0], before[2])
    assert band.window.views.roll_box.now_button.isVisible()
    band.window.press("now")
    band.run(1)
    assert lane(band, 1).pitches.row == before[1]
    assert not band.window.views.roll_box.now_button.isVisible()


def test_heads_mute_a_player_and_let_it_be_heard_alone(band: Bench) -> None:
    heads, parts = band.window.views.roll_box.heads, band.window.parts.rows
    assert [head.y() for head in heads] == [band.window.views.roll.y() + lane(band, n).head for n in range(3)]
    heads[1].mute.click()
    band.run(0.1)
    assert [row.mute.isChecked() for row in parts] == [False, True, True, False]
    parts[1].mute.click()
    band.run(0.1)
    assert not heads[1].mute.isChecked()
    heads[1].solo.click()
    band.run(0.1)
    assert [row.solo.isChecked() for row in parts] == [False, True, True, False]
    assert [head.solo.isChecked() for head in heads] == [False, True, False]


def test_one_model_has_one_lane_and_no_head(band: Bench) -> None:
    views = band.window.views
    play(band, (0, 1.0, 4.0, 84, 100), (3, 2.0, 2.1, 36, 110))
    load(band, (("Folk", 1),))
    settle(band)
    assert not views.roll_box.heads
    (only,) = views.models.roll.lanes
    assert (only.top, only.pitches.height) == (0, views.roll.height())
    shown = picture(views.roll)
    assert near(shown, DARK.part(0)).sum() > 20
    assert near(shown, DARK.part(3)).sum() > 10  # what the drums played is still there


def test_a_player_goes_to_a_port_of_its_own(band: Bench) -> None:
    strings, rows = band.window.parts.players[1].port, band.window.parts.rows
    strings.setCurrentIndex(strings.findData("FluidSynth"))
    strings.activated.emit(strings.currentIndex())
    band.run(0.1)
    assert [row.settings.port for row in rows] == [None, "FluidSynth", "FluidSynth", None]
    rows[1].unfold.click()
    band.bridge.send(commands.SetPart(2, port=""))
    band.run(0.1)
    assert strings.currentText() == "…"
    assert rows[1].port is not None
    assert rows[1].port.currentData() == "FluidSynth"
    assert [player.port.currentData() for player in band.window.parts.players] == ["", "…", ""]
