"""Checkpoint: what a performer is, in plain values, for another process to go on from."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.engine.performer.ensemble import Ensemble
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.steering import PartSettings
from musiclstm.engine.performer.time_machine import Bookmark
from musiclstm.engine.performer.voices import Voice
from musiclstm.errors import UsageError
from musiclstm.model.snapshot import Snapshot
from musiclstm.protocol.controls import Value

# More than the notes that start between a checkpoint and a crash.
_LOST_IDS = 10_000


@dataclass(frozen=True)
class Checkpoint:
    """To be pickled; some 100 KB, and twice as much for each bookmark.

    model: its vocabulary's fingerprint. line: as of `BeatMap`. shift: as of `TimeMachine.saved`. Of the past it holds
    only what led to the bookmarks: after `resume` there is nothing to go back to before it.
    """

    model: str
    beat: float
    playing: bool
    snapshot: Snapshot
    voices: tuple[Voice, ...]
    values: dict[str, Value]
    parts: tuple[PartSettings, ...]
    bookmarks: dict[str, Bookmark]
    shift: float
    ids: tuple[int, int]
    line: float = 0.0


def take(state: PerformerState) -> Checkpoint:
    """What has happened up to now, without what is planned. Changes nothing; takes some 50 µs."""
    bookmarks, shift = state.time_machine.saved()
    return Checkpoint(
        model=state.session.vocabulary.fingerprint,
        beat=state.position.edge(),
        playing=state.position.playing,
        snapshot=state.time_machine.without_gates(state.history.snapshot()),
        voices=tuple(state.history.voices().values()),
        values=dict(state.steering.values),
        parts=tuple(state.steering.parts),
        bookmarks=bookmarks,
        shift=shift,
        ids=state.voices.ids,
        line=state.beat_map.line,
    )


def resume(state: PerformerState, ensemble: Ensemble, checkpoint: Checkpoint) -> None:
    """Takes over a checkpoint, standing.

    Raises UsageError for a checkpoint of another model, and ModelError if only the weights are others: then controls
    and parts are taken over, but no memory.
    """
    if checkpoint.model != state.session.vocabulary.fingerprint:
        raise UsageError("This checkpoint belongs to another model.")
    state.steering.resume(checkpoint.values, checkpoint.parts)
    for bookmark in checkpoint.bookmarks.values():
        for snapshot in (bookmark.snapshot, *(moment.snapshot for moment in bookmark.moments)):
            state.session.check(snapshot)
    state.session.check(checkpoint.snapshot)
    with state.plan.rolled_back() as edit:
        edit.session.restore(checkpoint.snapshot)
        state.time_machine.resume(checkpoint.bookmarks, checkpoint.shift)
        state.position.beat = checkpoint.beat
        state.beat_map.anchor(checkpoint.beat, checkpoint.line)
        edit.replace_voices(voice for voice in checkpoint.voices if not voice.person)
        state.voices.skip_ids(checkpoint.ids, _LOST_IDS)
        state.scheduler.set_nudge(state.steering.number("nudge") / 1000)
        ensemble.choose(edit, checkpoint.beat)
