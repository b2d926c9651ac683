"""Music without a clock: generates pieces as fast as the model can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from musiclstm.engine.offline.workers import shared
from musiclstm.engine.performer.steering import Steering, phrase_of, swung
from musiclstm.errors import MidiFileError
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.model.together import Task, alone, together
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.music.timeline import NOMINAL_TEMPO
from musiclstm.protocol.controls import Value
from musiclstm.protocol.limits import MAX_BPM

# Pieces that a process generates at once: with more, an event takes no less time, and the first one is ready later.
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Bars:
    number: int


@dataclass(frozen=True, slots=True)
class Seconds:
    number: float


@dataclass(frozen=True, slots=True)
class Events:
    """A number of the model's events, waits included; notes still sounding end with the beat."""

    number: int


Length = Bars | Seconds | Events


@dataclass(frozen=True, slots=True)
class Request:
    """A piece to generate. prime: music that it starts with and continues; `length` is the part that follows.

    tempo: BPM of all of it; None: the prime's as it changes, going on at its last, or else the model's own.
    controls: values of `protocol.controls` that differ from the model's own.
    """

    length: Length = Bars(32)
    seed: int = 0
    tempo: float | None = None
    prime: Piece | None = None
    controls: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""


def generate(model: ModelFile, request: Request) -> Piece:
    """A piece in beats, for `model.vocabulary.parts`. The same request gives the same piece.

    Every note ends, at the latest with the piece. Blocks, for about 0.1 ms per event, and a second for a long prime.
    Raises MidiFileError if the prime has no note for the model, UsageError for an unknown control.
    """
    return alone(generation(model, request))


def generation(model: ModelFile, request: Request) -> Task[Piece]:
    """`generate` as a task among others."""
    vocabulary = model.vocabulary
    metrical = vocabulary.base is TimeBase.BEATS
    primed = request.prime if metrical else None  # None for a model in seconds
    tempo = request.tempo or (primed.last_tempo if primed else model.tempo)
    meters = primed.meters if primed else (Meter(*vocabulary.meters[0]),)
    session = Session(model, request.seed, meters[0])
    events = []
    if request.prime and not (events := read_piece(session, request.prime)):
        raise MidiFileError(f"{request.prime.source or request.prime.title} has no notes that {model.title} can play.")
    steering = _steering(model, request.controls)
    everyone = frozenset(range(len(vocabulary.parts)))
    # A file may name a tempo that is none, at which seconds would take for ever.
    constraints = steering.constraints(everyone, (), None)
    generated, silent = yield from _generated(session, request.length, min(tempo, MAX_BPM), constraints, steering)
    heard = (n for n in vocabulary.decode(events + generated) if (n.onset, n.part, n.pitch) not in silent)
    notes = tuple(_sounding(heard, steering))
    piece = Piece(notes, TimeBase.BEATS, meters, tempo, vocabulary.parts, request.title or model.title)
    return _with_tempos(piece, primed.tempos) if primed and not request.tempo else piece


def _with_tempos(piece: Piece, tempos: tuple[tuple[float, float], ...]) -> Piece:
    """The piece with a tempo map, if it is not empty."""
    mapped = replace(piece, tempos=tempos)
    return replace(mapped, tempo=round(60 * mapped.length / mapped.clock()(mapped.length), 2)) if tempos else piece


def _sounding(notes: Iterable[Note], steering: Steering) -> Iterator[Note]:
    """The model's notes as they sound: in beats, with swing and velocity scale."""
    metrical = steering.vocabulary.base is TimeBase.BEATS
    scale, swing = (1.0, steering.number("swing")) if metrical else (NOMINAL_TEMPO / 60, 0.0)
    for note in notes:
        onset, end = swung(note.onset * scale, swing), swung(note.end * scale, swing)
        yield Note(onset, end - onset, note.pitch, steering.velocity(note.velocity), note.part)


def _steering(model: ModelFile, controls: Mapping[str, Value]) -> Steering:
    steering = Steering(model.vocabulary)
    steering.load(model.vocabulary, model.defaults, model.voices)
    for name, value in controls.items():
        steering.set(name, value)
    return steering


def _generated(
    session: Session, length: Length, tempo: float, constraints: Constraints, steering: Steering
) -> Task[tuple[list[Event], set[tuple[float, int, int]]]]:
    """The session's own events up to the length; the last one is a wait to the end.

    And the (onset, part, pitch) of the notes among them that nobody hears.
    """
    context = session.context
    metrical = session.vocabulary.base is TimeBase.BEATS
    beat = session.vocabulary.resolution * (1 if metrical else 60 / NOMINAL_TEMPO)  # ticks
    left = -1  # events to come, if the length is in events
    if isinstance(length, Bars):
        bar = context.bar_ticks if metrical else round(4 * beat)
        end: float = context.tick + (-context.position() % bar if metrical else 0) + length.number * bar
    elif isinstance(length, Seconds):
        end = context.tick + round(length.number * tempo / 60 * beat)
    else:
        end, left = inf, length.number
    events, before = [], session.tick
    silent: set[tuple[float, int, int]] = set()
    while left:
        yield session
        event, surprise = session.draw(constraints)
        if session.tick >= end:
            break
        events.append(event)
        if event.kind is Kind.ON and not (
            steering.is_heard(surprise, phrase_of(session.context)) and not steering.silent(event.part)
        ):
            silent.add((session.tick / session.vocabulary.resolution, event.part, event.pitch))
        before = session.tick
        left -= 1
    if end == inf:
        end = (before // beat + 1) * beat
    return [*events, Event(round(end) - before, Kind.WAIT)], silent


def generate_all(model: ModelFile, requests: Sequence[Request]) -> Iterator[Piece]:
    """The piece of each request, in order; several processes share the work if that is faster."""
    return shared(_pieces, model, requests, _AT_ONCE)


def _pieces(model: ModelFile, requests: Sequence[Request]) -> list[Piece]:
    return list(together(generation(model, request) for request in requests))
