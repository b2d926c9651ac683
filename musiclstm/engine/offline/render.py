"""Music without a clock: what the session plays, as fast as it can, into a piece."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import inf
from pathlib import Path

from musiclstm.engine.performer.steering import Steering, swung
from musiclstm.engine.system.threads import one_thread_each
from musiclstm.errors import MidiFileError
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Meter, Note, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.timeline import NOMINAL_TEMPO
from musiclstm.music.walk import meter_changes, walk
from musiclstm.protocol.controls import Value

# From so many pieces on it is quicker to start more processes.
_MANY = 4


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
    controls: values of `protocol.controls` that differ from the model's own.
    """

    length: Length = Bars(32)
    seed: int = 0
    tempo: float | None = None
    prime: Piece | None = None
    controls: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""


def generate(model: ModelFile, order: Order) -> Piece:
    """Music of the model, in beats, of `model.vocabulary.parts`. The same order gives the same piece.

    Every note ends, at the latest with the piece. Blocks, for some 0.3 ms an event.
    Raises MidiFileError if the prime has no note that the model knows, UsageError for a control that is none.
    """
    vocabulary = model.vocabulary
    metrical = vocabulary.base is TimeBase.BEATS
    primed = order.prime if metrical else None  # what has beats
    tempo = order.tempo or (primed.tempo if primed else model.tempo)
    meters = primed.meters if primed else (Meter(*vocabulary.meters[0]),)
    session = Session(model, order.seed, meters[0])
    events = list(_fed(session, order.prime)) if order.prime else []
    steering = _steering(model, order.controls)
    everyone = frozenset(range(len(vocabulary.parts)))
    events += _played(session, order.length, tempo, steering.constraints(everyone, (), None))
    notes = tuple(_heard(note, steering) for note in vocabulary.decode(events))
    return Piece(notes, TimeBase.BEATS, meters, tempo, vocabulary.parts, order.title or model.title)


def _heard(note: Note, steering: Steering) -> Note:
    """A note of the model as it sounds, in beats."""
    metrical = steering.vocabulary.base is TimeBase.BEATS
    scale, swing = (1.0, steering.number("swing")) if metrical else (NOMINAL_TEMPO / 60, 0.0)
    onset, end = (swung(time * scale, swing) for time in (note.onset, note.end))
    return replace(note, onset=onset, duration=end - onset, velocity=steering.velocity(note.velocity))


def _steering(model: ModelFile, controls: Mapping[str, Value]) -> Steering:
    steering = Steering(model.vocabulary)
    steering.load(model.vocabulary, model.defaults)
    for name, value in controls.items():
        steering.set(name, value)
    return steering


def _fed(session: Session, prime: Piece) -> Iterator[Event]:
    """The prime's events, which the session has read, each in its bar."""
    vocabulary = session.vocabulary
    events = vocabulary.encode(assign(prime, vocabulary))
    if not events:
        raise MidiFileError(f"{prime.title} has no notes that {session.model.title} knows")
    for event, change in walk(events, meter_changes(prime, vocabulary), session.tick):
        if change is not None:
            session.set_meter(change.meter, change.tick)
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


def generate_all(model: ModelFile, orders: Sequence[Order]) -> Iterator[Piece]:
    """The piece of each order, in order; several processes share the work where it is worth starting them."""
    workers = min(len(orders), os.cpu_count() or 1)
    if workers < 2 or len(orders) < _MANY:
        for order in orders:
            yield generate(model, order)
        return
    # Started afresh, not forked: ONNX Runtime has threads. Ctrl-C reaches every process of a terminal; these leave it
    # to the one that waits for them, which ends them.
    start = multiprocessing.get_context("spawn")
    with _ctrl_c_held_back(), one_thread_each():
        pool = start.Pool(workers, _start_worker)
    with pool:
        yield from pool.imap(_generate_one, [(model.path, order) for order in orders])


def _start_worker() -> None:
    """Ctrl-C is not for it; and it ends with its parent, also where that was killed in the middle of a long piece."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Processes started meanwhile never hear it, not even before they can say that they ignore it; we do, later."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@lru_cache(maxsize=1)
def _opened(path: Path) -> ModelFile:
    return open_model(path)


def _generate_one(job: tuple[Path, Order]) -> Piece:
    path, order = job
    return generate(_opened(path), order)
