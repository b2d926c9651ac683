"""Music without a clock: generates pieces as fast as the model can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from musiclstm.engine.offline.finish import finished, with_tempos
from musiclstm.engine.offline.workers import shared
from musiclstm.engine.performer.chord_guide import ChordLine
from musiclstm.engine.performer.ending import CLOSING
from musiclstm.engine.performer.steering import Steering, phrase_of
from musiclstm.engine.performer.swing import swung
from musiclstm.engine.performer.values import LEADER
from musiclstm.errors import MidiFileError
from musiclstm.model.band import open_session
from musiclstm.model.constraints import Constraints
from musiclstm.model.ending import close
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.prime import read_piece
from musiclstm.model.session import Session
from musiclstm.model.together import Task, alone, together
from musiclstm.music import chord_track
from musiclstm.music.chord_symbol import NO_CHORD
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.music.timeline import NOMINAL_TEMPO
from musiclstm.protocol.controls import NO_PLAYER, Value
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
_Place = tuple[float, int, int]
"""The onset of a note in the model's time base, its part and pitch."""


@dataclass(frozen=True, slots=True)
class Request:
    """A piece to generate. prime: music that it starts with and continues; `length` is the part that follows.

    tempo: BPM of all of it; None: the prime's as it changes, going on at its last, or else the model's own.
    controls: values of `protocol.controls` that differ from the model's own. chords: as in `chord_track.read`, leading
    from the first bar that is generated. ends: the music closes of its own at the length, which is then no number of
    events. ritardando, fade: as in `finished`.
    """

    length: Length = Bars(32)
    seed: int = 0
    tempo: float | None = None
    prime: Piece | None = None
    controls: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""
    chords: str = ""
    ends: bool = False
    ritardando: bool = False
    fade: bool = False


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
    steering = _steering(model, request.controls)
    session = open_session(model, request.seed, meters[0])
    session.mix(steering.learnt)
    events = []
    if request.prime and not (events := read_piece(session, request.prime)):
        raise MidiFileError(f"{request.prime.source or request.prime.title} has no notes that {model.title} can play.")
    everyone = frozenset(range(len(vocabulary.parts)))
    first = _lead(steering, session, request.chords) if request.chords else 0.0
    # A file may name a tempo that is none, at which seconds would take for ever.
    constraints = steering.constraints(everyone, (), None)
    begin, (end, left) = session.tick, _end_of(session, request.length, min(tempo, MAX_BPM), ends=request.ends)
    until = end - CLOSING * _bar_of(session) if request.ends else end
    generated, silent = yield from _generated(session, until, left, constraints, steering, goes_on=request.ends)
    if request.ends:
        ending = close(session, round(end), constraints).events
        silent |= _unheard_of(ending, session, steering)
        generated += ending
    else:
        last = begin + sum(event.delta for event in generated)
        if end == inf:
            end = (last // _beat_of(session) + 1) * _beat_of(session)
        generated.append(Event(round(end) - last, Kind.WAIT))
    own = vocabulary.decode([Event(begin, Kind.WAIT), *generated])
    heard = (n for n in own if (n.onset, n.part, n.pitch) not in silent)
    notes = tuple(sorted([*_in_beats(vocabulary.decode(events), metrical=metrical), *_sounding(heard, steering)]))
    piece = Piece(notes, TimeBase.BEATS, meters, tempo, vocabulary.parts, request.title or model.title)
    piece = replace(piece, markers=tuple(_markers(steering, first, piece.length)))
    piece = with_tempos(piece, primed.tempos) if primed and not request.tempo else piece
    return finished(piece, begin / _beat_of(session), ritardando=request.ritardando, fade=request.fade)


def _lead(steering: Steering, session: Session, chords: str) -> float:
    """Lets chords lead from the next bar line on; returns its beat. Raises UsageError for what is no chord."""
    context, metrical = session.context, session.vocabulary.base is TimeBase.BEATS
    beat = session.vocabulary.resolution * (1.0 if metrical else 60 / NOMINAL_TEMPO)
    bar = context.bar_ticks / beat if metrical else 4.0
    begin = context.tick + (-context.position() % context.bar_ticks if metrical else 0)
    steering.beat_of = lambda tick: (tick - begin) / beat
    steering.chords = ChordLine(chord_track.read(chords, bar), bar=bar)
    steering.set(LEADER, NO_PLAYER)
    return begin / beat


def _markers(steering: Steering, begin: float, end: float) -> Iterator[tuple[float, str]]:
    """The name of each chord that leads, at the beat where it begins."""
    at = 0.0
    while steering.chords is not None and begin + at < end - 1e-6:
        place = steering.chords.at(at)
        yield begin + at, NO_CHORD if place.chord is None else place.chord.text
        at = place.end


def _in_beats(notes: Iterable[Note], *, metrical: bool, swing: float = 0.0) -> Iterator[Note]:
    """metrical: they are in beats already, and swing."""
    scale, swing = (1.0, swing) if metrical else (NOMINAL_TEMPO / 60, 0.0)
    for note in notes:
        onset, end = swung(note.onset * scale, swing), swung(note.end * scale, swing)
        yield replace(note, onset=onset, duration=end - onset)


def _sounding(notes: Iterable[Note], steering: Steering) -> Iterator[Note]:
    """The model's notes as they sound: in beats, with swing and velocity scale."""
    metrical = steering.vocabulary.base is TimeBase.BEATS
    for note in _in_beats(notes, metrical=metrical, swing=steering.number("swing")):
        yield replace(note, velocity=steering.velocity(note.part, note.velocity))


def _steering(model: ModelFile, controls: Mapping[str, Value]) -> Steering:
    steering = Steering(model.vocabulary)
    steering.load(model.vocabulary, model.defaults, model.voices, model.players)
    for name, value in controls.items():
        steering.set(name, value)
    return steering


def _end_of(session: Session, length: Length, tempo: float, *, ends: bool) -> tuple[float, int]:
    """The tick at which a piece of this length ends, and how many events it has: inf or -1 where that follows.

    ends: it closes there, so that a number of seconds ends on the nearest bar line, if there are any.
    """
    if isinstance(length, Events):
        return inf, length.number
    context, bar = session.context, _bar_of(session)
    metrical = session.vocabulary.base is TimeBase.BEATS
    first = context.tick + (-context.position() % bar if metrical else 0)
    if isinstance(length, Bars):
        return first + length.number * bar, -1
    end: int = context.tick + round(length.number * tempo / 60 * _beat_of(session))
    if not ends:
        return end, -1
    if metrical:
        end = first + max(1, round((end - first) / bar)) * bar
    # The close of drums is a stroke a bar before the end.
    return end + session.vocabulary.percussive * bar, -1


def _beat_of(session: Session) -> float:
    """Ticks."""
    metrical = session.vocabulary.base is TimeBase.BEATS
    return session.vocabulary.resolution * (1 if metrical else 60 / NOMINAL_TEMPO)


def _bar_of(session: Session) -> int:
    """Ticks; of a model in seconds, four beats."""
    metrical = session.vocabulary.base is TimeBase.BEATS
    return session.context.bar_ticks if metrical else round(4 * _beat_of(session))


def _generated(
    session: Session, end: float, left: int, constraints: Constraints, steering: Steering, *, goes_on: bool
) -> Task[tuple[list[Event], set[_Place]]]:
    """The session's own events before tick `end`, at most `left` if that is not -1.

    And the places of the notes among them that nobody hears. goes_on: the session is then where they end, and not
    beyond.
    """
    events: list[Event] = []
    silent: set[_Place] = set()
    tick = session.tick
    while left and tick < end:
        yield session
        here = session.snapshot() if goes_on else None
        event, surprise = session.draw(constraints)
        if session.tick >= end:
            if here is not None:
                session.restore(here)
            break
        events.append(event)
        silent |= _unheard(event, surprise, session, steering)
        tick = session.tick
        left -= 1
    return events, silent


def _unheard_of(events: Iterable[Event], session: Session, steering: Steering) -> set[_Place]:
    """The places of the notes that nobody hears among events that the session reads."""
    silent: set[_Place] = set()
    for event in events:
        silent |= _unheard(event, session.feed(event), session, steering)
    return silent


def _unheard(event: Event, surprise: float, session: Session, steering: Steering) -> set[_Place]:
    """The place of a note that the session has begun just now, if nobody hears it."""
    if event.kind is not Kind.ON or (
        steering.is_heard(event.part, surprise, phrase_of(session.context)) and not steering.silent(event.part)
    ):
        return set()
    return {(session.tick / session.vocabulary.resolution, event.part, event.pitch)}


def generate_all(model: ModelFile, requests: Sequence[Request]) -> Iterator[Piece]:
    """The piece of each request, in order; several processes share the work if that is faster."""
    return shared(_pieces, model, requests, _AT_ONCE)


def _pieces(model: ModelFile, requests: Sequence[Request]) -> list[Piece]:
    if len({request.controls.get("learnt") for request in requests}) > 1:
        return [generate(model, request) for request in requests]  # sessions of one model share its weights
    return list(together(generation(model, request) for request in requests))
