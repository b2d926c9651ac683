"""Going back: to the same notes, in the same bar, with nothing left hanging."""

from pathlib import Path

import pytest

from musiclstm.model.modelfile import open_model
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession, FakeState
from tests.engine.stage import Stage, stage_in_mode
from tests.model.tiny import tiny_model

EDGE = 0.002


def heard(stage: Stage, since: float, until: float, origin: float) -> list[tuple[float, bytes]]:
    """Notes from `since` (left out) to `until`, their times from `origin` on."""
    return [(round(t - origin, 5), x) for t, x in stage.notes() if since + 1e-6 < t <= until + 1e-6]


def playing_for(seconds: float) -> Stage:
    stage = Stage()
    stage.play()
    stage.run(seconds)
    return stage


def session(kind: str, folder: Path) -> Session:
    if kind == "real":
        return Session(open_model(tiny_model(folder, velocities=4)), 7)
    if kind == "seconds":
        return FakeSession(fakes.vocabulary(fakes.PIANO, TimeBase.SECONDS), 5)
    if kind == "three-four":
        return FakeSession(seed=9, meter=Meter(3, 4))
    return FakeSession(seed=9)


@pytest.mark.parametrize("kind", ["fake", "real", "seconds", "three-four"])
@pytest.mark.parametrize("played", [8.0, 9.31, 11.77])
def test_back_two_bars_replays_the_same_notes(kind: str, played: float, tmp_path: Path) -> None:
    stage = Stage(session(kind, tmp_path))
    stage.do(commands.SetControl("swing", 0.7), commands.SetControl("density", 1.0))
    stage.play()
    stage.run(played)
    bars = 2 * stage.performer.state.beat_map.bar / 2  # seconds at 120
    jump = stage.now
    stage.do(commands.Back(2.0))
    stage.run(bars)
    first = heard(stage, jump + EDGE - bars, jump, jump - bars)
    # At the jump itself what sounded then sounds again, and what sounded now ends.
    again = heard(stage, jump + EDGE, jump + bars, jump)
    assert len(again) > 3
    assert first == again
    assert stage.disagreement() == ""
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_what_was_not_heard_is_not_heard_when_the_music_goes_on_from_there() -> None:
    """Not the notes either that are held there, after Back, a bookmark, a stop or a restart."""
    stage, other = Stage(FakeSession(seed=9)), Stage()
    stage.do(commands.SetControl("often", 0.0))
    stage.play()
    stage.run(8.3)
    stage.do(commands.SetBookmark("A"), commands.Back(1.0))
    stage.run(4)
    stage.do(commands.Return("A"))
    stage.run(0.3)
    stage.do(commands.Stop(), commands.Play())
    stage.run(0.3)
    assert len(stage.performer.state.session.context.sounding) > 1
    assert not stage.notes()
    other.performer.resume(stage.performer.checkpoint())
    other.play()
    other.run(1)
    assert not other.notes()


def test_back_again_goes_back_on_what_was_heard() -> None:
    stage = playing_for(10.4)
    stage.do(commands.Back(2.0))
    stage.run(2.0)
    start = stage.now
    stage.do(commands.Back(1.0))
    stage.run(2.0)
    assert heard(stage, start + EDGE, start + 2 - EDGE, start) == heard(
        stage, start - 2 + EDGE, start - EDGE, start - 2
    )


def test_after_a_while_elsewhere_a_bookmark_leads_to_the_same_music() -> None:
    stage = playing_for(6.2)
    stage.do(commands.SetBookmark("A"))
    (marked,) = (x for x in stage.telemetry if isinstance(x, telemetry.BookmarkSet))
    assert marked.slot == "A"
    assert marked.beat == pytest.approx(12.4 + 2 * EDGE)
    mark = stage.now
    stage.run(12)
    # Three bars later in the same place of the bar: not even a run-up.
    stage.run(2 * 9 - 12)
    jump = stage.now
    stage.do(commands.Return("A"))
    stage.run(6)
    assert heard(stage, jump + EDGE, jump + 5.9, jump) == heard(stage, mark + EDGE, mark + 5.9, mark)
    (jumped,) = (x for x in stage.telemetry if isinstance(x, telemetry.Jumped))
    assert jumped.reason == "bookmark"
    assert jumped.source == pytest.approx(marked.beat, abs=0.05)


@pytest.mark.parametrize("late", [0.3, 0.9, 1.4, 1.9])
def test_a_bookmark_is_entered_where_the_bar_is(late: float) -> None:
    stage = playing_for(6.2)
    stage.do(commands.SetBookmark("A"))
    mark = stage.now
    stage.run(20 + late)
    jump = stage.now
    stage.do(commands.Return("A"))
    stage.run(4)
    # In the bar it is where the clock is; in the music at most half a bar (1 s) from the bookmark.
    shift = late if late <= 1 else late - 2
    assert heard(stage, jump + EDGE, jump + 3, jump) == heard(
        stage, mark + shift + EDGE, mark + shift + 3, mark + shift
    )
    assert stage.performer.state.beat_map.offset % 4 == 0
    assert stage.disagreement() == ""


def test_go_to_a_past_beat() -> None:
    stage = playing_for(20.5)
    jump = stage.now
    stage.do(commands.GoTo(17.2))  # the nearest with the same place in the bar (41 = 1 mod 4) is 17
    stage.run(3)
    assert heard(stage, jump + EDGE, jump + 2.9, jump) == heard(stage, 8.5 + EDGE, 8.5 + 2.9, 8.5)


def test_notes_held_at_the_destination_sound_again() -> None:
    stage = playing_for(2)
    while sum(stage.sounding().values()) < 3:
        stage.run(0.1)
    then, beat = stage.sounding(), stage.beat
    stage.run(10)  # five bars
    stage.do(commands.GoTo(beat))
    stage.run(2 * EDGE)
    assert stage.sounding() == then
    assert stage.disagreement() == ""


def test_another_seed_branches() -> None:
    stage = playing_for(8)
    stage.do(commands.Back(2.0), commands.Seed(99))
    stage.run(4)
    assert heard(stage, 8.1, 12, 8) != heard(stage, 4.1, 8, 4)


def test_back_goes_no_further_than_the_beginning() -> None:
    stage = playing_for(5.3)
    jump = stage.now
    stage.do(commands.Back(100.0))
    stage.run(4)
    # Two whole bars (4 s) fit.
    assert heard(stage, jump + EDGE, jump + 3.9, jump) == heard(stage, 1.3 + EDGE, 1.3 + 3.9, 1.3)


def test_a_person_in_the_past_is_remembered_but_does_not_play_again() -> None:
    stage = Stage()
    stage.do(commands.SetControl("mode", "accompany"))
    stage.play()
    stage.run(4.1)
    stage.key(72)
    stage.run(0.15)
    memory = stage.performer.state.history.snapshot()
    stage.run(0.85)
    stage.key(72, 0)
    stage.run(1.0)
    stage.do(commands.GoTo(4.25 * 2))
    # The memory holds what it held, save the key, which nobody holds now.
    held = stage.performer.state.history.snapshot().context.held
    assert held[0] == memory.context.held[0] & ~(1 << 72)
    stage.run(2)
    assert stage.disagreement() == ""


def test_a_key_held_through_a_jump_goes_on_sounding() -> None:
    stage = Stage()
    stage.do(commands.SetControl("mode", "accompany"))
    stage.play()
    stage.run(6)
    stage.key(72)
    stage.run(0.5)
    stage.do(commands.Back(1.0))
    stage.run(1)
    assert stage.sounding()[0, 0, 72] == 1
    assert (0, 72) in stage.performer.state.session.context.sounding
    stage.key(72, 0)
    stage.run(1)
    assert stage.disagreement() == ""


def memory_of(snapshot: Snapshot) -> int:
    assert isinstance(snapshot.state, FakeState)
    return snapshot.state.number


def test_morph_takes_the_memory_and_leaves_what_sounds() -> None:
    stage = playing_for(3)
    stage.do(commands.SetBookmark("A"))
    stage.run(3)
    stage.do(commands.SetBookmark("B"))
    stage.run(3)
    sounding = stage.sounding()
    bookmarks = stage.performer.state.time_machine.bookmarks
    for position in (0.0, 0.3, 0.8, 1.0):
        assert stage.performer.handle(commands.Morph("A", "B", position), stage.now)
        nearer = bookmarks["A" if position < 0.5 else "B"]
        assert memory_of(stage.session.snapshot()) == memory_of(nearer.snapshot)
        assert stage.sounding() == sounding
    stage.plan()
    stage.run(3)
    assert stage.disagreement() == ""


def test_a_bookmark_of_the_past() -> None:
    stage = playing_for(9)
    stage.do(commands.SetBookmark("H", 8.5))
    stage.run(4.25 + 1)
    jump = stage.now
    stage.do(commands.Return("H"))
    stage.run(3)
    assert heard(stage, jump + EDGE, jump + 2.9, jump) == heard(stage, 4.25 + EDGE, 4.25 + 2.9, 4.25)


def test_going_back_while_it_stands() -> None:
    stage = playing_for(8)
    stage.do(commands.Stop(), commands.Back(2.0))
    assert not stage.sounding()
    stage.run(1)
    start = stage.now
    stage.play()
    stage.run(3)
    # It stopped at the commit point, so it goes on from there.
    assert heard(stage, start + EDGE, start + 2.9, start) == heard(stage, 4 + 2 * EDGE, 4 + 2.9 + EDGE, 4 + EDGE)


def test_prime_goes_on_from_the_end_of_other_music() -> None:
    notes = tuple(Note(i * 0.5, 0.5, 60 + i % 5, 80, 0) for i in range(20))
    stage = playing_for(3.2)
    other = FakeSession()
    other.restore(stage.session.snapshot())
    other.forget()
    read_piece(other, Piece(notes, parts=fakes.SATB[:1]))
    stage.run(0.3)
    stage.performer.prime(other.snapshot(), stage.now)
    stage.plan()
    assert any(isinstance(x, telemetry.Jumped) and x.reason == "prime" for x in stage.telemetry)
    assert stage.session.tick >= 10 * 24
    stage.run(4)
    place, context = stage.performer.state.beat_map, stage.session.context
    assert context.position() / 24 == pytest.approx(place.beat_of(stage.session.tick) % 4, abs=1e-6)
    assert stage.disagreement() == ""


@pytest.mark.parametrize("kind", ["fake", "real"])
@pytest.mark.parametrize("held", [6.0, 20.0, 20.9])
@pytest.mark.parametrize("later", [0.0, 0.3, 1.0])
def test_what_followed_a_hold_follows_again(kind: str, held: float, later: float, tmp_path: Path) -> None:
    """Where the model fell silent, events were sampled twice, or bars were skipped that it need not hear."""
    stage = Stage(session(kind, tmp_path))
    stage.do(commands.SetControl("density", 1.0))
    stage.play()
    stage.run(5.3)
    stage.do(commands.Hold(True))
    stage.run(held)
    stage.do(commands.Hold(False))
    stage.run(later)
    stage.do(commands.SetBookmark("A"))
    mark = stage.now
    stage.run(8)
    for command in (commands.Return("A"), commands.GoTo(2 * mark + 2 * EDGE), commands.Return("A")):
        jump = stage.now
        stage.do(command)
        stage.run(8)
        again = heard(stage, jump + EDGE, jump + 5.9, jump)
        assert len(again) > 5
        assert again == heard(stage, mark + EDGE, mark + 5.9, mark)


# ---- the ring -----------------------------------------------------------------------------------------------------


def test_what_the_person_played_is_known_again_after_going_back() -> None:
    """Between two moments, too, where what happened is read again."""
    stage = stage_in_mode("accompany")
    given: dict[float, tuple[int, ...]] = {}
    for pitch in (60, 64, 62, 67, 65, 72, 60):
        stage.key(pitch)
        stage.run(0.19)
        stage.key(pitch, 0)
        stage.run(0.06)
        given[stage.beat] = stage.performer.state.history.snapshot().context.given
        stage.run(0.05)
    assert [note % 128 for note in [*given.values()][-1]] == [60, 64, 62, 67, 65, 72, 60]
    for beat, expected in reversed([*given.items()][1:-1]):
        stage.do(commands.SetBookmark("A", beat))
        assert stage.performer.state.time_machine.bookmarks["A"].snapshot.context.given == expected
