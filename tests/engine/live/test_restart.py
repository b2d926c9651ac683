"""The state that an engine leaves for its successor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from musiclstm.engine.live import restart
from musiclstm.engine.live.restart import RecoveryState, RecoveryStore
from musiclstm.engine.performer.time_machine import Bookmark
from musiclstm.engine.supervision.shared_memory import SharedMemory
from musiclstm.errors import ModelError
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine import fakes
from tests.engine.fakes import FakeSession
from tests.engine.stage import Stage

EDGE = 0.002


@pytest.fixture
def shared() -> Iterator[SharedMemory]:
    made = SharedMemory.create()
    yield made
    made.close()
    made.delete()


def state_of(stage: Stage) -> RecoveryState:
    options, sync = EngineOptions(tempo=90), commands.SetSync("internal", send=True)
    return RecoveryState(options, sync, commands.Watch(memory=True), 120.0, stage.performer.checkpoint())


def marked() -> tuple[Stage, float]:
    """A stage that has played, with bookmark A; and its beat."""
    stage = Stage()
    stage.play()
    stage.run(6.2)
    stage.do(commands.SetBookmark("A"))
    (bookmark,) = (x for x in stage.telemetry if isinstance(x, telemetry.BookmarkSet))
    return stage, bookmark.beat


def resumed(shared: SharedMemory) -> Stage:
    state = RecoveryStore(shared).read()
    assert state is not None
    stage = Stage()
    stage.performer.resume(state.checkpoint)
    stage.play()
    return stage


def test_everything_but_the_past_is_restored(shared: SharedMemory) -> None:
    assert RecoveryStore(shared).read() is None
    stage, _ = marked()
    stage.do(commands.SetControl("density", 0.5), commands.SetPart(2, mode="muted"))
    state = state_of(stage)
    RecoveryStore(shared).write(state)
    read = RecoveryStore(shared).read()
    assert read is not None
    assert (read.options, read.sync, read.watch, read.tempo) == (state.options, state.sync, state.watch, state.tempo)
    assert (read.checkpoint.values, read.checkpoint.parts) == (state.checkpoint.values, state.checkpoint.parts)
    assert read.checkpoint.playing
    assert read.checkpoint.bookmarks.keys() == {"A"}


def test_what_played_goes_on_without_a_count_in(shared: SharedMemory) -> None:
    stage, _ = marked()
    stage.do(commands.SetControl("count_in", 2))
    RecoveryStore(shared).write(state_of(stage))
    stage = resumed(shared)
    assert not stage.performer.counting
    stage.do(commands.Stop(), commands.Play())
    assert stage.performer.counting


def test_what_stood_is_counted_in(shared: SharedMemory) -> None:
    stage, _ = marked()
    stage.do(commands.SetControl("count_in", 2), commands.Stop())
    RecoveryStore(shared).write(state_of(stage))
    assert resumed(shared).performer.counting


def test_a_memory_of_other_weights_is_not_taken_over(shared: SharedMemory) -> None:
    stage, _ = marked()
    stage.do(commands.SetPart(1, transpose=-12))
    RecoveryStore(shared).write(state_of(stage))
    state = RecoveryStore(shared).read()
    assert state is not None
    after = Stage()
    after.session._fingerprint = "others"
    with pytest.raises(ModelError, match="another model"):
        after.performer.resume(state.checkpoint)
    # What needs no weights stays, and is reported.
    assert after.performer.steering.parts[1].transpose == -12
    assert [part.transpose for part in after.telemetry if isinstance(part, telemetry.PartChanged)][-3] == -12
    after.do(commands.Return("A"))
    assert any("not set" in notice.text for notice in after.telemetry if isinstance(notice, telemetry.Notice))
    after.play()
    after.run(4)
    assert len(after.starts()) > 3


def test_bookmarks_of_another_model_are_stored_with_what_is_needed_to_open_it(shared: SharedMemory) -> None:
    stage = Stage()
    stage.load(FakeSession(), "voices")
    stage.play()
    stage.run(3)
    stage.do(commands.SetPart(0, transpose=12), commands.SetBookmark("A"))
    stage.load(FakeSession(fakes.vocabulary(fakes.PIANO)), "piano")
    stage.run(3)
    stage.do(commands.SetBookmark("B"))
    RecoveryStore(shared).write(state_of(stage))
    state = RecoveryStore(shared).read()
    assert state is not None
    assert state.checkpoint.bookmarks.keys() == {"A", "B"}
    (other,) = state.checkpoint.others
    assert (other.loaded.model, other.slots, other.parts[0].transpose) == ("voices", ("A",), 12)


def test_an_unreadable_state_is_none(shared: SharedMemory) -> None:
    shared.write_state(b"nonsense")
    assert RecoveryStore(shared).read() is None


def test_a_bookmark_is_entered_before_it_after_a_restart_too(shared: SharedMemory) -> None:
    before, beat = marked()
    began = before.now
    before.run(7.0)
    RecoveryStore(shared).write(state_of(before))
    after = resumed(shared)
    # A beat and a half before the bookmark's place in the bar.
    after.run_beats((beat - 1.5 - after.beat) % 4 + 4)
    jump = after.now
    after.do(commands.Return("A"))
    after.run(1.5)
    (jumped,) = (x for x in after.telemetry if isinstance(x, telemetry.Jumped))
    assert jumped.source == pytest.approx(beat - 1.5, abs=0.1)
    # From there what led to it is heard again, and what came after it.
    began -= 1.5 * 60 / 120
    first = [(round(t - began, 2), x) for t, x in before.notes() if began + 0.05 < t < began + 1.4]
    again = [(round(t - jump, 2), x) for t, x in after.notes() if jump + 0.05 < t < jump + 1.4]
    assert len(first) > 3
    assert [x for _, x in again] == [x for _, x in first]
    assert [t for t, _ in again] == pytest.approx([t for t, _ in first], abs=0.021)


def test_bookmarks_are_pickled_once(shared: SharedMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    stage, _ = marked()
    store = RecoveryStore(shared)
    pickled = []
    once = restart._pickled

    def counted(bookmarks: dict[str, Bookmark]) -> bytes:
        pickled.append(sorted(bookmarks))
        return once(bookmarks)

    monkeypatch.setattr(restart, "_pickled", counted)
    store.write(state_of(stage))
    stage.run(2)
    store.write(state_of(stage))
    assert pickled == [["A"]]
    stage.do(commands.SetBookmark("B"))
    store.write(state_of(stage))
    stage.do(commands.SetBookmark("A"))
    store.write(state_of(stage))
    assert pickled == [["A"], ["A", "B"], ["A", "B"]]


def test_bookmarks_too_large_are_stored_without_the_moments_before(
    shared: SharedMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, _ = marked()
    state = state_of(stage)
    assert state.checkpoint.bookmarks["A"].moments
    monkeypatch.setattr(restart, "STATE_SIZE", 1000)
    RecoveryStore(shared).write(state)
    read = RecoveryStore(shared).read()
    assert read is not None
    bookmark = read.checkpoint.bookmarks["A"]
    assert (bookmark.tick, bookmark.moments) == (state.checkpoint.bookmarks["A"].tick, ())
