"""Playing: music that a model generates, and pieces quantised and scored by it. No torch: the instrument plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.sampling import FieldSampling
from musiclstm.model.session import Session
from musiclstm.model.together import Task, alone
from musiclstm.music import parts as voices
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes, walk
from training.study import endless
from training.study.distributions import Histogram, Notes

FIELDS = ("time", "pitch", "velocity")
# Notes that are enough for the distributions of a corpus, of play, and of one setting.
MANY, SOME, FEW = 200_000, 12_000, 4_000


@dataclass(frozen=True)
class ScoredPiece:
    """A piece in the model's parts and grid. nats: for each note the surprise of all events since the note before."""

    notes: tuple[Note, ...]
    meters: tuple[Meter, ...] = (Meter(),)
    nats: tuple[float, ...] = ()


def quantise(pieces: Sequence[Piece], vocabulary: Vocabulary) -> list[ScoredPiece]:
    """Pieces in the model's parts and grid, with at least two notes; only those with its number of parts, if any."""
    fitting = [p for p in pieces if len({note.part for note in p.notes}) == len(vocabulary.parts)]
    assigned = (voices.assign(piece, vocabulary) for piece in (fitting or pieces))

    def quantised_velocity(velocity: int) -> int:
        return vocabulary.velocity_of(vocabulary.velocity_bin(velocity))

    found = []
    for piece in assigned:
        notes = vocabulary.decode(vocabulary.encode(piece))
        notes = tuple(replace(note, velocity=quantised_velocity(note.velocity)) for note in notes)
        if len(notes) > 1:
            found.append(ScoredPiece(notes, piece.meters or (Meter(),)))
    return found


def constraints(defaults: Mapping[str, Any]) -> Constraints:
    """The constraints for control defaults, such as a model's own."""
    time, pitch, velocity = (
        FieldSampling(defaults.get(f"{name}.temperature", 1.0), defaults.get(f"{name}.top_p", 1.0)) for name in FIELDS
    )
    return Constraints(time, pitch, velocity, polyphony=defaults.get("polyphony"))


def play(
    model: ModelFile,
    seed: int,
    how: Constraints | None = None,
    *,
    notes: int | None = None,
    length: float | None = None,
    meter: Meter | None = None,
) -> ScoredPiece:
    """Generate so many notes, or beats or seconds, from an empty state."""
    return alone(playing(model, seed, how, notes=notes, length=length, meter=meter))


def playing(
    model: ModelFile,
    seed: int,
    how: Constraints | None = None,
    *,
    notes: int | None = None,
    length: float | None = None,
    meter: Meter | None = None,
) -> Task[ScoredPiece]:
    """`play` as a task, for `together`."""
    how = how or constraints(model.defaults)
    meter = meter and replace(meter, onset=0.0)
    session = Session(model, seed, meter)
    events: list[Event] = []
    nats: list[float] = []
    cost = 0.0
    end = length * model.vocabulary.resolution if length is not None else float("inf")
    while (notes is None or len(nats) < notes) and session.tick < end:
        yield session
        event, nats_of_event = session.draw(how)
        events.append(event)
        cost += nats_of_event
        if event.kind is Kind.ON:
            nats.append(cost)
            cost = 0.0
    return ScoredPiece(model.vocabulary.decode(events), (meter or Meter(*model.vocabulary.meters[0]),), tuple(nats))


def scoring(model: ModelFile, piece: ScoredPiece) -> Task[ScoredPiece]:
    """The piece with the surprise of each note, from an empty state; a task for `together`."""
    v = model.vocabulary
    as_piece = Piece(piece.notes, v.base, piece.meters, parts=v.parts)
    first, *changes = meter_changes(as_piece, v)
    session = Session(model, meter=first.meter, origin=first.tick)
    nats: list[float] = []
    cost = 0.0
    for event, change in walk(v.encode(as_piece), changes):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        yield session
        cost += session.feed(event)
        if event.kind is Kind.ON:
            nats.append(cost)
            cost = 0.0
    return replace(piece, nats=tuple(nats))


def sample_notes(pieces: Sequence[ScoredPiece], notes: int, rng: np.random.Generator) -> list[ScoredPiece]:
    """Random pieces that have at least so many notes together; at least two pieces."""
    found: list[ScoredPiece] = []
    for index in rng.permutation(len(pieces)).tolist():
        if len(found) < 2 or sum(len(each.notes) for each in found) < notes:
            found.append(pieces[index])
    return found


def notes_of(pieces: Iterable[ScoredPiece]) -> list[Notes]:
    return [piece.notes for piece in pieces]


def surprise(pieces: Iterable[ScoredPiece]) -> Histogram:
    """Histogram of the surprise of notes, in quarters of a nat."""
    return Counter(min(60, int(4 * nats)) for piece in pieces for nats in piece.nats)


def nats_per_note(pieces: Sequence[ScoredPiece]) -> float:
    return float(np.mean([nats for piece in pieces for nats in piece.nats]))


def minute_length(model: ModelFile) -> float:
    """Length of a minute in beats at the model's tempo, or in seconds."""
    return float(model.card.get("tempo", 120)) if model.vocabulary.base is TimeBase.BEATS else 60.0


def hour(model: ModelFile, seed: int, how: Constraints, minutes: int) -> endless.Hour:
    """Endless play for so many minutes, measured for `endless.compare`."""
    minute = minute_length(model)
    return endless.measure(play(model, seed, how, length=minutes * minute).notes, model.vocabulary, minute, minutes)
