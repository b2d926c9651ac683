"""The form by property, without a stage: chains, changes at bar lines, songs that are arranged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.performer.form import NEXT, Form
from musiclstm.engine.performer.place import Before, Place
from musiclstm.errors import UsageError
from musiclstm.music.form import LETTERS, Section, SetList, Song
from musiclstm.protocol import commands, telemetry
from tests.engine.fakes import FakeSession
from tests.engine.performer.forms import song, stage_of, told
from tests.engine.stage import Stage


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


@pytest.mark.parametrize("sections", range(1, 7))
def test_a_jump_just_before_a_change_is_found_again(sections: int) -> None:
    """The next section has been entered already, and has not been heard."""
    form, line = Form(), 8.0 * sections
    form.renew(SetList((song("A" * 8),)), Place())
    for step in range(sections + 1):
        form.enter(8.0 * step, Place(0, step, "A", 8.0 * step), Before())
    form.back(line - 0.1, 1.0)
    form.returned(line - 0.1, Before({"density": 0.5}))
    undone = form.back(line + 6.0, line - 0.05)
    assert form.place.step == 0
    assert undone == []
    form.returned(line + 6.0, Before())
    assert [before.controls for _, before in form.back(line + 9.0, line - 0.2)][-2:] == [{"density": 0.5}, {}]
    assert form.place.step == sections - 1


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
