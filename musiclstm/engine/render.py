"""Music without a clock: what the session plays, as fast as it can, into a piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from musiclstm.engine.controls import Value
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.sampling import Constraints, Draw
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Piece, TimeBase
from musiclstm.music.voices import assign

# Models in seconds count them as beats at this tempo; another tempo plays them faster or slower.
NOMINAL_TEMPO = 120.0


@dataclass(frozen=True, slots=True)
class Bars:
    number: int


@dataclass(frozen=True, slots=True)
class Seconds:
    number: float


@dataclass(frozen=True, slots=True)
class Events:
    """So many of the model's events, waits included; what sounds then ends with the beat."""

    number: int


Length = Bars | Seconds | Events


@dataclass(frozen=True, slots=True)
class Order:
    """What to play. prime: music it begins with and goes on from; `length` is what comes after.

    tempo: quarter notes a minute; None: the prime's, or the model's own.
    controls: values of `engine.controls` that differ from the model's own.
    """

    length: Length = Bars(32)
    seed: int = 0
    tempo: float | None = None
    prime: Piece | None = None
    controls: Mapping[str, Value] | None = None
    title: str = ""


def generate(model: ModelFile, order: Order) -> Piece:
    """Music of the model, in beats, of `model.vocabulary.parts`. The same order gives the same piece.

    Every note ends, at the latest with the piece. Blocks, for some 0.3 ms an event.
    Raises MidiFileError if the prime has no note that the model knows.
    """
    vocabulary = model.vocabulary
    metrical = vocabulary.base is TimeBase.BEATS
    primed = order.prime if metrical else None  # what has beats
    tempo = order.tempo or (primed.tempo if primed else tempo_of(model))
    meters = primed.meters if primed else (Meter(*vocabulary.meters[0]),)
    session = Session(model, order.seed, meters[0])
    events = list(_fed(session, order.prime)) if order.prime else []
    events += _played(session, order.length, tempo, constraints({**model.defaults, **(order.controls or {})}))
    scale = 1 if metrical else NOMINAL_TEMPO / 60
    notes = (replace(n, onset=n.onset * scale, duration=n.duration * scale) for n in vocabulary.decode(events))
    return Piece(tuple(notes), TimeBase.BEATS, meters, tempo, vocabulary.parts, order.title or model.title)


def tempo_of(model: ModelFile) -> float:
    """Quarter notes a minute that suit the model."""
    return float(model.card.get("tempo", NOMINAL_TEMPO))


def constraints(controls: Mapping[str, Any]) -> Constraints:
    """How a session draws under these controls, as far as they matter without a player or a clock."""

    def draw(field: str) -> Draw:
        return Draw(float(controls.get(f"{field}.temperature", 1.0)), float(controls.get(f"{field}.top_p", 1.0)))

    return Constraints(
        time=draw("time"),
        pitch=draw("pitch"),
        velocity=draw("velocity"),
        low=int(controls.get("range.low", 0)),
        high=int(controls.get("range.high", 127)),
        polyphony=controls.get("polyphony"),
        density=float(controls.get("density", 0.0)),
    )


def _fed(session: Session, prime: Piece) -> Iterator[Event]:
    """The prime's events, which the session has read, each in its bar."""
    vocabulary = session.vocabulary
    events = vocabulary.encode(assign(prime, vocabulary))
    if not events:
        raise MidiFileError(f"{prime.title} has no notes that {session.model.title} knows")
    meters = list(zip(vocabulary.quantised_meters(prime), prime.meters, strict=True))
    for event in events:
        while meters and meters[0][0][0] <= session.tick:
            (origin, _, _), meter = meters.pop(0)
            session.set_meter(meter, origin)
        session.feed(event)
        yield event


def _played(session: Session, length: Length, tempo: float, constraints: Constraints) -> Iterator[Event]:
    """The session's own events until the length is full; the last is a wait for the very end."""
    context = session.context
    metrical = session.vocabulary.base is TimeBase.BEATS
    beat = session.vocabulary.resolution * (1 if metrical else 60 / NOMINAL_TEMPO)  # ticks
    left = -1  # events to come, if they are what counts
    if isinstance(length, Bars):
        bar = context.bar_ticks if metrical else round(4 * beat)
        end: float = context.tick + (-context.position() % bar if metrical else 0) + length.number * bar
    elif isinstance(length, Seconds):
        end = context.tick + round(length.number * tempo / 60 * beat)
    else:
        end, left = inf, length.number
    while left:
        before = session.tick
        event = session.generate(constraints).event
        if session.tick >= end:
            break
        yield event
        before = session.tick
        left -= 1
    if end == inf:
        end = (before // beat + 1) * beat
    yield Event(round(end) - before, Kind.WAIT)
