"""The form: which section plays when, by property; and that the past brings its sections back, exactly."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.performer.form import NEXT, Before, Form, Place
from musiclstm.engine.performer.steering import FILL_DENSER
from musiclstm.errors import UsageError
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session
from musiclstm.music.form import LETTERS, PartOfSection, Section, SetList, Song
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage, loaded
from tests.model.tiny import tiny_model

Heard = list[tuple[float, bytes]]
EDGE = 0.002


def song(chain: str = "AAB", at_end: str = "stop", fill: float = 0.0, bars: int = 2) -> Song:
    return Song(
        "Test",
        {
            "A": Section(controls={"density": -0.4, "velocity.scale": 0.5}, chords="Dm7 | G7", bars=bars),
            "B": Section({"density": 0.6, "range.high": 70}, {1: PartOfSection(mute=True)}, bars=bars),
            "C": Section({"scale": "major"}, {0: PartOfSection(mode="muted")}, chords="C", tempo=150.0, bars=bars),
        },
        tuple(chain),
        at_end,
        fill=fill,
    )


def stage_of(*songs: Song, seed: int = 3) -> Stage:
    stage = Stage(FakeSession(seed=seed))
    stage.load(stage.session, "voices")
    stage.performer.form.take(SetList(songs))
    stage.plan()
    return stage


def told(stage: Stage) -> list[telemetry.FormChanged]:
    return [each for each in stage.telemetry if isinstance(each, telemetry.FormChanged)]


def muted(stage: Stage) -> list[int]:
    return [number for number, part in enumerate(stage.performer.steering.parts) if part.mute]


def end_of(stage: Stage) -> float | None:
    return stage.performer.state.ending.end


def changes(stage: Stage) -> list[tuple[str, float]]:
    """(letter, beat) of each section that began."""
    found = [(each.letter, round(each.begin, 4)) for each in told(stage) if each.letter]
    return [each for index, each in enumerate(found) if not index or found[index - 1] != each]


def heard(stage: Stage, since: float, seconds: float) -> Heard:
    """Notes after `since`, without what sounds again there."""
    return [(round(t - since, 4), x) for t, x in stage.notes() if since + EDGE < t <= since + seconds - EDGE]


# ---- the logic alone -----------------------------------------------------------------------------------------------


@given(st.text(LETTERS[:4], min_size=1, max_size=12), st.integers(1, 5), st.sampled_from((3.0, 4.0, 2.5)), st.data())
def test_the_chain_keeps_its_order_and_no_bar_has_two_changes(
    chain: str, bars: int, bar: float, data: st.DataObject
) -> None:
    form = Form()
    form.renew(SetList((Song("", {letter: Section(bars=bars) for letter in LETTERS[:4]}, tuple(chain)),)), Place())
    form.enter(0.0, form.first(0), Before())
    edge, at, letters, asked = 0.0, [0.0], [form.place.letter], False
    for _ in range(200):
        edge += data.draw(st.floats(0.0, 2 * bar))
        if data.draw(st.integers(0, 9)) == 0:
            form.asked = form.to(data.draw(st.sampled_from((NEXT, *LETTERS[:4]))))
            asked = True
        coming = form.coming(0.0, bar, edge)
        if coming is None:
            break
        assert coming.at >= at[-1] + bar - 1e-6
        assert coming.at / bar == pytest.approx(round(coming.at / bar))
        if edge >= coming.at - 0.125:
            form.enter(coming.at, coming.place, Before())
            at.append(coming.at)
            letters.append(coming.place.letter)
    if not asked and form.place.over:
        assert "".join(letters[:-1]) == chain


def test_next_and_a_letter_go_on_in_the_chain() -> None:
    form = Form()
    form.renew(SetList((song("AABA"),)), Place())
    form.enter(0.0, form.first(0), Before())
    assert (form.to(NEXT).letter, form.to(NEXT).step) == ("A", 1)
    assert form.to("B").step == 2
    assert form.to("C").step == 0  # not in the chain, which goes on where it was
    with pytest.raises(UsageError, match="no section H"):
        form.to("H")


def test_beats_that_are_called_otherwise_take_the_past_with_them() -> None:
    form = Form()
    form.renew(SetList((song("AB"),)), Place())
    form.enter(0.0, form.first(0), Before())
    form.enter(8.0, Place(0, 1, "B", 8.0), Before({"density": 0.5}, chords=("C | F", 0.0)))
    form.shift(100.0)
    assert form.place == Place(0, 1, "B", 108.0)
    ((_, before),) = form.back(edge=112.0, source=104.0)
    assert before.chords == ("C | F", 100.0)
    assert form.place == Place(0, 0, "A", 108.0)


@given(st.lists(st.tuples(st.sampled_from("aamxr"), st.integers(0, 9), st.integers(0, 9)), max_size=30), st.data())
def test_songs_are_arranged_and_every_place_keeps_its_own(
    steps: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    """As a list of titles, from which some are removed and brought back; no place of the past has another song."""
    stage = Stage(FakeSession())
    stage.load(stage.session, "voices")
    stage.do(commands.AddSong("0"))
    form, titles, removed, places = stage.performer.state.form, ["0"], list[tuple[str, int]](), {0.0: "0"}
    for number, (what, one, other) in enumerate(steps, 1):
        index, to = one % len(titles), other % len(titles)
        stage.performer.state.position.beat = float(number)
        if what == "a":
            stage.do(commands.AddSong(f" {number} "))
            titles.append(str(number))
        elif what == "m":
            stage.do(commands.MoveSong(index + 1, to + 1))
            titles.insert(to, titles.pop(index))
        elif what == "x" and len(titles) > 1:
            stage.do(commands.RemoveSong(index + 1))
            removed.insert(0, (titles.pop(index), index))
        elif what == "r" and removed:
            stage.do(commands.RestoreSong())
            title, index = removed.pop(0)
            titles.insert(min(index, len(titles)), title)
        assert form.set_list is not None
        assert [each.title for each in form.set_list.songs] == titles
        assert told(stage)[-1].songs == tuple(titles)
        assert form.song.title in titles
        places[float(number)] = form.song.title
    at = data.draw(st.sampled_from(sorted(places)))
    form.back(100.0, at)
    assert form.song.title == places[at]


# ---- on a stage ----------------------------------------------------------------------------------------------------


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


def test_a_chain_comes_to_a_close_of_its_own(tmp_path: Path) -> None:
    model = open_model(tiny_model(tmp_path))
    stage = Stage(Session(model, 3))
    stage.load(stage.session, "tiny")
    sections = {"A": Section(bars=3), "B": Section({"density": 0.4}, bars=5)}
    stage.performer.form.take(SetList((Song("", sections, ("A", "B"), "end"),)))
    stage.play()
    stage.run_beats(14)
    assert end_of(stage) == 32.0
    stage.run_beats(22)
    assert not stage.performer.playing
    assert not stage.sounding()
    assert changes(stage)[-1][0] == "A"
    # Who moves on instead takes the end back.
    stage.play()
    stage.run_beats(14)
    assert end_of(stage) is not None
    stage.do(commands.Section("A"))
    stage.run_beats(5)
    assert end_of(stage) is None
    assert stage.performer.playing


def test_an_end_that_a_person_asked_for_holds_the_form() -> None:
    stage = stage_of(song("AB", "repeat", bars=1))
    stage.play()
    stage.run_beats(1)
    stage.do(commands.End(4))
    stage.run_beats(25)
    assert [letter for letter, _ in changes(stage)] == ["A"]
    assert not stage.performer.playing


def test_a_leader_that_jumps_takes_the_form_with_it() -> None:
    stage = stage_of(song("AB"))
    stage.play()
    stage.run_beats(5)
    stage.clock.start(21.0)
    stage.plan()
    assert stage.performer.state.form.place.begin == pytest.approx(16.0, abs=0.01)
    stage.run_beats(4)
    assert changes(stage)[-1] == ("B", 24.0)


def test_no_section_changes_while_bars_go_round() -> None:
    stage = stage_of(song("ABAB", bars=3))
    stage.play()
    stage.run_beats(9)
    stage.do(commands.LoopLast(1))
    stage.run_beats(30)
    assert changes(stage)[-1][0] == "A"
    stage.do(commands.LoopLast(0))
    stage.run_beats(5)
    assert changes(stage)[-1][0] == "B"


def test_a_removed_song_is_still_where_the_past_has_it() -> None:
    """Also after a crash; and another song that is empty changes nothing."""
    stage = stage_of(song("AB"), song("C"))
    stage.play()
    stage.run_beats(6)
    stage.do(commands.Song(2))
    stage.run_beats(6)
    assert stage.performer.steering.values["scale"] == "major"
    stage.do(commands.RemoveSong(2))
    assert "cannot be removed" in [x.text for x in stage.telemetry if isinstance(x, telemetry.Notice)][-1]
    stage.do(commands.RemoveSong(1))
    assert told(stage)[-1].songs == ("Test",)
    stage.do(commands.Back(2.0))
    assert (told(stage)[-1].song, stage.performer.state.form.place.letter) == (-1, "A")
    assert stage.performer.steering.values["density"] == -0.4
    other = Stage(FakeSession(seed=3))
    other.performer.resume(stage.performer.checkpoint())
    assert other.performer.state.form.song.chain == ("A", "B")
    stage.do(commands.RestoreSong())
    assert told(stage)[-1].song == 0
    before = dict(stage.performer.steering.values)
    stage.do(commands.AddSong("New"))
    stage.run_beats(5)
    assert (told(stage)[-1].song, told(stage)[-1].letter) == (2, "")
    assert stage.performer.steering.values == before
    stage.do(commands.StoreSection("A"), commands.RenameSong(3, "  Newer\nstill "))
    assert told(stage)[-1].songs[2] == "Newer still"
    assert stage.performer.state.form.song.sections.keys() == {"A"}


def test_songs_that_are_not_there_are_refused() -> None:
    stage = stage_of(song())
    wrong = (
        commands.RemoveSong(1),
        commands.MoveSong(1, 2),
        commands.RenameSong(0, "x"),
        commands.RenameSong(1, "x" * 300),
        commands.RestoreSong(),
    )
    for command in wrong:
        count = len(stage.emitted(telemetry.Notice))
        stage.do(command)
        assert len(stage.emitted(telemetry.Notice)) == count + 1
    assert told(stage)[-1].songs == ("Test",)
