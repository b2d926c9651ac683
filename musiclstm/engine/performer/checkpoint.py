"""Checkpoint: what a performer is, in plain values, for another process to go on with."""

from __future__ import annotations

from dataclasses import dataclass

from musiclstm.engine.performer.state import Rig
from musiclstm.engine.performer.steering import PartSettings
from musiclstm.engine.performer.time_machine import Bookmark
from musiclstm.engine.performer.voices import Voice
from musiclstm.errors import UsageError
from musiclstm.model.snapshot import Snapshot
from musiclstm.protocol.controls import Value

# More than the notes that begin between a checkpoint and a crash.
_LOST_IDS = 10_000


@dataclass(frozen=True)
class Checkpoint:
    """To be pickled; some 100 KB, and twice as much for each bookmark.

    model: its vocabulary's fingerprint. shift: as `TimeMachine.kept` gives it. The past is not in it but for what led
    to the bookmarks: there is nothing to go back to before it.
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


def take(rig: Rig) -> Checkpoint:
    """What has happened up to now, without what is planned. Changes nothing; some 50 µs."""
    plan = rig.plan
    bookmarks, shift = rig.machine.kept()
    return Checkpoint(
        model=rig.session.vocabulary.fingerprint,
        beat=rig.edge(),
        playing=rig.playing,
        snapshot=rig.machine.lean(plan.history.snapshot()),
        voices=tuple(plan.history.voices().values()),
        values=dict(rig.steering.values),
        parts=tuple(rig.steering.parts),
        bookmarks=bookmarks,
        shift=shift,
        ids=rig.output.ids,
    )


def resume(rig: Rig, checkpoint: Checkpoint) -> None:
    """Be what it says, standing. Raises UsageError for one of another model."""
    if checkpoint.model != rig.session.vocabulary.fingerprint:
        raise UsageError("This memory belongs to another model.")
    rig.steering.values.update(checkpoint.values)
    rig.steering.parts[:] = checkpoint.parts
    rig.session.restore(checkpoint.snapshot)
    rig.machine.resume(checkpoint.bookmarks, checkpoint.shift)
    rig.beat = checkpoint.beat
    rig.plan.place.anchor(checkpoint.beat)
    rig.output.voices = {(v.part, v.pitch): v for v in checkpoint.voices if not v.person}
    note, person = checkpoint.ids
    rig.output.ids = (note + _LOST_IDS, person - _LOST_IDS)
    rig.scheduler.set_nudge(rig.steering.number("nudge") / 1000)
    rig.ensemble.choose(checkpoint.beat)
