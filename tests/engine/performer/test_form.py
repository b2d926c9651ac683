"""Sections on a stage: which plays when, and that the past brings its sections back, exactly."""

from __future__ import annotations

from random import Random

import pytest

from musiclstm.engine.performer.form import Form
from musiclstm.engine.performer.place import Before, Place
from musiclstm.engine.performer.steering import FILL_DENSER
from musiclstm.music.form import Section, SetList, Song
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.performer.forms import Heard, changes, heard, muted, song, stage_of, told
from tests.engine.stage import Stage, loaded


def test_a_chain_moves_on_by_itself_and_stops_at_its_end() -> None:
    stage = stage_of(song())
    stage.play()
    stage.run_beats(23.9)
    assert changes(stage) == [("A", 0.0), ("A", 8.0), ("B", 16.0)]
    assert stage.performer.steering.values["density"] == 0.6
    assert stage.performer.steering.parts[1].mute
    assert stage.performer.steering.chords is None
    stage.run_beats(2)
    assert not stage.performer.playing
    assert not stage.sounding()
    assert max(t for t, x in stage.notes() if x[0] & 0xF0 == 0x90) < 12.0  # beat 24
    # And begins again when it is played again.
    stage.play()
    stage.run_beats(8.1)
    assert [letter for letter, _ in changes(stage)[-2:]] == ["A", "A"]


def test_what_is_set_counts_from_the_bar_line_on() -> None:
    stage = stage_of(song("AB"))
    stage.play()
    stage.run_beats(16)
    soft, loud = ([x[2] for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and a <= t < b] for a, b in ((0, 4), (4, 8)))
    assert max(soft) <= 64
    assert soft
    starts = [x[1] for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and t >= 4 - 1e-6]
    assert starts
    assert max(starts) <= 70
    assert loud


@pytest.mark.parametrize("nudge", [-80.0, 0.0, 80.0])
def test_nothing_is_asked_again_and_again_until_a_section_changes(nudge: float) -> None:
    """Nor until the chain is through, where the music is heard earlier or later than the clock's beat."""
    stage = stage_of(song("AB"))
    stage.do(commands.SetControl("nudge", nudge))
    stage.play()
    at_once = 0
    while stage.performer.playing:
        at_once = at_once + 1 if (when := stage.performer.tick(stage.now)) <= stage.now else 0
        assert at_once < 500
        stage.scheduler.run_until(max(stage.now, when))
    assert [letter for letter, _ in changes(stage)] == ["A", "B", "A"]


def test_a_pedal_moves_on_at_the_bar() -> None:
    stage = stage_of(song("", bars=2))
    stage.play()
    stage.run_beats(5.3)
    stage.do(commands.NextSection())
    assert told(stage)[-1].coming == "B"
    assert told(stage)[-1].until == 8.0
    stage.run_beats(4)
    stage.do(commands.Section("C"), commands.Section("A"))  # the last one counts
    stage.run_beats(8)
    assert changes(stage) == [("A", 0.0), ("B", 8.0), ("A", 12.0)]
    stage.do(commands.Section("C"))
    stage.run_beats(4)
    assert stage.clock.timeline.tempo == 150.0


@pytest.mark.parametrize("fill", [0.0, 0.8])
@pytest.mark.parametrize("ago", [3.0, 5.0, 7.5])
def test_going_back_brings_the_section_back_and_plays_the_same(ago: float, fill: float) -> None:
    """Past a change of section: the same notes, and the same change at the same bar line."""
    stage = stage_of(song("AABA", "repeat", fill))
    stage.play()
    stage.run_beats(4 * ago + 10.2)
    now = stage.now
    place = stage.performer.state.form.place
    stage.do(commands.Back(ago))
    assert stage.performer.state.form.place != place
    stage.run(4 * ago / 2)
    then = now - 4 * ago / 2
    again = heard(stage, now, 4 * ago / 2)
    assert len(again) > 10
    assert again == heard(stage, then, 4 * ago / 2)
    # And back again from what is past by now.
    later = stage.now
    stage.do(commands.GoTo(2 * then + 1e-6))
    stage.run(2 * ago)
    assert stage.disagreement() == ""
    del later


def standing_in(stage: Stage) -> tuple[str, float, object, tuple[str, float] | None]:
    """(letter, its beginning, density, the chords and the origin of those that lead)."""
    place, chords = stage.performer.state.form.place, stage.performer.steering.chords
    led = None if chords is None else (chords.track.text, round(chords.origin, 6))
    return place.letter, round(place.begin, 6), stage.performer.steering.value("density"), led


def test_a_bookmark_of_the_very_beat_of_a_jump_is_of_before_the_jump_or_after_it() -> None:
    """While it stands every jump lies at one beat: what was set first is told from what was set since."""
    stage = stage_of(song(at_end="repeat"))
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetBookmark("A"))
    stage.run_beats(14)
    stage.do(commands.Stop())
    in_b = standing_in(stage)
    assert in_b == ("B", 16.0, 0.6, None)
    stage.do(commands.SetBookmark("B"), commands.Return("A"))
    in_a = standing_in(stage)
    assert in_a == ("A", 16.0, -0.4, ("Dm7 | G7", 16.0))
    stage.do(commands.SetBookmark("C"), commands.Section("C"), commands.SetBookmark("D"))
    in_c = standing_in(stage)
    assert in_c[0] == "C"
    for slot in "BCADBDCAB":
        stage.do(commands.Return(slot))
        assert standing_in(stage) == {"A": in_a, "B": in_b, "C": in_a, "D": in_c}[slot], slot


def test_undo_of_a_reset_brings_the_section_back() -> None:
    stage = stage_of(song(at_end="repeat"))
    stage.play()
    stage.run_beats(5)
    stage.do(commands.SetControl("time.temperature", 2.0))
    stage.run_beats(14.3)
    assert changes(stage)[-1] == ("B", 16.0)
    stage.do(commands.Reset())
    assert standing_in(stage)[:2] == ("A", 16.0)
    stage.run_beats(1.7)
    stage.do(commands.Undo())
    letter, begin, _, led = standing_in(stage)
    assert (letter, begin, led) == ("B", 16.0, None)


@pytest.mark.parametrize("bookmark", [False, True])
def test_before_the_first_section_its_bars_are_counted_from_where_the_music_goes_on(bookmark: bool) -> None:
    stage = Stage(FakeSession(seed=3))
    stage.load(stage.session, "voices")
    stage.play()
    stage.run_beats(12.3)
    stage.do(commands.SetBookmark("A"))
    stage.run_beats(22)
    stage.performer.form.take(SetList((song(at_end="repeat"),)))
    stage.plan()
    stage.run_beats(6)
    assert changes(stage) == [("A", 36.0)]
    stage.do(commands.Return("A") if bookmark else commands.Back(5))
    stage.run_beats(18)
    assert changes(stage) == [("A", 36.0), ("A", 40.0), ("A", 48.0), ("B", 56.0)]


def test_the_form_and_its_place_survive_a_restart() -> None:
    stage = stage_of(song("AAB"))
    stage.play()
    stage.run_beats(9)
    checkpoint = stage.performer.checkpoint()
    other = Stage(FakeSession(seed=3))
    other.performer.resume(checkpoint)
    other.play()
    other.run_beats(8.5)
    assert changes(other)[0][0] == "A"
    assert changes(other)[-1] == ("B", 16.0)


def test_sections_with_models_of_their_own() -> None:
    band = FakeSession(fakes.vocabulary(fakes.BAND), seed=5)
    one = Song(
        "Two", {"A": Section(model="voices", bars=2), "B": Section({"density": 0.5}, model="band", bars=2)}, ("A", "B"),
        "repeat",
    )  # fmt: skip
    stage = Stage(FakeSession(seed=9))
    stage.load(stage.session, "voices")
    for name, session in (("voices", FakeSession(seed=9)), ("band", band)):
        stage.performer.form.models.learn(name, session, loaded(session, name))
    stage.performer.form.take(SetList((one,)))
    stage.play()
    stage.run_beats(36.1)
    names = [each.model for each in stage.telemetry if isinstance(each, telemetry.Loaded)]
    assert names == ["voices", "band", "voices", "band", "voices"]
    assert [beat for _, beat in changes(stage)] == [0, 8, 16, 24, 32]
    jumps = [round(each.beat, 4) for each in stage.telemetry if isinstance(each, telemetry.Jumped)]
    assert jumps == [8, 16, 24, 32]
    drums = [round(2 * t, 4) for t, x in stage.notes() if x[0] & 0xF0 == 0x90 and x[0] & 15 == 9]
    assert drums
    assert all(8 <= beat < 16 or 24 <= beat < 32 for beat in drums)
    # A section that comes again begins from nothing, and is another music all the same.
    assert heard(stage, 4.0, 4.0) != heard(stage, 12.0, 4.0)
    # The same again, over two models.
    now = stage.now
    stage.do(commands.Back(6.0))
    stage.run(11.9)

    def notes(since: float) -> Heard:
        return [(t, x) for t, x in heard(stage, since, 11.8) if x[0] != 0x89]

    assert notes(now) == notes(now - 12)
    assert stage.disagreement() == ""


def test_a_model_that_is_not_open_is_named_and_the_music_goes_on() -> None:
    stage = stage_of(Song("", {"A": Section(bars=1), "B": Section(model="nowhere")}, ("A", "B")))
    stage.play()
    stage.run_beats(12)
    assert any("nowhere" in each.text for each in stage.telemetry if isinstance(each, telemetry.Notice))
    assert changes(stage)[-1] == ("B", 4.0)
    assert [t for t, _ in stage.notes() if t > 4]


def test_storing_and_chaining() -> None:
    stage = Stage(FakeSession(seed=3))
    stage.load(stage.session, "voices")
    stage.do(commands.SetControl("density", -0.5), commands.StoreSection("A"))
    stage.do(commands.SetControl("density", 0.5), commands.SetPart(2, mute=True), commands.Chords("C | F"))
    stage.do(commands.StoreSection("B"), commands.Section("A"))
    assert stage.performer.steering.values["density"] == -0.5
    assert muted(stage) == []
    assert stage.performer.steering.chords is None
    stage.do(commands.SetChain("A B"))
    stage.do(commands.SetChain("A X"), commands.SetChain("A C"), commands.StoreSection("Z"), commands.Section("H"))
    assert sum(isinstance(each, telemetry.Notice) for each in stage.telemetry) == 4
    stage.play()
    stage.run_beats(33)
    assert [letter for letter, _ in changes(stage)][-2:] == ["A", "B"]
    assert muted(stage) == [2]
    line = stage.performer.steering.leading
    assert line is not None
    assert line.origin == 32.0


def test_bars_of_a_section_that_is_stored_while_it_plays_are_counted_from_there() -> None:
    stage = Stage(FakeSession(seed=3))
    stage.load(stage.session, "voices")
    stage.play()
    stage.run_beats(50)
    stage.do(commands.StoreSection("A"), commands.StoreSection("B"), commands.SetChain("A B"))
    stage.run_beats(32)
    assert changes(stage) == [("A", 48.0), ("B", 80.0)]


def test_a_chain_that_is_set_while_it_plays_goes_on_after_going_back() -> None:
    """The places of the past are places in it, too."""
    stage = stage_of(song("", bars=2))
    stage.play()
    stage.run_beats(10)
    stage.do(commands.SetChain("A B"))
    stage.run_beats(4)
    stage.do(commands.Back(1.0))
    stage.do(commands.Back(2.0))
    assert stage.performer.state.form.place.step == 0
    stage.run_beats(6)
    assert changes(stage)[-1] == ("B", 16.0)


def test_another_chain_keeps_the_places_whose_letters_are_where_they_were() -> None:
    form = Form()
    letters = {letter: Section(bars=1) for letter in "AB"}
    form.renew(SetList((Song("", letters, tuple("AAB")),)), Place())
    for step, letter in enumerate("AAB"):
        form.enter(4.0 * step, Place(0, step, letter, 4.0 * step), Before())
    form.set_chain(tuple("AABB"))
    assert form.place.step == 2
    form.back(12.0, 4.0)
    assert form.place.step == 1
    form.set_chain(("B", "A"))
    assert form.place.step == 1
    form.back(14.0, 0.0)
    assert form.place.step == 1
    form.set_chain(("B",))
    assert form.place.step == -1


def test_a_section_mutes_a_part_by_its_mode() -> None:
    """As `mode = "muted"` in a set list's file."""
    stage = stage_of(song("AC", "repeat"))
    stage.play()
    stage.run_beats(4)
    assert muted(stage) == []
    stage.run_beats(8)
    assert changes(stage)[-1][0] == "C"
    assert muted(stage) == [0]
    stage.do(commands.Back(2))
    assert changes(stage)[-1][0] == "A"
    assert muted(stage) == []


def test_a_fill_is_denser() -> None:
    def density(fill: float) -> float:
        stage = stage_of(song("AACA" * 3, fill=fill, bars=2))
        bias: list[float] = []
        stage.play()
        for _ in range(24):
            stage.run_beats(4)
            bias.append(stage.performer.state.plan.assignment.constraints.density)
        return sum(bias)

    assert density(0.8) == pytest.approx(density(0.0) + 6 * FILL_DENSER * 0.8)


def test_random_evenings_with_sections_leave_no_note() -> None:
    for seed in range(60):
        rng = Random(seed)
        stage = stage_of(song(rng.choice(("AAB", "", "ABC")), rng.choice(("stop", "repeat")), rng.random()), seed=seed)
        stage.play()
        for _ in range(25):
            stage.do(
                rng.choice(
                    (
                        commands.NextSection(), commands.Section(rng.choice("ABCD")), commands.Song(rng.randrange(3)),
                        commands.Back(rng.choice((0.5, 1.0, 3.0))), commands.StoreSection(rng.choice("ABC")),
                        commands.Play(), commands.Stop(), commands.SetTempo(rng.choice((60.0, 200.0))),
                        commands.SetMeter(3, 4), commands.LoopLast(rng.randrange(3)), commands.Forget(),
                        commands.SetControl("mode", rng.choice(("solo", "call and response", "continue"))),
                        commands.SetBookmark("A"), commands.Return("A"), commands.Hold(rng.random() < 0.3),
                    )
                )
            )  # fmt: skip
            stage.run(rng.choice((0.0, 0.05, 0.3, 1.7, 3.0)))
            assert not (wrong := stage.stranded()), (seed, wrong)
            assert not (wrong := stage.disagreement()), (seed, wrong)
        begins = [each.begin for each in told(stage)]
        assert begins
        stage.do(commands.Stop())
        stage.run(0.5)
        assert not stage.sounding()
