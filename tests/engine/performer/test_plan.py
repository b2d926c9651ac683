"""The plan is changed only while it is rolled back."""

import pytest

from musiclstm.protocol import telemetry
from tests.engine.stage import Stage


def playing() -> Stage:
    stage = Stage()
    stage.play()
    stage.run(3.03)
    return stage


def test_nothing_is_planned_beyond_the_commit_point_while_it_is_rolled_back() -> None:
    stage = playing()
    state = stage.performer.state
    assert any(step.beat > state.position.edge() for step in state.history.steps)
    events = state.history.events
    with state.plan.rolled_back():
        assert all(step.beat <= state.position.edge() for step in state.history.steps)
        assert all(entry.beat <= state.position.edge() for entry in stage.scheduler.pending())
        assert state.history.events < events
        assert isinstance(stage.telemetry[-1], telemetry.Withdrawn)
    stage.plan()
    assert state.beat_map.end >= stage.beat + 1.0
    assert stage.disagreement() == ""


def test_what_is_rolled_back_without_a_change_is_planned_again() -> None:
    stage, straight = playing(), playing()
    for _ in range(5):
        with stage.performer.state.plan.rolled_back():
            pass
        stage.run(0.5)
        straight.run(0.5)
    assert stage.notes() == straight.notes()


def test_with_fresh_random_numbers_it_is_another_music() -> None:
    stage, straight = playing(), playing()
    with stage.performer.state.plan.rolled_back(fresh=True):
        pass
    stage.run(4)
    straight.run(4)
    assert stage.notes() != straight.notes()


def test_an_edit_is_valid_for_its_block_alone() -> None:
    plan = playing().performer.state.plan
    with plan.rolled_back() as edit:
        edit.assign(edit.assignment)
    for use in (
        lambda: edit.assign(plan.assignment),
        lambda: edit.session,
        lambda: edit.end_now(8.0, lambda _: True),
        lambda: edit.silence(8.0),
        edit.drop,
        lambda: edit.answer(-1, 0, 8.0),
    ):
        with pytest.raises(RuntimeError, match="not valid"):
            use()


def test_it_neither_goes_on_nor_is_rolled_back_twice_meanwhile() -> None:
    plan = playing().performer.state.plan
    with plan.rolled_back():
        with pytest.raises(RuntimeError, match="already"):
            plan.rolled_back()
        with pytest.raises(RuntimeError, match="cannot go on"):
            plan.fill(8.0, 9.0, 100.0, 8)


def test_it_goes_on_after_an_error_in_the_block() -> None:
    stage = playing()
    plan = stage.performer.state.plan
    with pytest.raises(ZeroDivisionError), plan.rolled_back() as edit:
        edit.silence(1 / 0)
    stage.run(2)
    assert stage.starts(3.1)
    assert stage.disagreement() == ""


def test_voices_can_be_read_but_not_written_from_outside() -> None:
    stage = playing()
    voices = stage.performer.state.voices.by_key
    assert voices
    with pytest.raises(AttributeError):
        voices.clear()  # type: ignore[attr-defined]
