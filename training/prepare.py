"""Prepare: pieces -> compact arrays, once, kept on disk."""

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
from musiclstm.model.context import RECENT, SPANS, Context
from musiclstm.model.features import BAR, ECHO_GROUPS, Features
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes, walk

# Changes whenever the arrays do.
FORMAT = 16


@dataclass(frozen=True)
class Arrays:
    """Pieces one after another; N events in all.

    fields: (N, 4) int16, indices of `Features`. place, place_before: (N, n) int16, `Features.place` at the event
    and at the one before. held: (N, parts, 16) uint8, a bit for each MIDI pitch that sounds before the event, little
    end first. echo: (N, echoes, 5) int16, what `Features.echo` says before the event; tune: (N, 5)
    int16, its last once the part is chosen (`Features.of_part`). touch: (N, n) int16, `Features.touch` of an ON.
    classes: (N, spans, 12) float16, `Context.classes` at the event. recent: (N, parts, RECENT) uint8,
    `Context.recent` before the event. starts: (pieces + 1,)
    int64. notes: (pieces,) int64. span: (pieces, 2) int16, lowest and highest pitch that can be transposed (0, 127
    swapped where none can). keys: what the pieces are called.
    """

    fields: NDArray[np.int16]
    place: NDArray[np.int16]
    place_before: NDArray[np.int16]
    held: NDArray[np.uint8]
    echo: NDArray[np.int16]
    tune: NDArray[np.int16]
    touch: NDArray[np.int16]
    classes: NDArray[np.float16]
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


COLUMNS = ("fields", "place", "place_before", "held", "echo", "tune", "touch", "classes", "recent")
KINDS = (np.int16, np.int16, np.int16, np.uint8, np.int16, np.int16, np.int16, np.float16, np.uint8)
NAMES = (*COLUMNS, "starts", "notes", "span")


def prepare(pieces: Sequence[tuple[str, Piece]], vocabulary: Vocabulary, *, encore: int = 0) -> Arrays:
    """Arrays of (key, piece); the pieces' parts must be the vocabulary's. Pieces without events are left out."""
    streams = ((key, piece, vocabulary.encode(piece)) for key, piece in pieces)
    return arrays_of([stream for stream in streams if stream[2]], vocabulary, encore=encore)


def arrays_of(streams: Sequence[tuple[str, Piece, list[Event]]], vocabulary: Vocabulary, *, encore: int = 0) -> Arrays:
    """Arrays of (key, piece, its events). encore: see `training.recipes.Recipe`."""
    features = Features(vocabulary)
    columns: list[dict[str, NDArray[Any]]] = [columns_of([], features)]
    played = vocabulary.base is TimeBase.SECONDS or vocabulary.percussive
    for index, (_, piece, events) in enumerate(streams):
        then = streams[(index + played) % len(streams)][-1]
        walked = contexts(followed(events, piece, vocabulary, then[:encore]), piece, vocabulary)
        columns.append(columns_of(walked, features))
    return Arrays(
        **{name: np.concatenate([each[name] for each in columns]) for name in columns[0]},
        starts=np.cumsum([len(each["fields"]) for each in columns]),
        notes=np.array([sum(event.kind is Kind.ON for event in events) for *_, events in streams], dtype=np.int64),
        span=np.array([span_of(events, vocabulary) for *_, events in streams], dtype=np.int16).reshape(-1, 2),
        keys=tuple(key for key, *_ in streams),
    )


def columns_of(walked: Iterable[tuple[Context, Context, Event]], features: Features) -> dict[str, NDArray[Any]]:
    """Of the events of one piece: the arrays of `Arrays` that have a row for each event."""
    v = features.vocabulary
    silent = (v.velocities,) * len(features.touches)
    fields, place, before, held, echo, tune, touch, classes, recent = rows = tuple[list[Any], ...]([] for _ in range(9))
    for before_it, context, event in walked:
        fields.append(features.fields(event))
        before.append(features.place(before_it))
        place.append(features.place(context, event.delta))
        held.append(b"".join(mask.to_bytes(16, "little") for mask in context.held))
        echo.append(features.echo(before_it))
        tune.append(features.of_part(echo[-1], context, event.part)[-1])
        begins = event.kind is Kind.ON
        touch.append(features.touch(context, event.delta, event.part, event.pitch - v.low) if begins else silent)
        classes.append(context.classes_after(event.delta))
        recent.append(tuple(context.recent))
    held[:] = [np.frombuffer(b"".join(held), dtype=np.uint8)]
    parts, spans = len(v.parts), len(SPANS)
    places, echoes = (len(BAR) + len(features.moments),), (len(ECHO_GROUPS), 5)
    shapes = (4,), places, places, (parts, 16), echoes, (5,), (len(features.touches),), (spans, 12), (parts, RECENT)
    return {
        name: np.array(row, dtype=kind).reshape(-1, *shape)
        for name, row, shape, kind in zip(COLUMNS, rows, shapes, KINDS, strict=True)
    }


def span_of(events: Iterable[Event], vocabulary: Vocabulary) -> tuple[int, int]:
    pitches = [e.pitch for e in events if e.kind is Kind.ON and not vocabulary.parts[e.part].percussive]
    return (min(pitches), max(pitches)) if pitches else (127, 0)


def contexts(events: Iterable[Event], piece: Piece, vocabulary: Vocabulary) -> Iterable[tuple[Context, Context, Event]]:
    """Each event with the context that the one before left, and the same in the meter that holds by now."""
    first, *changes = meter_changes(piece, vocabulary)
    context = Context.start(vocabulary).with_meter(first.tick, first.bar_ticks, first.index)
    for event, change in walk(events, changes):
        before = context
        if change is not None:
            context = context.with_meter(change.tick, change.bar_ticks, change.index)
        yield before, context, event
        context = context.after(event)


def followed(events: list[Event], piece: Piece, vocabulary: Vocabulary, opening: list[Event]) -> list[Event]:
    """The events, then an opening, where the bar next stands as it did at the beginning; in seconds, a second later."""
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
            gap = bar  # a last stroke on the bar line is not struck together with the first
    delta = gap + opening[0].delta
    longest = vocabulary.max_delta
    waits = [Event(longest, Kind.WAIT)] * (delta // longest)
    if opening[0].kind is Kind.WAIT:
        return [*events, *waits, *opening]
    return [*events, *waits, replace(opening[0], delta=delta % longest), *opening[1:]]


def cached(
    folder: Path, label: str, pieces: Sequence[tuple[str, Piece]], vocabulary: Vocabulary, *, encore: int = 0
) -> Arrays:
    """As `prepare`, from the folder where it has been done before."""
    digest = hashlib.sha256(f"{FORMAT} {vocabulary.fingerprint} {encore}".encode())
    for key, piece in pieces:
        digest.update(repr((key, len(piece.notes), hash(piece.notes), piece.meters)).encode())
    path = folder / f"{label}-{digest.hexdigest()[:16]}.npz"
    if path.is_file():
        return Arrays.load(path)
    arrays = prepare(pieces, vocabulary, encore=encore)
    arrays.save(path)
    return arrays
