"""A model that has learnt from another: it goes on with its memory, and a slider mixes the two."""

from __future__ import annotations

import pickle

import pytest

from musiclstm.errors import ModelError
from musiclstm.protocol import commands, telemetry
from tests.engine.fakes import FakeSession
from tests.engine.performer.models import heard, of_a_family, texts
from tests.engine.stage import Stage


@pytest.mark.parametrize("seconds", [5.0, 6.3, 7.77])
@pytest.mark.parametrize("back_to", [2.0, 8.0])  # bar lines
@pytest.mark.parametrize("how", ["load", "mix"])
def test_what_has_learnt_goes_on_with_the_memory_and_the_past_is_exact(
    seconds: float, back_to: float, how: str
) -> None:
    before, learnt = of_a_family("before", 9), of_a_family("learnt", 5)
    stage = Stage(before)
    stage.load(before, "before")
    stage.do(commands.SetPart(1, transpose=-12), commands.SetControl("density", 0.4))
    stage.play()
    stage.run(seconds)
    read, sounds = stage.performer.state.history.snapshot().tick, stage.sounding()
    if how == "load":
        stage.load(learnt, "learnt", (("density", 0.9),))
    else:
        stage.do(commands.SetControl("learnt", 40))
        assert stage.sounding() == sounds  # nothing ends, nothing begins
    # All that was heard is remembered, all that was set stays, and so do the bars.
    assert stage.performer.state.session.tick >= read > 0
    assert stage.performer.steering.parts[1].transpose == -12
    assert stage.performer.steering.values["density"] == 0.4
    assert stage.performer.state.beat_map.offset == 0
    assert stage.disagreement() == ""
    stage.run(12 - seconds)
    assert stage.disagreement() == ""
    now = stage.now
    stage.do(commands.GoTo(2 * back_to))
    stage.run(2.5)
    again = heard(stage, now, 2.4)
    assert len(again) > 3
    assert again == heard(stage, back_to, 2.4)
    assert stage.disagreement() == ""
    stage.do(commands.Stop())
    assert not stage.sounding()


@pytest.mark.parametrize("at", [6.02, 7.3])
def test_a_mix_counts_from_where_the_slider_was_moved(at: float) -> None:
    """Back before it, it plays with the weights of then; the slider shows it."""
    stage = Stage(of_a_family("learnt", 9))
    stage.play()
    stage.run(at)
    stage.do(commands.SetControl("learnt", 25))
    stage.run(16 - at)
    for beat, share in ((8.0, 100), (24.0, 25)):
        stage.telemetry.clear()
        now, then = stage.now, beat / 2
        stage.do(commands.GoTo(beat))
        assert stage.performer.steering.values["learnt"] == share
        assert telemetry.ControlChanged("learnt", share) in stage.telemetry
        stage.run(2)
        assert heard(stage, now, 2) == heard(stage, then, 2)


def test_within_a_beat_the_past_knows_where_the_slider_was_moved() -> None:
    stage = Stage(of_a_family("learnt", 9))
    stage.play()
    stage.run(7.1)
    stage.do(commands.SetControl("learnt", 25))
    stage.run(0.35)
    then = stage.now
    stage.run(8)
    now = stage.now
    stage.do(commands.Back(4.0))
    assert stage.performer.steering.values["learnt"] == 25
    stage.run(6)
    assert heard(stage, now, 6) == heard(stage, then, 6)


def test_a_key_at_the_same_moment_is_no_part_of_the_new_mix() -> None:
    """The session has read it already where the past of the new weights begins."""
    for seconds in (7.1, 7.2, 7.33, 7.45):
        stage = Stage(of_a_family("learnt", 9))
        stage.do(commands.SetControl("mode", "accompany"))
        stage.play()
        stage.run(seconds)
        stage.key(72)
        stage.do(commands.SetControl("learnt", 25))
        stage.run(0.02)
        stage.key(72, 0)
        stage.run(0.2)
        then = stage.now
        stage.run(8)
        now = stage.now
        stage.do(commands.Back(4.0))
        stage.run(6)
        assert heard(stage, now, 6) == heard(stage, then, 6)


def test_a_model_without_a_parent_has_nothing_to_mix() -> None:
    stage = Stage(FakeSession(seed=9))
    stage.do(commands.SetControl("learnt", 50), commands.SetControl("learnt", 100))
    assert len(texts(stage)) == 1
    assert stage.performer.steering.values["learnt"] == 100


def test_dragging_keeps_no_moment_for_each_step() -> None:
    stage = Stage(of_a_family("learnt", 9))
    stage.play()
    stage.run(4)
    for step in range(400):
        stage.do(commands.SetControl("learnt", step % 101))
        stage.run(0.01)
        assert stage.disagreement() == ""
    past = stage.performer.state.time_machine
    assert len(past) < 16 + len(stage.starts()) * 2


def test_a_mix_survives_a_crash_and_is_lost_with_the_parent() -> None:
    before = Stage(of_a_family("learnt", 9))
    before.play()
    before.run(4)
    before.do(commands.SetControl("learnt", 25))
    before.run(4)
    kept = pickle.loads(pickle.dumps(before.performer.checkpoint()))  # noqa: S301 - our own
    after = Stage(of_a_family("learnt", 5))
    after.performer.resume(kept)
    assert after.performer.state.session.snapshot() == kept.snapshot
    assert (after.performer.state.session.learnt, after.performer.steering.values["learnt"]) == (0.25, 25)
    alone = Stage(of_a_family("learnt", 5))
    alone.session.family = ""  # type: ignore[attr-defined]
    with pytest.raises(ModelError):
        alone.performer.resume(kept)
    assert alone.performer.steering.values["learnt"] == 100
