"""Prepare: pieces -> compact arrays of input features, cached on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.files import replacing
from musiclstm.model.context import Context
from musiclstm.model.sizes import RECENT_PITCHES, SPANS
from musiclstm.model.features.echoes import EchoFeatures
from musiclstm.model.features.events import event_fields
from musiclstm.model.features.layout import BAR, ECHO_GROUPS, Layout
from musiclstm.model.features.timing import timing_features
from musiclstm.model.features.velocities import related_velocities
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes, walk

# To be raised whenever the arrays change.
FORMAT = 17


@dataclass(frozen=True)
class Arrays:
    """Pieces one after another; N events in all.

    fields: (N, 4) int16, `event_fields`.
    timing, timing_before: (N, n) int16, `timing_features` at the event and at the one before.
    held: (N, parts, 16) uint8, a bit for each MIDI pitch that sounds before the event, little-endian.
    echoes: (N, echoes, 5) int16, `EchoFeatures.expected` before the event; melody: (N, 5) int16, the last of them once
        the part is chosen (`EchoFeatures.with_melody`).
    velocities: (N, n) int16, `related_velocities` of an ON.
    pitch_classes: (N, spans, 12) float16, `Context.pitch_classes` at the event.
    recent: (N, parts, RECENT_PITCHES) uint8, `Context.recent_pitches` before the event.
    starts: (pieces + 1,) int64, the first event of each piece. notes: (pieces,) int64, note-ons.
    span: (pieces, 2) int16, lowest and highest pitch that can be transposed ((127, 0) where none can).
    keys: names of the pieces.
    """

    fields: NDArray[np.int16]
    timing: NDArray[np.int16]
    timing_before: NDArray[np.int16]
    held: NDArray[np.uint8]
    echoes: NDArray[np.int16]
    melody: NDArray[np.int16]
    velocities: NDArray[np.int16]
    pitch_classes: NDArray[np.float16]
    recent: NDArray[np.uint8]
    starts: NDArray[np.int64]
    notes: NDArray[np.int64]
    span: NDArray[np.int16]
    keys: tuple[str, ...]

    @property
    def pieces(self) -> int:
        return len(self.notes)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            arrays: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
            np.savez(file, keys=np.array(json.dumps(self.keys)), **arrays)

    @staticmethod
    def load(path: Path) -> Arrays:
        with np.load(path, allow_pickle=False) as archive:
            arrays: dict[str, Any] = {name: archive[name] for name in NAMES}
            return Arrays(**arrays, keys=tuple(json.loads(str(archive["keys"]))))


COLUMNS = ("fields", "timing", "timing_before", "held", "echoes", "melody", "velocities", "pitch_classes", "recent")
KINDS = (np.int16, np.int16, np.int16, np.uint8, np.int16, np.int16, np.int16, np.float16, np.uint8)
NAMES = (*COLUMNS, "starts", "notes", "span")


def prepare(pieces: Sequence[tuple[str, Piece]], vocabulary: Vocabulary, *, next_piece_events: int = 0) -> Arrays:
    """Arrays of (key, piece); the pieces' parts must be the vocabulary's. Pieces without events are left out."""
    streams = ((key, piece, vocabulary.encode(piece)) for key, piece in pieces)
    return arrays_of([stream for stream in streams if stream[2]], vocabulary, next_piece_events=next_piece_events)


def arrays_of(
    streams: Sequence[tuple[str, Piece, list[Event]]], vocabulary: Vocabulary, *, next_piece_events: int = 0
) -> Arrays:
    """Arrays of (key, piece, its events).

    next_piece_events: so many events of the start of the next piece are appended to each, so that the model learns to
    go on after an ending. Scores are followed by their own start, performances and drums by that of the next piece.
    """
    layout = Layout(vocabulary)
    columns: list[dict[str, NDArray[Any]]] = [columns_of([], layout)]
    other_piece = vocabulary.base is TimeBase.SECONDS or vocabulary.percussive
    for index, (_, piece, events) in enumerate(streams):
        following = streams[(index + other_piece) % len(streams)][-1]
        extended = with_next_piece(events, piece, vocabulary, following[:next_piece_events])
        columns.append(columns_of(contexts(extended, piece, vocabulary), layout))
    return Arrays(
        **{name: np.concatenate([each[name] for each in columns]) for name in columns[0]},
        starts=np.cumsum([len(each["fields"]) for each in columns]),
        notes=np.array([sum(event.kind is Kind.ON for event in events) for *_, events in streams], dtype=np.int64),
        span=np.array([span_of(events, vocabulary) for *_, events in streams], dtype=np.int16).reshape(-1, 2),
        keys=tuple(key for key, *_ in streams),
    )


def columns_of(steps: Iterable[tuple[Context, Context, Event]], layout: Layout) -> dict[str, NDArray[Any]]:
    """The columns of `Arrays` that have a row for each event, from the `contexts` of one piece."""
    v = layout.vocabulary
    echo_features = EchoFeatures(layout)
    no_velocities = (v.velocities,) * len(layout.velocity_groups)
    rows = tuple[list[Any], ...]([] for _ in COLUMNS)
    fields, timing, timing_before, held, echoes, melody, velocities, pitch_classes, recent = rows
    for before, context, event in steps:
        fields.append(event_fields(v, event))
        timing_before.append(timing_features(layout, before))
        timing.append(timing_features(layout, context, event.delta))
        held.append(b"".join(bits.to_bytes(16, "little") for bits in context.held))
        echoes.append(echo_features.expected(before))
        melody.append(echo_features.with_melody(echoes[-1], context, event.part)[-1])
        velocities.append(
            related_velocities(layout, context, event.delta, event.part, event.pitch - v.low)
            if event.kind is Kind.ON
            else no_velocities
        )
        pitch_classes.append(context.pitch_classes_after(event.delta))
        recent.append(tuple(context.recent_pitches))
    held[:] = [np.frombuffer(b"".join(held), dtype=np.uint8)]
    parts = len(v.parts)
    timings = (len(BAR) + len(layout.delay_groups),)
    shapes = (
        (4,), timings, timings, (parts, 16), (len(ECHO_GROUPS), 5), (5,), (len(layout.velocity_groups),),
        (len(SPANS), 12), (parts, RECENT_PITCHES),
    )  # fmt: skip
    return {
        name: np.array(row, dtype=kind).reshape(-1, *shape)
        for name, row, shape, kind in zip(COLUMNS, rows, shapes, KINDS, strict=True)
    }


def span_of(events: Iterable[Event], vocabulary: Vocabulary) -> tuple[int, int]:
    """Lowest and highest pitch of the parts that are not percussive; (127, 0) where there is none."""
    pitches = [e.pitch for e in events if e.kind is Kind.ON and not vocabulary.parts[e.part].percussive]
    return (min(pitches), max(pitches)) if pitches else (127, 0)


def contexts(events: Iterable[Event], piece: Piece, vocabulary: Vocabulary) -> Iterable[tuple[Context, Context, Event]]:
    """(context before any change of meter, context before the event, event) for each event."""
    first, *changes = meter_changes(piece, vocabulary)
    context = Context.start(vocabulary).with_meter(first.tick, first.bar_ticks, first.index)
    for event, change in walk(events, changes):
        before = context
        if change is not None:
            context = context.with_meter(change.tick, change.bar_ticks, change.index)
        yield before, context, event
        context = context.after(event)


def with_next_piece(events: list[Event], piece: Piece, vocabulary: Vocabulary, opening: list[Event]) -> list[Event]:
    """The events, then an opening.

    It starts at the next moment that has the position in the bar at which the piece started; in seconds, a second
    later.
    """
    if not opening:
        return events
    end = sum(event.delta for event in events)
    if vocabulary.base is TimeBase.SECONDS:
        gap = vocabulary.resolution
    else:
        changes = meter_changes(piece, vocabulary)
        first = changes[0]
        last = [change for change in changes if change.tick <= max(end, first.tick)][-1]
        bar = last.bar_ticks
        gap = (last.tick - end + (-first.tick % first.bar_ticks)) % bar
        if not gap and events[-1].kind is Kind.ON:
            gap = bar  # a last hit on the bar line must not coincide with the first
    delta = gap + opening[0].delta
    longest = vocabulary.max_delta
    waits = [Event(longest, Kind.WAIT)] * (delta // longest)
    if opening[0].kind is Kind.WAIT:
        return [*events, *waits, *opening]
    return [*events, *waits, replace(opening[0], delta=delta % longest), *opening[1:]]


def cached(
    folder: Path, label: str, pieces: Sequence[tuple[str, Piece]], vocabulary: Vocabulary, *, next_piece_events: int = 0
) -> Arrays:
    """As `prepare`, but reads the arrays from the folder if an earlier call has saved them there."""
    digest = hashlib.sha256(f"{FORMAT} {vocabulary.fingerprint} {next_piece_events}".encode())
    for key, piece in pieces:
        digest.update(repr((key, len(piece.notes), hash(piece.notes), piece.meters)).encode())
    path = folder / f"{label}-{digest.hexdigest()[:16]}.npz"
    if path.is_file():
        return Arrays.load(path)
    arrays = prepare(pieces, vocabulary, next_piece_events=next_piece_events)
    arrays.save(path)
    return arrays
