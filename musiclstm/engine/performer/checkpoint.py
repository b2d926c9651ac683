"""Checkpoint: what a performer is, in plain values, for another process to go on from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from musiclstm.engine.performer.chord_guide import ChordLine
from musiclstm.engine.performer.ensemble import Ensemble, Turns
from musiclstm.engine.performer.part_settings import PartSettings
from musiclstm.engine.performer.place import Place, Removed
from musiclstm.engine.performer.repertoire import KnownModel
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.time_machine import Bookmark
from musiclstm.engine.performer.voices import Voice
from musiclstm.errors import ModelError, UsageError
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.form import SetList
from musiclstm.music.note import Meter
from musiclstm.protocol.controls import Value
from musiclstm.protocol.telemetry import Loaded

# More than the notes that start between a checkpoint and a crash.
_LOST_IDS = 10_000


@dataclass(frozen=True)
class OtherModel:
    """One that does not play now; bookmarks in `slots` are of it. The rest as in `KnownModel`."""

    loaded: Loaded
    parts: tuple[PartSettings, ...]
    values: dict[str, Value]
    slots: tuple[str, ...]


@dataclass(frozen=True)
class Checkpoint:
    """To be pickled; some 100 KB, and twice as much for each bookmark.

    model: its vocabulary's fingerprint. others: further models, of which there are bookmarks. line: as in `BeatMap`.
    shift: as in `TimeMachine.saved`. asked: as in `Form`. hand: the chord that the left hand latched. meter: as in
    `Meters.change`; the snapshot may be from before it. Of the past it holds only what led to the bookmarks: after
    `resume` there is nothing to go back to before it.
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
    others: tuple[OtherModel, ...] = ()
    line: float = 0.0
    chords: ChordLine | None = None
    hand: ChordLine | None = None
    set_list: SetList | None = None
    place: Place | None = None
    removed: tuple[Removed, ...] = ()
    hold: bool = False
    asked: Place | None = None
    meter: tuple[float, Meter] | None = None
    turns: Turns | None = None


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
        others=tuple(_others(state, bookmarks)),
        line=state.beat_map.line,
        chords=_copied(state.steering.chords),
        # A chord that is held is not: its keys are up when another process begins.
        hand=_copied(state.steering.hand) if state.steering.text("chords.hand") == "latched" else None,
        set_list=state.form.set_list,
        place=state.form.place,
        removed=state.form.removed,
        hold=state.hold,
        asked=state.form.asked,
        meter=state.meters.change,
        turns=Turns.of(state) if state.position.playing else None,
    )


def _copied(line: ChordLine | None) -> ChordLine | None:
    return None if line is None else replace(line)


def _others(state: PerformerState, bookmarks: Mapping[str, Bookmark]) -> Iterator[OtherModel]:
    for known in state.repertoire:
        if known is not state.repertoire.current and known.loaded is not None:
            slots = tuple(slot for slot, mark in bookmarks.items() if known.session.fits(mark.snapshot))
            if slots:
                yield OtherModel(known.loaded, tuple(known.parts), known.values, slots)


def resume(state: PerformerState, ensemble: Ensemble, checkpoint: Checkpoint) -> None:
    """Takes over a checkpoint, standing; other models' bookmarks only when those are open again (`learn`).

    Raises UsageError for a checkpoint of another model, and ModelError if only the weights are others: then controls
    and parts are taken over, but no memory.
    """
    if checkpoint.model != state.session.vocabulary.fingerprint:
        raise UsageError("This checkpoint belongs to another model.")
    state.steering.resume(checkpoint.values, checkpoint.parts)
    session = state.session
    bookmarks = {slot: mark for slot, mark in checkpoint.bookmarks.items() if slot not in _slots(checkpoint.others)}
    for bookmark in bookmarks.values():
        _check(session, bookmark)
    session.check(checkpoint.snapshot)
    with state.plan.rolled_back() as edit:
        edit.session.restore(checkpoint.snapshot)
        state.time_machine.resume(bookmarks, checkpoint.shift)
        state.position.beat = checkpoint.beat
        state.beat_map.anchor(checkpoint.beat, checkpoint.line)
        edit.replace_voices(voice for voice in checkpoint.voices if not voice.person)
        state.voices.skip_ids(checkpoint.ids, _LOST_IDS)
        state.hold = checkpoint.hold
        state.steering.chords, state.steering.hand = checkpoint.chords, checkpoint.hand
        state.form.renew(checkpoint.set_list, checkpoint.place or Place(), checkpoint.removed)
        state.form.asked = checkpoint.asked
        state.meters.resume(checkpoint.meter)
        state.scheduler.set_nudge(state.steering.number("nudge") / 1000)
        ensemble.choose(edit, checkpoint.beat)
        ensemble.turns = checkpoint.turns
    for slot in bookmarks:
        state.report_bookmark(slot)


def learn(state: PerformerState, session: Session, other: OtherModel, checkpoint: Checkpoint) -> list[str]:
    """Another model of a checkpoint that was resumed is open again. Returns the slots whose bookmarks are lost."""
    lost, found = [], False
    for slot in other.slots:
        bookmark = checkpoint.bookmarks[slot]
        try:
            _check(session, bookmark)
        except ModelError:
            lost.append(slot)
        else:
            found = True
            state.time_machine.add_bookmark(slot, bookmark, checkpoint.shift)
    if found and state.repertoire.of(session.snapshot()) is None:
        state.repertoire.learn(KnownModel(session, other.loaded, other.parts, other.values))
    for slot in sorted(set(other.slots) - set(lost)):
        state.report_bookmark(slot)
    return lost


def _slots(others: Sequence[OtherModel]) -> set[str]:
    return {slot for other in others for slot in other.slots}


def _check(session: Session, bookmark: Bookmark) -> None:
    """Raises ModelError if the session cannot go on from it."""
    for snapshot in (bookmark.snapshot, *(moment.snapshot for moment in bookmark.moments)):
        session.check(snapshot)
