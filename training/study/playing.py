"""Playing: music that a model plays, and pieces as it hears them. No torch: it is the instrument that plays."""

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
from musiclstm.music import parts as voices
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes, walk
from training.study import endless
from training.study.distributions import Histogram, Notes

FIELDS = ("time", "pitch", "velocity")
# Enough notes to know a distribution, of a corpus and of play.
MANY, SOME, FEW = 200_000, 12_000, 4_000


@dataclass(frozen=True)
class Heard:
    """A piece in the model's parts and grid. nats: the surprise of each note, with what ended and passed before it."""

    notes: tuple[Note, ...]
    meters: tuple[Meter, ...] = (Meter(),)
    nats: tuple[float, ...] = ()


def hear(pieces: Sequence[tuple[str, Piece]], vocabulary: Vocabulary) -> list[Heard]:
    """Pieces of two notes and more; if there are any of just as many parts as the model has, only those."""
    fitting = [p for _, p in pieces if len({note.part for note in p.notes}) == len(vocabulary.parts)]
    assigned = (voices.assign(piece, vocabulary) for piece in (fitting or [piece for _, piece in pieces]))

    def loudness(velocity: int) -> int:
        return vocabulary.velocity_of(vocabulary.velocity_bin(velocity))

    heard = []
    for piece in assigned:
        notes = vocabulary.decode(vocabulary.encode(piece))
        notes = tuple(replace(note, velocity=loudness(note.velocity)) for note in notes)
        if len(notes) > 1:
            heard.append(Heard(notes, piece.meters or (Meter(),)))
    return heard


def constraints(defaults: Mapping[str, Any]) -> Constraints:
    """What control defaults, such as a model's own, make of how to draw."""
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
) -> Heard:
    """So many notes, or beats or seconds, from an empty memory."""
    how = how or constraints(model.defaults)
    meter = meter and replace(meter, onset=0.0)
    session = Session(model, seed, meter)
    events: list[Event] = []
    nats: list[float] = []
    cost = 0.0
    end = length * model.vocabulary.resolution if length is not None else float("inf")
    while (notes is None or len(nats) < notes) and session.tick < end:
        generated = session.generate(how)
        events.append(generated.event)
        cost += generated.surprise
        if generated.event.kind is Kind.ON:
            nats.append(cost)
            cost = 0.0
    return Heard(model.vocabulary.decode(events), (meter or Meter(*model.vocabulary.meters[0]),), tuple(nats))


def surprised(model: ModelFile, heard: Heard) -> Heard:
    """With the surprise of each note, from an empty memory."""
    v = model.vocabulary
    piece = Piece(heard.notes, v.base, heard.meters, parts=v.parts)
    first, *changes = meter_changes(piece, v)
    session = Session(model, meter=first.meter, origin=first.tick)
    nats: list[float] = []
    cost = 0.0
    for event, change in walk(v.encode(piece), changes):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        cost += session.feed(event)
        if event.kind is Kind.ON:
            nats.append(cost)
            cost = 0.0
    return replace(heard, nats=tuple(nats))


def enough(pieces: Sequence[Heard], notes: int, rng: np.random.Generator) -> list[Heard]:
    """Some of the pieces, at random, until they have so many notes; at least two."""
    found: list[Heard] = []
    for index in rng.permutation(len(pieces)).tolist():
        if len(found) < 2 or sum(len(each.notes) for each in found) < notes:
            found.append(pieces[index])
    return found


def notes_of(pieces: Iterable[Heard]) -> list[Notes]:
    return [piece.notes for piece in pieces]


def surprise(pieces: Iterable[Heard]) -> Histogram:
    """How many notes were how surprising, in quarters of a nat."""
    return Counter(min(60, int(4 * nats)) for piece in pieces for nats in piece.nats)


def nats_per_note(pieces: Sequence[Heard]) -> float:
    return float(np.mean([nats for piece in pieces for nats in piece.nats]))


def minute_of(model: ModelFile) -> float:
    """Its length in beats, at the tempo of the music, or in seconds."""
    return float(model.card.get("tempo", 120)) if model.vocabulary.base is TimeBase.BEATS else 60.0


def hour(model: ModelFile, seed: int, how: Constraints, minutes: int) -> endless.Hour:
    """Endless play of so many minutes, as `endless.compare` takes it."""
    minute = minute_of(model)
    return endless.listen(play(model, seed, how, length=minutes * minute).notes, model.vocabulary, minute, minutes)
