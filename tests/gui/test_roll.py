"""The roll in the real window: the music has its room, and each note is told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontMetricsF, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from musiclstm.gui.axes.bars import Bars
from musiclstm.gui.bar.view_header import PartButton
from musiclstm.gui.look.colours import mix, rgb
from musiclstm.gui.look.theme import DARK, LIGHT, Theme
from musiclstm.gui.roll.harmony import Harmony
from musiclstm.gui.roll.model import RollModel, RollNote
from musiclstm.gui.roll.phrases import phrase_ends
from musiclstm.protocol import commands, telemetry
from tests.gui.conftest import Bench
from tests.gui.test_painting import pixels

THEMES = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])


def play(bench: Bench, *notes: tuple[int, float, float, int, int], person: bool = False) -> None:
    """(part, begin, end, pitch, velocity) each."""
    for number, (part, begin, end, pitch, velocity) in enumerate(notes):
        for beat, loud in ((begin, velocity), (end, 0)):
            bench.box.put(telemetry.Played(5000 + number, beat, part, pitch, loud, 0.0, 0.0, by_person=person))
    bench.bridge.fetch()


def settle(bench: Bench) -> None:
    """Let the axes come to rest, well after what was played."""
    bench.host._beat = 9.0
    bench.host.status()
    bench.run(2.0)


def roll_pixels(bench: Bench) -> NDArray[np.uint8]:
    bench.window.views.roll._hover = None
    return pixels(bench.window.views.roll.grab().toImage())


def row_of(bench: Bench, pitch: int) -> slice:
    pitches = bench.window.views.models.roll.lanes[0].pitches
    return slice(round(pitches.y(pitch)), round(pitches.y(pitch) + pitches.row))


def near(found: NDArray[np.uint8], colour: str) -> NDArray[np.bool_]:
    """Which pixels have the hue of the colour, at whatever strength."""
    one, other = found.astype(float), np.array(rgb(colour), float)[::-1]
    one, other = one - one.mean(axis=-1, keepdims=True), other - other.mean()
    length = np.linalg.norm(one, axis=-1)
    alike: NDArray[np.bool_] = (length > 20) & ((one @ other) > 0.96 * length * np.linalg.norm(other))
    return alike


class TestTheMusicFirst:
    def test_the_memory_is_folded_at_the_first_start_and_one_click_opens_it(self, bench: Bench) -> None:
        views, header = bench.window.views, bench.window.views.header
        assert not views.memory_box.isVisible()
        assert bench.sent(commands.Watch)[-1] == commands.Watch(memory=False, expectation=True)
        assert "remembers" in header.fold_memory.text()
        before = views.roll.height()
        header.fold_memory.click()
        bench.run(0.1)
        assert views.memory_box.isVisible()
        assert header.fold_memory.text() == "Memory"
        assert views.roll.height() < before - 100

    def test_whoever_had_it_open_keeps_it(self, qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
        for opened in (False, True):
            bench = Bench(qapp, tmp_path)
            assert bench.window.views.memory_box.isVisible() == opened
            bench.window.views.show_memory(True)
            bench.done()

    def test_the_now_line_leaves_room_for_the_horizon_and_the_gates(self, bench: Bench) -> None:
        axis = bench.window.axis
        bench.window.press("play")
        bench.run(3)
        little = axis.width - axis.now_x
        assert bench.window.views.notes.farthest() <= axis.right_beat
        bench.window.controls.turn("horizon", 4.0)
        bench.run(3)
        assert axis.right_beat - axis.now >= 4.0
        assert axis.width - axis.now_x > little
        bench.window.controls.turn("horizon", 1.0)
        bench.window.views.show_memory(True)
        bench.run(6)
        assert axis.now_x <= bench.window.views.lanes.width()

    def test_the_person_is_in_the_legend(self, bench: Bench) -> None:
        person = bench.window.views.header.person
        assert person.isVisible()
        assert [label.text() for label in person.findChildren(QLabel) if label.text()] == ["You"]

    def test_a_wide_window_has_more_keys_not_wider_ones(self, bench: Bench) -> None:
        keyboard = bench.window.views.keyboard
        few = len(keyboard._whites())
        bench.window.resize(1920, 1080)
        bench.run(0.1)
        assert len(keyboard._whites()) > few
        assert keyboard.rectangle(60).width() <= 36


class TestFollowing:
    def test_a_pitch_out_of_view_comes_into_it(self, bench: Bench) -> None:
        bench.window.press("play")
        bench.run(1)
        pitches = bench.window.views.models.roll.lanes[0].pitches
        assert pitches.y(101) < 0
        bench.window.views.play_note(101, 100)
        bench.run(1.5)
        assert 0 <= pitches.y(101) < bench.window.views.roll.height()

    def test_looking_back_while_nothing_plays_shows_what_was_there(self, bench: Bench) -> None:
        views = bench.window.views
        play(bench, (0, 1.0, 2.0, 100, 90), (0, 60.0, 61.0, 60, 90))
        bench.host._beat = 62.0
        bench.host.status()
        bench.run(12)
        assert views.models.roll.lanes[0].pitches.y(100) < 0
        bench.window.axis.show(1.5)
        bench.run(1)
        assert views.models.roll.lanes[0].pitches.y(100) >= 0

    def test_zoomed_by_hand_it_stays_until_now_is_pressed(self, bench: Bench) -> None:
        views = bench.window.views
        bench.window.press("play")
        bench.run(1)
        place = QPointF(200, 100)
        wheel = QWheelEvent(
            place,
            views.roll.mapToGlobal(place),
            QPoint(),
            QPoint(0, 480),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(views.roll, wheel)
        row = views.models.roll.lanes[0].pitches.row
        views.play_note(101, 100)
        bench.run(2)
        assert views.models.roll.lanes[0].pitches.row == row
        assert views.roll_box.now_button.isVisible()
        bench.window.press("now")
        bench.run(1.5)
        assert views.models.roll.lanes[0].pitches.y(101) >= 0
        assert not views.roll_box.now_button.isVisible()


class TestNotes:
    @THEMES
    def test_two_notes_of_one_pitch_show_both_colours(self, bench: Bench, theme: Theme) -> None:
        bench.look.choose("dark" if theme is DARK else "light")
        play(bench, (0, 1.0, 4.0, 60, 90), (1, 2.0, 4.0, 60, 90))
        settle(bench)
        picture, axis = roll_pixels(bench)[row_of(bench, 60)], bench.window.axis
        alone, both = picture[:, round(axis.x(1.5))], picture[:, round(axis.x(3.0))]
        assert near(alone, theme.part(0)).sum() >= 6
        assert near(alone, theme.part(1)).sum() == 0
        assert near(both, theme.part(0)).sum() >= 3
        assert near(both, theme.part(1)).sum() >= 3

    def test_planned_ones_as_well(self, bench: Bench) -> None:
        for number, part in ((8001, 0), (8002, 1)):
            bench.box.put(telemetry.Planned(number, 9.5, part, 60, 90, 10.5))
        bench.bridge.fetch()
        settle(bench)
        x, theme = round(bench.window.axis.x(10.0)), bench.look.theme
        column = roll_pixels(bench)[row_of(bench, 60), x]
        for part in (0, 1):
            alike = near(column, mix(theme.part(part), theme.ground, 0.38))
            assert 3 <= alike.sum() <= len(column) / 2

    def test_what_nobody_will_hear_is_planned_fainter(self, bench: Bench) -> None:
        """As soon as its part is muted."""
        for number, part, pitch in ((8001, 0, 60), (8002, 1, 64)):
            bench.box.put(telemetry.Planned(number, 9.5, part, pitch, 90, 10.5))
        bench.bridge.fetch()
        settle(bench)
        x, ground = round(bench.window.axis.x(10.0)), np.array(rgb(bench.look.theme.ground), float)[::-1]

        def strength(pitch: int) -> float:
            rows = row_of(bench, pitch)
            return float(np.abs(roll_pixels(bench)[(rows.start + rows.stop) // 2, x] - ground).sum())

        before = strength(60), strength(64)
        bench.window.bridge.send(commands.SetPart(1, mute=True))
        bench.run(0.2)
        assert strength(60) == before[0]
        assert 0 < strength(64) < 0.6 * before[1]

    def test_crossing_voices_are_joined_each_in_its_colour(self, bench: Bench) -> None:
        play(bench, (0, 1.0, 2.0, 72, 90), (0, 2.0, 4.0, 60, 90), (1, 1.0, 3.0, 62, 90), (1, 3.0, 4.0, 70, 90))
        settle(bench)
        picture, axis, theme = roll_pixels(bench), bench.window.axis, bench.look.theme
        for part, beat in ((0, 2.0), (1, 3.0)):
            x = round(axis.x(beat))
            between = picture[row_of(bench, 66), x - 4 : x + 3].reshape(-1, 3)
            assert near(between, theme.part(part)).any()
            assert not near(between, theme.part(1 - part)).any()

    @THEMES
    def test_louder_is_stronger_and_higher(self, bench: Bench, theme: Theme) -> None:
        bench.look.choose("dark" if theme is DARK else "light")
        play(bench, *((0, 1.0 + step, 1.8 + step, 60, velocity) for step, velocity in enumerate((20, 60, 110))))
        settle(bench)
        picture, axis = roll_pixels(bench)[row_of(bench, 60)], bench.window.axis
        ground = np.array(rgb(theme.row if 60 % 12 in (1, 3, 6, 8, 10) else theme.ground))[::-1]
        columns = [picture[:, round(axis.x(1.4 + step))].astype(int) for step in range(3)]
        differs = [np.abs(column - ground).max(axis=1) for column in columns]
        heights = [int((each > 30).sum()) for each in differs]
        assert heights[0] < heights[1] < heights[2]
        assert differs[0].max() < differs[1].max() < differs[2].max()
        assert differs[0].max() > 50  # the softest is still seen


class TestChordsAndPhrases:
    def model(self, *notes: tuple[float, float, tuple[int, ...]]) -> RollModel:
        roll = RollModel()
        number = 0
        for begin, end, pitches in notes:
            for pitch in pitches:
                number += 1
                for beat, loud in ((begin, 80), (end, 0)):
                    roll.take(telemetry.Played(number, beat, 0, pitch, loud, 0.0, 0.0), 0, beat)
        return roll

    def test_chords_are_named_when_they_have_passed(self) -> None:
        harmony = Harmony(self.model((0, 2, (48, 64, 67)), (2, 3, (53, 65, 69, 72)), (3, 4, (55, 62, 65, 71))))
        found = harmony.between(0, 8, now=9.0, bars=Bars())
        assert [(beat, chord.name) for beat, chord in found] == [(0, "C"), (2, "F"), (3, "G7")]
        early = harmony.between(0, 8, now=2.4, bars=Bars())
        assert [chord.name for _beat, chord in early] == []

    def test_chords_follow_the_bars(self) -> None:
        """Each bar has its own, whatever the time signature."""
        bars = Bars()
        bars.change(4.0, 3.0)
        harmony = Harmony(self.model((0, 10, (48, 64, 67))))
        assert [beat for beat, _chord in harmony.between(0, 10, now=20.0, bars=bars)] == [0, 4, 7]

    def test_time_that_went_back_takes_chords_along(self) -> None:
        roll = self.model((0, 4, (48, 64, 67)), (4, 8, (53, 57, 60)))
        harmony = Harmony(roll)
        assert len(harmony.between(0, 8, now=9.0, bars=Bars())) == 2
        roll.take(telemetry.Jumped(4.0, "forget"), 0, 9.0)
        harmony.cut(4.0)
        assert [chord.name for _beat, chord in harmony.between(0, 8, now=9.0, bars=Bars())] == ["C"]

    def test_phrases_end_at_rests_and_after_long_chords(self) -> None:
        def notes(*spans: tuple[float, float]) -> list[RollNote]:
            return [RollNote(i, begin, 0, 60, 80, end) for i, (begin, end) in enumerate(spans)]

        assert phrase_ends(notes((0, 1), (1, 2), (3, 4))) == [2]
        assert phrase_ends(notes((0, 1), (0, 1), (1, 3), (1, 3), (3, 4))) == [3]
        assert phrase_ends(notes((0, 1), (0, 5), (3, 4), (4, 5))) == []  # one part goes on
        assert phrase_ends(notes((0, 1), (1.4, 2), (2.3, 3))) == []  # breath enough, but no rest

    def test_they_are_seen_above_the_roll(self, bench: Bench) -> None:
        ruler, axis = bench.window.views.ruler, bench.window.axis
        chord = [(part, 4.0, 6.0, pitch, 80) for part, pitch in enumerate((48, 64, 67))]
        play(bench, *chord, (0, 7.5, 8.0, 60, 80))
        settle(bench)
        ground = np.array(rgb(bench.look.theme.background))[::-1]
        differs = np.abs(pixels(ruler.grab().toImage()).astype(int) - ground).max(axis=2) > 60
        x, rest = round(axis.x(4.0)), round(axis.x(6.0))
        assert differs[20:38, x + 3 : x + 16].any()  # the chord's name
        assert not differs[20:38, x + 120 : x + 200].any()
        assert differs[12:19, rest - 4 : rest - 1].any()  # a breath
        assert not differs[12:19, x - 4 : x - 1].any()


class TestDrums:
    @pytest.fixture
    def drums(self, bench: Bench) -> Bench:
        loaded = telemetry.Loaded("drums", "Drums", (("Kit", 0, 9),), 22, 81, 1, 64, "beats", 4.0)
        bench.box.put(loaded)
        bench.run(0.2)
        return bench

    def test_lanes_have_names_and_there_are_no_chords(self, drums: Bench) -> None:
        kit = drums.window.views.models.roll.lanes[0].pitches.kit
        assert kit is not None
        names = [lane.name for lane in kit.lanes]
        assert {"Kick", "Snare", "Hi-hat", "Open hat", "Ride", "Crash", "Low tom"} <= set(names)
        assert "Cowbell" not in names
        assert drums.window.views.ruler.height() <= 22
        play(drums, (0, 1.0, 1.2, 56, 80))
        drums.run(0.5)
        assert "Cowbell" in [lane.name for lane in kit.lanes]

    def test_hits_are_diamonds_the_larger_the_louder(self, drums: Bench) -> None:
        play(drums, (0, 2.0, 2.1, 36, 110), (0, 4.0, 4.1, 36, 30), (0, 6.0, 6.1, 38, 110))
        settle(drums)
        picture, axis = roll_pixels(drums), drums.window.axis
        kick = picture[row_of(drums, 36)]
        part = drums.look.theme.part(0)

        def size(lane: NDArray[np.uint8], beat: float) -> tuple[int, int]:
            x = round(axis.x(beat))
            found = near(lane[:, x - 14 : x + 15], part)
            return int(found.any(axis=0).sum()), int(found.any(axis=1).sum())

        loud, soft = size(kick, 2.0), size(kick, 4.0)
        assert loud[0] > soft[0] > 3
        assert loud[1] > soft[1] > 3
        assert size(kick, 6.0) == (0, 0)
        assert size(picture[row_of(drums, 38)], 6.0) == pytest.approx(loud, abs=1)  # where pixels begin in its row
        # A diamond: nothing in its corners, and it lies on both sides of its moment.
        x = round(axis.x(2.0))
        found = near(kick[:, x - 14 : x + 15], part)
        assert found[:, :14].any()
        assert found[:, 15:].any()
        top = int(np.flatnonzero(found.any(axis=1))[0])
        assert found[top + 1].sum() < loud[0] / 2

    def test_hits_are_whole_where_tiles_meet(self, drums: Bench) -> None:
        play(drums, *((0, 1.0 + step / 4, 1.1 + step / 4, 36, 100) for step in range(24)))
        settle(drums)
        roll, tiled = drums.window.views.roll, roll_pixels(drums)
        roll.repaint_all()
        draw, roll._tiles.draw = roll._tiles.draw, lambda *_args: 0.0  # type: ignore[method-assign]
        direct = roll_pixels(drums)
        roll._tiles.draw = draw  # type: ignore[method-assign]
        assert (np.abs(tiled.astype(int) - direct).max(axis=2) > 24).mean() < 0.002

    def test_what_a_model_of_pitches_had_planned_gets_no_lane(self, bench: Bench) -> None:
        bench.box.put(telemetry.Planned(8000, 1.0, 0, 67, 80))
        bench.bridge.fetch()
        bench.bridge.loaded.emit(telemetry.Loaded("drums", "Drums", (("Kit", 0, 9),), 22, 81, 1, 64, "beats", 4.0))
        bench.run(0.5)
        kit = bench.window.views.models.roll.lanes[0].pitches.kit
        assert kit is not None
        assert "Agogo" not in [lane.name for lane in kit.lanes]
        header = bench.window.views.header
        assert [part.name for part in header.findChildren(PartButton) if part.isVisible()] == ["Kit"]

    def test_back_to_a_model_of_pitches(self, drums: Bench) -> None:
        drums.host.send(commands.LoadModel("chorales"))
        drums.run(0.3)
        assert drums.window.views.models.roll.lanes[0].pitches.kit is None
        assert drums.window.views.ruler.height() > 30


def test_parts_whose_names_find_no_room_keep_their_swatches(bench: Bench) -> None:
    header = bench.window.views.header
    names = [part.text() for part in header.parts]
    assert all(names)
    parts = tuple((f"A rather long name {number}", 0, number) for number in range(10))
    bench.box.put(telemetry.Loaded("everyone", "Everyone", parts, 36, 81, 1, 8, "beats", 4.0))
    bench.run(0.1)
    assert len(header.parts) == 10
    for number, part in enumerate(header.parts):
        assert part.text() == ""
        assert parts[number][0] in part.toolTip()
        assert part.width() >= part.sizeHint().width()


def test_what_a_jump_says_stands_at_the_top_and_ends_before_the_next(bench: Bench) -> None:
    views = bench.window.views
    bench.window.press("play")
    bench.run(4)
    now, roll = bench.window.axis.now, views.roll
    views.notes.jumps[:] = [(now - 3, "Folk tunes + String quartet + Chorales + Drums"), (now - 2.5, "forgot")]
    (one, long), (other, short) = roll._over._jumps(1.0)
    metrics = QFontMetricsF(roll.font())
    assert long.endswith("…")
    assert one + 11 + metrics.horizontalAdvance(long) < other
    assert short == "↺ forgot"
    views.notes.jumps[:] = [(now - 3, "1 bar back"), (now - 3, "loop")]
    assert [words for _, words in roll._over._jumps(1.0)] == ["↺ loop"]
    views.notes.jumps[:] = [(now - 0.01, "forgot")]
    ((_, nothing),) = roll._over._jumps(1.0)
    assert nothing in ("", "…")  # it would lie on what is said about the now-line
