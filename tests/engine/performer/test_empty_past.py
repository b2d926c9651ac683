"""Where nothing has been played there is nothing to go back to."""

import pytest

from musiclstm.protocol import commands, telemetry
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage


def restarted() -> Stage:
    """In another process, standing at beat 300."""
    before = Stage(tempo=1000.0)
    before.play()
    before.run_beats(300)
    before.do(commands.Stop())
    stage = Stage(FakeSession(seed=3), tempo=1000.0)
    stage.performer.resume(before.performer.checkpoint())
    return stage


@pytest.mark.parametrize("command", [commands.Back(1.0), commands.Back(500.0), commands.GoTo(100.0)])
def test_where_nothing_was_played_there_is_no_past(command: commands.Command) -> None:
    """Far from beat 0, after the engine was restarted, while it stands."""
    stage = restarted()
    before = stage.performer.state.session.snapshot()
    stage.telemetry.clear()
    stage.do(command)
    assert stage.emitted(telemetry.Notice) == [telemetry.Notice("There is nothing to go back to yet.")]
    assert len(stage.performer.state.time_machine) == 0
    assert stage.performer.state.session.snapshot() == before
    # From the first beat on that is played there is.
    stage.play()
    start = stage.performer.edge()
    stage.run_beats(10)
    assert stage.performer.state.time_machine.oldest == pytest.approx(start)
    assert 10 <= len(stage.performer.state.time_machine) <= 13
    stage.do(command)
    assert stage.emitted(telemetry.Jumped)


@pytest.mark.parametrize("change", [commands.Forget(), commands.SetBookmark("A"), commands.SetBookmark("A", 20.0)])
def test_what_is_done_where_nothing_was_played_is_all_of_the_past(change: commands.Command) -> None:
    stage = restarted()
    stage.do(change)
    time_machine = stage.performer.state.time_machine
    assert len(time_machine) == 1
    assert time_machine.oldest == pytest.approx(stage.performer.edge())
    assert all(mark.beat == pytest.approx(stage.performer.edge()) for mark in time_machine.bookmarks.values())


def test_a_place_before_the_past_is_the_beginning_of_the_past() -> None:
    """Not a long silence: what was played there is not kept any more."""
    stage = restarted()
    stage.play()
    stage.run_beats(40)
    stage.do(commands.GoTo(20.0))
    assert [notice.text for notice in stage.telemetry if isinstance(notice, telemetry.Notice)] == [
        "What was played before bar 76 is not kept any more; it goes on from there."
    ]
    now = stage.now
    stage.run_beats(4)
    assert len(stage.starts(now)) > 3
    assert not stage.stranded()
