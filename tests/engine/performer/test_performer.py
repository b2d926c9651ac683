"""What the model plays by itself, ahead of time; loading and resuming."""

import pickle

import pytest

from musiclstm.engine.performer.performer import Performer
from musiclstm.music.note import TimeBase
from musiclstm.protocol import commands, telemetry
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

EDGE = 0.002  # seconds: the scheduler's commit point


def test_it_plays_ahead_and_never_runs_dry() -> None:
    stage = Stage()
    stage.play()
    for _ in range(200):
        stage.run(0.05)
        assert stage.performer.state.beat_map.end >= stage.beat + 1.0
    assert len(stage.starts()) > 20
    assert all(s.time == pytest.approx(s.due, abs=1e-9) for s in stage.sent)  # nothing late
    assert stage.disagreement() == ""


def test_the_same_seed_plays_the_same() -> None:
    def notes(seed: int) -> list[tuple[float, bytes]]:
        stage = Stage(FakeSession(seed=seed))
        stage.play()
        stage.run(5)
        return stage.notes()

    assert notes(3) == notes(3)
    assert notes(3) != notes(4)


def test_models_in_seconds_play_at_any_tempo() -> None:
    vocabulary = fakes.vocabulary(fakes.PIANO, TimeBase.SECONDS)

    def times(tempo: float) -> list[float]:
        stage = Stage(FakeSession(vocabulary), tempo=tempo)
        stage.play()
        stage.run(4 * 120 / tempo)
        return [time * tempo / 120 for time, _, _ in stage.starts()]

    assert times(120.0) == pytest.approx(times(90.0), abs=1e-5)
    # A tick of such a model is a hundredth of a second at the nominal tempo.
    assert all(abs(time * 100 - round(time * 100)) < 1e-4 for time in times(120.0))


def test_drum_notes_end_by_themselves() -> None:
    stage = Stage(FakeSession(fakes.vocabulary(fakes.BAND)))
    stage.play()
    for step in range(100):
        stage.run(0.07)
        if step % 3 == 0:
            stage.do(commands.SetControl("density", step / 100))
    assert [n for n in stage.starts() if n[1] == 9]
    stage.do(commands.SetPart(2, mode="muted"), commands.Hold(True))
    stage.run(1)
    assert not [key for key in stage.sounding() if key[1] == 9]


def test_the_window_can_follow_every_note() -> None:
    """Planned, withdrawn and played: what remains planned is always just what is to come."""
    stage = Stage()
    stage.play()
    for step in range(60):
        stage.run(0.13)
        if step % 7 == 3:
            stage.do(commands.SetControl("pitch.temperature", 0.5 + step / 60))
        if step % 11 == 5:
            stage.do(commands.Back(1.0))
    planned: dict[int, telemetry.Planned] = {}
    sounding: set[int] = set()
    for each in stage.telemetry:
        if isinstance(each, telemetry.Planned):
            planned[each.id] = each
        elif isinstance(each, telemetry.Withdrawn):
            planned = {i: p for i, p in planned.items() if p.beat < each.beat}
        elif isinstance(each, telemetry.Played) and each.velocity:
            ghost = planned.pop(each.id)
            assert (ghost.part, ghost.pitch, ghost.velocity) == (each.part, each.pitch, each.velocity)
            assert each.beat == pytest.approx(ghost.beat)
            sounding.add(each.id)
        elif isinstance(each, telemetry.Played):
            sounding.remove(each.id)
    assert all(ghost.beat > stage.beat - 1e-9 for ghost in planned.values())
    assert len(sounding) == sum(stage.sounding().values())


def test_what_is_watched_is_emitted() -> None:
    stage = Stage()
    stage.play()
    stage.run(1)
    assert not stage.emitted(telemetry.StateFrame)
    stage.do(commands.Watch(memory=True, expectation=True))
    stage.run(2)
    assert stage.emitted(telemetry.StateFrame)
    assert 10 <= len(stage.emitted(telemetry.Expectation)) <= 25


def test_another_process_goes_on_from_a_checkpoint() -> None:
    stage = Stage(FakeSession(seed=6))
    stage.do(commands.SetControl("scale", "major"), commands.SetPart(1, mode="muted", channel=6))
    stage.play()
    stage.run(3.03)
    stage.do(commands.SetBookmark("C"))
    stage.run(1)
    kept = pickle.loads(pickle.dumps(stage.performer.checkpoint()))  # noqa: S301 - our own
    assert kept.playing
    now = stage.now
    stage.run(4)
    after = [(round(t - now, 3), *rest) for t, *rest in stage.starts(now + 0.05)]

    other = Stage()
    other.performer.resume(kept)
    other.play()
    other.run(4)
    got = [(round(t + EDGE, 3), *rest) for t, *rest in other.starts(0.05 - EDGE)]
    count = len(after) - 2
    assert count > 5
    assert [x[1:] for x in got[:count]] == [x[1:] for x in after[:count]]
    assert other.performer.steering.parts[1].mute
    other.do(commands.Return("C"))
    assert other.telemetry[-1] is not None
    assert any(isinstance(x, telemetry.Jumped) for x in other.telemetry)
    assert other.disagreement() == ""


def test_what_is_held_is_held_after_a_restart() -> None:
    stage, other = Stage(FakeSession(seed=6)), Stage()
    stage.play()
    stage.run(3.03)
    stage.do(commands.Hold(True))
    stage.run(1)
    sounding = stage.sounding()
    other.performer.resume(stage.performer.checkpoint())
    other.play()
    other.run(8)
    assert other.performer.hold
    assert other.sounding() == sounding != {}
    other.do(commands.Hold(False))
    other.run(8)
    assert other.sounding() != sounding


def test_another_model_while_it_plays() -> None:
    stage = Stage()
    stage.play()
    stage.run(2.3)
    stage.key(64)
    session = FakeSession(fakes.vocabulary(fakes.PIANO), seed=5)
    loaded = telemetry.Loaded(
        "piano", "Piano", (("Piano", 0, 0),), 28, 96, 1, 1, "beats", 4.0, (("density", 0.5), ("new", 1))
    )
    stage.performer.load(session, loaded)
    stage.session = session
    stage.run(0.01)
    assert stage.performer.steering.values["density"] == 0.5
    stage.run(3)
    assert {channel for _, channel, _ in stage.starts(2.32)} == {0}
    assert stage.performer.state.beat_map.offset % 4 == 0
    assert stage.disagreement() == ""
    stage.key(64, 0)
    stage.do(commands.Stop())
    assert not stage.sounding()


def test_a_long_silence_is_not_read_whole() -> None:
    stage = Stage()
    stage.do(commands.SetControl("mode", "harmonise"))
    stage.play()
    stage.run(2)
    stage.run(600)
    steps = stage.session.steps  # type: ignore[attr-defined]
    stage.do(commands.SetControl("mode", "solo"))
    stage.run(1)
    assert stage.session.steps - steps < 40  # type: ignore[attr-defined]
    assert stage.performer.state.beat_map.offset % 4 == 0


def test_the_performer_needs_no_stage() -> None:
    stage = Stage()
    performer = Performer(FakeSession(), stage.clock, stage.scheduler, lambda _message: None)
    assert performer.tick(0.0) > 0.0
    assert performer.part_modes == ("auto",) * 4
