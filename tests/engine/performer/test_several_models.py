"""One history over several models: every place of the past brings its own model back, and the same music."""

from __future__ import annotations

import pickle

import pytest

from musiclstm.engine.performer import repertoire
from musiclstm.engine.performer.metronome import HIGH
from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.errors import ModelError
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.performer.models import BAND, EDGE, band, heard, model, of_a_family, piano, texts, two_models
from tests.engine.stage import Stage

# ---- there and back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [commands.GoTo(12.0), commands.Return("A"), commands.Back(9.0)])
def test_the_past_of_another_model_plays_again_as_it_was(command: commands.Command) -> None:
    stage = two_models()
    stage.telemetry.clear()
    now = stage.now
    stage.do(command)
    stage.run(6)
    again = heard(stage, now, 5.9)
    assert len(again) > 10
    then = 24 - 18 if isinstance(command, commands.Back) else 6
    assert again == heard(stage, then, 5.9)
    assert stage.disagreement() == ""
    # It is reported as at a load, and all that was set for it is back.
    kinds = [type(each) for each in stage.telemetry]
    assert kinds.index(telemetry.Loaded) < kinds.index(telemetry.Jumped)
    (loaded,) = stage.emitted(telemetry.Loaded)
    assert isinstance(loaded, telemetry.Loaded)
    assert (loaded.model, model(stage)) == ("voices", "voices")
    parts = [each for each in stage.telemetry if isinstance(each, telemetry.PartChanged)]
    assert [(p.part, p.transpose, p.program, p.mute) for p in parts] == [
        (0, 0, 52, False),
        (1, -12, 7, False),
        (2, 0, 52, False),
        (3, 0, 52, True),
    ]
    controls = {each.name: each.value for each in stage.telemetry if isinstance(each, telemetry.ControlChanged)}
    assert controls == {"density": 0.6, "time.temperature": 1.0}
    assert bytes((0xC1, 7)) in [message for time, message in stage.messages() if time >= now]


def test_and_the_other_one_from_there() -> None:
    stage = two_models()
    stage.do(commands.SetBookmark("B", 36.0), commands.SetBookmark("C"), commands.Return("A"))
    stage.run(12)
    for command, then in ((commands.Return("B"), 18.0), (commands.GoTo(36.0), 18.0), (commands.Return("A"), 6.0)):
        now = stage.now
        stage.do(command)
        stage.run(6)
        assert heard(stage, now, 5.9) == heard(stage, then, 5.9)
    assert model(stage) == "voices"
    # What it would have played if nothing had come between, and then did.
    now = stage.now
    stage.do(commands.Return("C"))
    stage.run(6)
    assert model(stage) == "band"
    assert stage.performer.steering.parts[0].transpose == 5
    assert len(stage.starts(now)) > 5
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_what_the_person_sets_for_all_models_stays_theirs() -> None:
    stage = two_models()
    stage.do(commands.SetControl("velocity.scale", 0.5), commands.Return("A"))
    assert stage.performer.steering.values["velocity.scale"] == 0.5
    assert stage.performer.steering.values["density"] == 0.6


def test_the_beats_go_on_and_the_past_stays() -> None:
    stage = two_models()
    past = stage.performer.state.time_machine
    assert past.oldest == pytest.approx(2 * EDGE)
    assert stage.emitted(telemetry.Jumped) == [telemetry.Jumped(pytest.approx(24 + 2 * EDGE), "model")]  # type: ignore[arg-type]
    assert stage.beat == pytest.approx(48)
    assert past.bookmarks.keys() == {"A"}


def test_a_bookmark_says_which_model_it_holds() -> None:
    stage = two_models()
    stage.do(commands.SetBookmark("B"), commands.SetBookmark("C", 8.0), commands.SetBookmark("A"))
    marks = [(each.slot, each.title) for each in stage.telemetry if isinstance(each, telemetry.BookmarkSet)]
    assert marks == [("A", "Voices"), ("B", "Band"), ("C", "Voices"), ("A", "Band")]
    # To look into another model's past leaves no trace.
    assert model(stage) == "band"
    assert stage.disagreement() == ""


def test_nothing_lies_between_the_memories_of_two_models() -> None:
    stage = two_models()
    stage.do(commands.SetBookmark("B"))
    before = stage.performer.state.session.snapshot()
    stage.do(commands.Morph("A", "B", 0.2))
    assert texts(stage) == ["Bookmarks A and B are of two models, and there is nothing between their memories."]
    assert stage.performer.state.session.snapshot() == before
    # Between two of one model there is, whatever plays.
    stage.do(commands.SetBookmark("C", 16.0), commands.Morph("A", "C", 0.2))
    assert model(stage) == "voices"
    stage.run(3)
    assert len(stage.starts(stage.now - 3)) > 5
    assert stage.disagreement() == ""


@pytest.mark.parametrize("command", [commands.Return("A"), commands.GoTo(13.0), commands.Back(7.0)])
def test_while_it_stands(command: commands.Command) -> None:
    stage = two_models()
    stage.do(commands.Stop(), command)
    assert not stage.sounding()
    assert model(stage) == "voices"
    stage.load(piano(), "piano")
    stage.do(command)
    assert model(stage) == "voices"
    now = stage.now
    stage.play()
    stage.run(3)
    assert len(stage.starts(now)) > 3
    assert stage.disagreement() == ""


def test_forget_is_of_the_model_that_plays() -> None:
    stage = two_models()
    stage.do(commands.Return("A"), commands.Forget())
    stage.run(4)
    now = stage.now
    stage.do(commands.GoTo(36.0))
    stage.run(4)
    assert heard(stage, now, 3.9) == heard(stage, 18, 3.9)


def test_a_file_is_of_the_model_that_read_it() -> None:
    stage = two_models()
    other = FakeSession(fakes.vocabulary(fakes.BAND), seed=5)
    for pitch in (60, 62, 64, 65):
        other.read(Event(12, Kind.ON, pitch, 80, 0))
        other.read(Event(12, Kind.OFF, pitch, 0, 0))
    stage.performer.prime(other.snapshot(), stage.now)
    primed = stage.now
    stage.run(12)
    stage.do(commands.Return("A"))
    with pytest.raises(ModelError, match="another model"):
        stage.performer.prime(other.snapshot(), stage.now)
    stage.run(12)
    now = stage.now
    assert len(stage.starts(now - 12)) > 10
    stage.do(commands.GoTo(2 * (primed + 6)))
    stage.run(6)
    assert model(stage) == "band"
    assert heard(stage, now, 5.9) == heard(stage, primed + 6, 5.9)


def test_a_bar_of_another_length_is_entered_by_its_own_bars() -> None:
    stage = two_models()
    stage.load(FakeSession(fakes.vocabulary(fakes.PIANO), seed=4, meter=Meter(3, 4)), "waltz")
    stage.run(6)
    for command in (commands.Back(7.0), commands.Return("A"), commands.GoTo(54.0), commands.Back(2.0)):
        stage.do(command)
        assert stage.performer.state.beat_map.offset % stage.performer.state.beat_map.bar == 0
        now = stage.now
        stage.run(3)
        assert len(stage.starts(now)) > 2


def test_a_key_that_is_held_ends_with_its_model() -> None:
    stage = two_models()
    stage.do(commands.SetControl("mode", "accompany"))
    stage.key(72)
    stage.run(0.5)
    stage.do(commands.Return("A"))
    stage.run(1)
    stage.key(72, 0)
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_whose_turn_it_is_does_not_depend_on_the_model() -> None:
    stage = two_models()
    stage.do(commands.SetControl("mode", "call and response"))
    turn = stage.performer.state.mode.turn(stage.beat, stage.performer.state.person)
    stage.run_beats(turn.begin - stage.beat + 1)  # the model's
    for back in (True, False):
        now = stage.now
        if back:
            stage.do(commands.Return("A"))
        else:
            stage.load(band(), "band")
        stage.run_beats(2)
        assert len(stage.starts(now)) > 1
        assert stage.performer.state.mode.turn(turn.begin, stage.performer.state.person) == turn


# ---- models that are gone ------------------------------------------------------------------------------------------


def test_a_bounded_number_of_models_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repertoire, "KEPT", 2)
    stage = two_models()
    stage.load(piano(), "piano")
    stage.run(2)
    stage.telemetry.clear()
    for command in (commands.Return("A"), commands.GoTo(3.0), commands.SetBookmark("B", 3.0)):
        stage.do(command)
        assert texts(stage)[-1].startswith("This was played by a model that is not open any more")
    assert not stage.emitted(telemetry.Jumped)
    now = stage.now
    stage.run(3)
    assert len(stage.starts(now)) > 3  # undisturbed
    # Opened again, it is there again.
    stage.load(FakeSession(seed=1), "voices")
    stage.do(commands.Return("A"))
    jumped = stage.emitted(telemetry.Jumped)[-1]
    assert isinstance(jumped, telemetry.Jumped)
    assert jumped.source == pytest.approx(12, abs=2.1)
    assert stage.performer.state.session.tick < 24 * 18


def test_a_model_that_is_loaded_twice_is_kept_once() -> None:
    stage = two_models()
    for seed in range(20):
        stage.load(FakeSession(seed=seed), "voices")
        stage.load(band(), "band")
    assert len(list(stage.performer.state.repertoire)) == 2


def test_the_ring_is_bounded_whatever_plays() -> None:
    stage = Stage(FakeSession(seed=9), 240.0, time_machine=TimeMachine(moments=30, seconds=5.0))
    stage.play()
    for turn in range(12):
        stage.run(1)
        stage.load(FakeSession(seed=turn) if turn % 2 else band(), str(turn))
        assert len(stage.performer.state.time_machine) <= 30
    assert len(list(stage.performer.state.repertoire)) == 2


# ---- after a crash -------------------------------------------------------------------------------------------------


def test_bookmarks_of_several_models_survive_a_crash() -> None:
    before = two_models()
    before.do(commands.SetBookmark("B"), commands.SetBookmark("C", 8.0))
    kept = pickle.loads(pickle.dumps(before.performer.checkpoint()))  # noqa: S301 - our own
    before.do(commands.Return("A"))
    now = before.now
    before.run(5)
    after = Stage(band())
    after.load(band(), "band", BAND)
    after.performer.resume(kept)
    after.play()
    after.run_beats((kept.beat - after.beat) % 4 + 4 - 2 * EDGE)
    (other,) = kept.others
    assert (other.loaded.model, other.slots) == ("voices", ("A", "C"))
    # Until its model is open again, it is as if it were not set.
    after.do(commands.Return("A"))
    assert texts(after) == ["Bookmark A is not set."]
    assert after.performer.learn(FakeSession(), other, kept) == []
    # And a second crash finds them again.
    assert after.performer.checkpoint().bookmarks.keys() == {"A", "B", "C"}
    then = after.now
    after.do(commands.Return("A"))
    after.run(4)
    assert [x for _, x in heard(after, then, 3.9)] == [x for _, x in heard(before, now, 3.9)]
    assert after.performer.steering.parts[1].transpose == -12
    after.do(commands.Return("B"))
    assert model(after) == "band"


def test_bookmarks_of_a_model_that_has_changed_are_lost() -> None:
    before = two_models()
    kept = before.performer.checkpoint()
    after = Stage(band())
    after.performer.resume(kept)
    (other,) = kept.others
    changed = FakeSession()
    changed._fingerprint = "others"
    assert after.performer.learn(changed, other, kept) == ["A"]
    after.do(commands.Return("A"))
    assert texts(after) == ["Bookmark A is not set."]
    assert len(list(after.performer.state.repertoire)) == 1


# ---- loops and bars ------------------------------------------------------------------------------------------------


def test_bars_of_another_model_go_round() -> None:
    """That model comes back for it, and goes on when the loop is left."""
    stage = two_models()
    begin = stage.now
    stage.do(commands.Loop(8.0, 16.0))
    stage.run(12)
    assert model(stage) == "voices"
    rounds = [heard(stage, begin + 4 * number, 4) for number in range(3)]
    assert len(rounds[1]) > 5
    assert rounds[1] == rounds[2] == heard(stage, 4, 4)
    stage.do(commands.LoopLast(0))
    stage.run(4)
    assert model(stage) == "voices"
    assert len(heard(stage, begin + 12, 4)) > 2
    assert stage.disagreement() == ""


def test_a_loop_over_two_models_is_refused() -> None:
    stage = two_models()
    stage.telemetry.clear()
    stage.do(commands.Loop(20.0, 28.0))
    assert [text for text in texts(stage) if "two" in text]
    assert not stage.emitted(telemetry.LoopChanged)
    assert model(stage) == "band"


def test_bars_are_counted_on_in_another_models_time_signature() -> None:
    """It is told where a bar of the new length begins, there and back."""
    stage = Stage(FakeSession(seed=9))
    stage.load(FakeSession(seed=9), "voices")
    stage.play()
    stage.run(6)
    waltz = FakeSession(seed=3)
    waltz.set_meter(Meter(numerator=3, denominator=4), 0)
    stage.load(waltz, "waltz")
    stage.run(6)
    (change,) = stage.emitted(telemetry.MeterChanged)
    assert isinstance(change, telemetry.MeterChanged)
    assert (change.numerator, change.denominator) == (3, 4)
    bars = stage.performer.state.beat_map
    assert bars.bar == 3
    assert (change.beat - bars.line) % 3 == pytest.approx(0)
    stage.do(commands.GoTo(4.0))
    stage.run(2)
    *_, back = stage.emitted(telemetry.MeterChanged)
    assert isinstance(back, telemetry.MeterChanged)
    assert (back.numerator, back.denominator) == (4, 4)
    assert back.beat > change.beat


def ended_on(beat: float) -> Stage:
    """In 4/4; the music came to an end on that bar line."""
    stage = Stage(FakeSession(seed=9))
    stage.load(FakeSession(seed=9), "voices")
    stage.do(commands.SetControl("metronome", True), commands.SetControl("count_in", 1))
    stage.play()
    stage.run_beats(beat + 4 - 6)
    stage.do(commands.End(1))
    stage.run_beats(8)
    assert not stage.performer.playing
    assert stage.performer.edge() == beat
    return stage


def accents(stage: Stage, since: float) -> list[float]:
    high = bytes((HIGH,))
    clicks = [x for x in stage.sent if not x.entry.id and x.entry.message[1:2] == high and x.entry.message[2]]
    return [round(x.entry.beat, 6) for x in clicks if x.entry.message[0] & 0xF0 == 0x90 and x.time >= since]


@pytest.mark.parametrize("file", [False, True])
def test_another_models_or_a_files_bars_begin_where_the_music_ended(file: bool) -> None:
    """A bar line of 4/4 need not be one of three beats counted from the start; it began in the middle of a bar."""
    stage = ended_on(8.0)
    if file:
        read = FakeSession(seed=7)
        read.set_meter(Meter(3, 4), 0)
        for tick, pitch in enumerate(range(60, 66)):  # two bars
            read.feed(Event(24 if tick else 0, Kind.ON, pitch, 3, 0))
            read.feed(Event(0, Kind.OFF, pitch, 0, 0))
        read.feed(Event(24, Kind.WAIT))
        stage.performer.prime(read.snapshot(), stage.now)
    else:
        stage.load(FakeSession(seed=3, meter=Meter(3, 4)), "waltz")
    begun = stage.now
    stage.play()
    stage.run_beats(3 + 9.5)
    assert accents(stage, begun) == [5.0, 8.0, 11.0, 14.0, 17.0]
    state = stage.performer.state
    assert state.beat_map.offset_of(state.session.context) % 3 == 8 % 3
    (told,) = stage.emitted(telemetry.MeterChanged)
    assert isinstance(told, telemetry.MeterChanged)
    assert told.beat == 8.0


def test_and_while_it_plays_with_the_bar_that_it_comes_in() -> None:
    stage = Stage(FakeSession(seed=9))
    stage.load(FakeSession(seed=9), "voices")
    stage.do(commands.SetControl("metronome", True))
    stage.play()
    stage.run_beats(9.3)
    begun = stage.now
    stage.load(FakeSession(seed=3, meter=Meter(3, 4)), "waltz")
    stage.run_beats(9)
    assert accents(stage, begun) == [11.0, 14.0, 17.0]


@pytest.mark.parametrize("related", [False, True])
def test_a_time_signature_that_does_not_come_any_more_is_told(related: bool) -> None:
    """It was asked for, and before its bar line another model came: the window counted in it from there on."""
    stage = Stage(of_a_family("before", 2))
    stage.play()
    stage.run_beats(5.3)
    stage.do(commands.SetMeter(3, 4))
    stage.load(of_a_family("learnt", 5) if related else FakeSession(seed=5), "other")
    stage.run_beats(6)
    assert stage.performer.bar == 4.0
    told = [(x.beat, x.numerator) for x in stage.telemetry if isinstance(x, telemetry.MeterChanged)]
    assert told == [(8.0, 3), (4.0, 4)]


def test_a_time_signature_that_was_not_yet_begun_does_not_move_what_has_learnt() -> None:
    """Rolled back with the plan when the model changed, it left its bar line behind: the music waited for five bars."""
    for seed in range(24):
        stage = Stage(of_a_family("before", seed))
        stage.play()
        stage.run_beats(23.4)
        stage.do(commands.SetMeter(6, 8))
        stage.run_beats(0.64)  # just past the bar line
        stage.load(of_a_family("learnt", 5), "learnt")
        assert not (wrong := stage.stranded()), wrong
