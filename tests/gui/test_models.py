"""What the views are drawn from: playhead, roll, memory, mail, tapping, presets. No window."""

from __future__ import annotations

import json
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.gui import app
from musiclstm.gui.axes.playhead import Playhead
from musiclstm.gui.bar.tap_tempo import Tapping
from musiclstm.gui.mailbox import MANY, Mailbox
from musiclstm.gui.memory.model import MemoryModel, pool, unit_at
from musiclstm.gui.roll.model import RollModel
from musiclstm.gui.steer.presets import Presets
from musiclstm.protocol.controls import CONTROLS
from musiclstm.protocol.telemetry import (
    Exited,
    Jumped,
    Notice,
    PlanEnded,
    Planned,
    Played,
    StateFrame,
    Status,
    Traffic,
    Withdrawn,
)


def status(time: float, beat: float, tempo: float = 120.0, *, playing: bool = True) -> Status:
    return Status(time, beat, tempo, playing, "solo", "internal", True, "null", True, None, False)


def on(number: int, beat: float, pitch: int = 60, *, person: bool = False) -> Played:
    return Played(number, beat, 0, pitch, 80, 0.0, 0.0, person)


def off(number: int, beat: float, pitch: int = 60) -> Played:
    return Played(number, beat, 0, pitch, 0, 0.0, 0.0)


class TestPlayhead:
    def test_goes_on_between_statuses(self) -> None:
        head = Playhead()
        head.follow(status(10.0, 4.0), 10.0)
        assert head.beat(10.5) == pytest.approx(5.0)

    def test_stands_while_nothing_plays(self) -> None:
        head = Playhead()
        head.follow(status(10.0, 4.0, playing=False), 10.0)
        assert head.beat(99.0) == 4.0

    def test_glides_over_a_small_difference_and_never_goes_back(self) -> None:
        head = Playhead()
        head.follow(status(10.0, 4.0), 10.0)
        shown = head.beat(11.0)
        head.follow(status(11.0, 5.97), 11.0)  # it turns out to be a little behind
        assert head.beat(11.0) == pytest.approx(shown)
        beats = [head.beat(11.0 + step / 60) for step in range(60)]
        assert all(later > earlier for earlier, later in pairwise(beats))
        assert beats[-1] == pytest.approx(5.97 + 59 / 60 * 2, abs=0.001)

    def test_shows_a_jump_at_once(self) -> None:
        head = Playhead()
        head.follow(status(10.0, 40.0), 10.0)
        head.follow(status(11.0, 8.0), 11.0)
        assert head.beat(11.0) == pytest.approx(8.0)

    def test_what_is_played_while_it_stands_or_is_counted_in_is_not_in_the_music(self) -> None:
        head = Playhead()
        assert not head.in_music(0.0)
        head.follow(status(10.0, 8.0, playing=False), 10.0)
        assert not head.in_music(12.0)
        head.follow(status(20.0, 4.0), 20.0)  # four beats are counted in
        assert not head.in_music(7.0)
        assert head.in_music(7.6)  # a pickup
        assert head.in_music(12.0)
        head.jump(2.0, 21.0)
        assert head.in_music(2.0)


class TestRollModel:
    def test_a_note_is_planned_sounds_and_is_past(self) -> None:
        roll = RollModel()
        roll.take(Planned(1, 2.0, 0, 60, 80, surprise=1.5), 0, 0)
        roll.take(PlanEnded(1, 3.0), 0, 0)
        assert roll.planned[1].end == 3.0
        roll.take(on(1, 2.0), 0, 2)
        assert not roll.planned
        assert roll.sounding[1].surprise == 1.5
        roll.take(off(1, 3.0), 0, 3)
        assert [(note.beat, note.end) for note in roll.between(0, 9)] == [(2.0, 3.0)]

    def test_what_is_withdrawn_fades_and_open_ends_open_again(self) -> None:
        roll = RollModel()
        for number, beat, end in ((1, 1.0, 4.0), (2, 3.0, 4.0)):
            roll.take(Planned(number, beat, 0, 60 + number, 80, end), 0, 0)
        roll.take(Withdrawn(2.0), 5.0, 0)
        assert list(roll.planned) == [1]
        assert roll.planned[1].end is None
        assert [note.id for note, _since in roll.fading] == [2]
        roll.settle(5.05, 0.12)
        assert roll.fading
        roll.settle(5.2, 0.12)
        assert not roll.fading

    def test_a_jump_keeps_the_past_and_what_already_sounds_in_the_new_branch(self) -> None:
        roll = RollModel()
        roll.take(on(1, 10.0), 0, 10)
        roll.take(off(1, 11.0), 0, 11)
        roll.take(on(2, 11.0), 0, 11)  # of the new branch, said before the jump is
        roll.asked["back"] = "bar 2.1"
        roll.take(Jumped(11.0, "back"), 0, 11.02)
        assert set(roll.sounding) == {2}
        assert roll.jumps == [(11.0, "bar 2.1")]
        assert roll.played == 2

    def test_a_jump_has_the_words_of_the_command_that_caused_it(self) -> None:
        """A file takes time to read, and the music may jump meanwhile."""
        roll = RollModel()
        roll.asked["prime"] = "tune.mid"
        for beat, reason in ((1.0, "clock"), (2.0, "forget"), (3.0, "prime"), (4.0, "prime")):
            roll.take(Jumped(beat, reason), 0, beat)
        assert [words for _, words in roll.jumps] == ["leader", "forgot", "tune.mid", "from a file"]

    def test_time_that_goes_back_takes_its_notes_along(self) -> None:
        roll = RollModel()
        for number in range(8):
            roll.take(on(number, float(number)), 0, number)
            roll.take(off(number, number + 1.0), 0, number + 1)
        roll.take(Jumped(3.0, "forget"), 0, 8.0)
        assert [note.beat for note in roll.between(0, 99)] == [0.0, 1.0, 2.0]
        assert roll.changed <= 3.0

    @pytest.mark.parametrize("now", [0.0, 99.0])
    def test_a_leader_elsewhere_takes_the_past_along(self, now: float) -> None:
        roll = RollModel()
        for number in range(4):
            roll.take(on(number, float(number)), 0, number)
            roll.take(off(number, number + 0.5), 0, number)
        roll.take(on(7, 3.5), 0, 3.5)
        roll.take(Planned(8, 4.5, 0, 60, 80), 0, 3.5)
        roll.take(Jumped(3.0, "back", 1.0), 0, 3.0)
        roll.take(Jumped(now, "clock", 4.0), 0, now)
        shift = now - 4
        assert [note.beat - shift for note in roll.between(-9, 200)] == [0.0, 1.0, 2.0, 3.0, 3.5]
        assert [note.end - shift for note in roll.onsets(-9, 200) if note.end is not None] == [0.5, 1.5, 2.5, 3.5]
        assert [beat - shift for beat, _ in roll.jumps] == [3.0, 4.0]
        assert not roll.planned  # it is planned again

    def test_notes_of_a_dead_engine_end(self) -> None:
        roll = RollModel()
        roll.take(on(1, 1.0), 0, 1)
        roll.take(Planned(2, 2.0, 0, 60, 80), 0, 1)
        roll.take(Exited(-9, True), 0, 1.5)
        assert not roll.sounding
        assert not roll.planned
        assert [note.end for note in roll.between(0, 9)] == [1.5]

    @given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 20)), max_size=40), st.floats(0, 60), st.floats(0, 5))
    def test_between_finds_exactly_what_touches(
        self, notes: list[tuple[float, float]], low: float, width: float
    ) -> None:
        roll = RollModel()
        for number, (beat, length) in enumerate(notes):
            roll.take(on(number, beat), 0, beat)
            roll.take(off(number, beat + length), 0, beat + length)
        found = sorted(note.id for note in roll.between(low, low + width))
        right = [n for n, (beat, length) in enumerate(notes) if beat <= low + width and beat + length >= low]
        assert found == right


class TestMemoryModel:
    def frame(self, beat: float, seed: int = 0, layers: int = 2, units: int = 6) -> StateFrame:
        dice = np.random.default_rng(seed)
        cell = dice.normal(0, 2, (layers, units)).astype(np.float16)
        gates = dice.random((layers, 3, units)).astype(np.float16)
        return StateFrame(beat, cell, cell, gates, float(seed))

    def test_keeps_values_exactly(self) -> None:
        memory = MemoryModel()
        frames = [self.frame(beat / 2, beat) for beat in range(20)]
        for frame in frames:
            memory.add(frame)
        for index, frame in enumerate(frames):
            assert (memory.cells[index] == frame.cell).all()
            assert (memory.gates[index] == frame.gates).all()
            assert memory.index_at(frame.beat + 0.3) == index
        assert memory.index_at(-0.1) is None

    def test_forgets_the_oldest_and_keeps_the_rest(self) -> None:
        memory = MemoryModel(kept=8)
        for beat in range(100):
            memory.add(self.frame(float(beat), beat))
        assert 8 <= memory.count <= 16
        assert memory.beats[-1] == 99.0
        assert (memory.cells[-1] == self.frame(99.0, 99).cell).all()
        assert (np.diff(memory.beats) > 0).all()

    def test_a_frame_before_the_last_begins_another_branch(self) -> None:
        memory = MemoryModel()
        for beat in (0.0, 1.0, 2.0, 3.0):
            memory.add(self.frame(beat))
        memory.add(self.frame(1.5, 7))
        assert memory.beats.tolist() == [0.0, 1.0, 1.5]

    @pytest.mark.parametrize(("units", "rows"), [(384, 100), (7, 7), (5, 40), (512, 511)])
    def test_a_row_shows_the_unit_it_names(self, units: int, rows: int) -> None:
        values = np.random.default_rng(units).normal(0, 1, units).astype(np.float16)
        shown = pool(values, rows)
        assert shown.shape == (rows,)
        for row in range(rows):
            assert shown[row] == np.float32(values[unit_at(values, row, rows)])
        assert abs(shown).max() == np.float32(abs(values).max())


class TestMailbox:
    def test_what_may_drop_is_the_newest_and_the_rest_whole(self) -> None:
        box = Mailbox()
        for number in range(5):
            box.put(Traffic(str(number)))
            box.put(Notice(str(number)))
        assert [m.text for m in box.take() if isinstance(m, Notice)] == list("01234")
        box.put(Traffic("a"))
        box.put(Traffic("b"))
        assert box.take() == [Traffic("b")]

    def test_a_window_that_sleeps_loses_only_what_may_drop(self) -> None:
        box = Mailbox()
        for number in range(2 * MANY):
            box.put(TestMemoryModel().frame(float(number)))
        box.put(Notice("still here"))
        kept = box.take()
        assert len(kept) <= MANY + 2
        assert kept[-1] == Notice("still here")

    def test_rings_once_until_it_is_emptied(self) -> None:
        box, rings = Mailbox(), []
        box.put(Notice("early"))
        box.on_mail(lambda: rings.append(threading.current_thread().name))
        box.put(Notice("more"))
        assert len(rings) == 1
        box.take()
        box.put(Notice("again"))
        assert len(rings) == 2


class TestTapping:
    def test_the_mean_of_the_taps(self) -> None:
        taps = Tapping()
        assert taps.tap(1.0) is None
        assert taps.tap(1.5) == 120.0
        assert taps.tap(2.1) == pytest.approx(109.1)

    def test_a_pause_begins_anew(self) -> None:
        taps = Tapping()
        taps.tap(1.0)
        assert taps.tap(9.0) is None
        assert taps.tap(10.0) == 60.0


class TestPresets:
    def test_saved_and_read_back(self, tmp_path: Path) -> None:
        values = {control.name: control.default for control in CONTROLS} | {"density": 0.5, "thru": False}
        Presets(tmp_path / "p.json").save("mine", values)
        again = Presets(tmp_path / "p.json")
        assert again.names() == ["mine"]
        assert again.get("mine")["density"] == 0.5
        assert again.get("mine")["polyphony"] is None
        assert "thru" not in again.get("mine")
        again.delete("mine")
        assert Presets(tmp_path / "p.json").names() == []

    def test_two_windows_keep_what_the_other_saves(self, tmp_path: Path) -> None:
        one, other = Presets(tmp_path / "p.json"), Presets(tmp_path / "p.json")
        one.save("mine", {"density": 0.5})
        other.save("yours", {"density": 0.1})
        assert other.names() == ["mine", "yours"]
        one.delete("mine")
        assert Presets(tmp_path / "p.json").names() == ["yours"]

    def test_what_cannot_be_written_changes_nothing(self, tmp_path: Path) -> None:
        presets = Presets(tmp_path / "p.json")
        presets.save("mine", {"density": 0.5})
        (tmp_path / "p.json").unlink()
        (tmp_path / "p.json").mkdir()
        with pytest.raises(IsADirectoryError):
            presets.delete("mine")
        with pytest.raises(IsADirectoryError):
            presets.save("mine", {"density": 0.1})
        assert presets.get("mine") == {"density": 0.5}

    @pytest.mark.parametrize("content", ["{ oh", "[1]", "[" * 100_000])
    def test_a_broken_file_is_kept_beside(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "p.json").write_text(content)
        presets = Presets(tmp_path / "p.json")
        assert presets.names() == []
        presets.save("new", {"density": 0.1})
        assert (tmp_path / "p.broken").read_text() == content

    def test_what_no_control_takes_is_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "p.json").write_text(
            json.dumps({"odd": {"density": 10**400, "scale": "lydian", "key": "D", "x": 1}})
        )
        assert Presets(tmp_path / "p.json").get("odd") == {"key": "D"}


@pytest.mark.parametrize(
    "options", [["--tempo", "-5"], ["--tempo", "nan"], ["--tempo", "x"], ["--seed", "-1"], ["--osc", "70000"]]
)
def test_options_out_of_range_are_refused_in_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        app._parser().parse_args(options)
    assert refused.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("musiclstm-app: error: argument " + options[0])
