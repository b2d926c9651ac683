"""Prime: a session reads a piece, and goes on from its end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from musiclstm.model.modelfile import ModelFile
from musiclstm.model.session import Session
from musiclstm.model.snapshot import Snapshot
from musiclstm.music.event import Event
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.music.walk import change_at, meter_changes, walk

READ = 4_096
"""How many events of a piece the LSTM reads, its last ones. Earlier events change the probabilities of the next
event by less than the rounding of quantised weights does (measured, see `tests/benchmarks/fading.py`). The context, and
so the echoes, follow from the whole piece."""


@dataclass(frozen=True)
class Primed:
    """A session at the end of a file, and what had to be guessed in reading the file."""

    snapshot: Snapshot
    warnings: tuple[str, ...]


def events_of(model: ModelFile, piece: Piece) -> list[Event]:
    """The events of a piece in the model's parts; for a band, of the notes that each player can play, on its grid."""
    if model.members:
        notes = (_on_grid(note, model) for note in piece.notes if can_play(model, note))
        piece = replace(piece, notes=tuple(notes))
    return model.vocabulary.encode(piece)


def can_play(model: ModelFile, note: Note) -> bool:
    """Whether the pitch of a note in the model's parts is one that the part may have."""
    vocabulary = model.vocabularies[note.part]
    return vocabulary.low <= note.pitch <= vocabulary.high


def _on_grid(note: Note, model: ModelFile) -> Note:
    """The note on its player's grid, at least one of its ticks long."""
    resolution = model.vocabularies[note.part].resolution
    onset, end = round(note.onset * resolution), round(note.end * resolution)
    return replace(note, onset=onset / resolution, duration=max(1, end - onset) / resolution)


def read_piece(session: Session, piece: Piece) -> list[Event]:
    """The session, in which nothing has happened yet, reads a piece that begins now.

    Returns the piece's events: none if the model's parts can play nothing of it. Takes at most a fifth of a second for
    the LSTM, and some 2 µs for each note.
    """
    vocabulary = session.vocabulary
    events = events_of(session.model, assign(piece, vocabulary))
    begin = session.tick
    early, late = events[:-READ], events[-READ:]
    if early:
        session.skip(early)
    changes = meter_changes(piece, vocabulary)
    for event, change in walk(late, changes, sum(event.delta for event in early)):
        if change is not None:
            session.set_meter(change.meter, begin + change.tick)
        session.read(event)
    # The last note may last beyond a bar line where the meter changes.
    if vocabulary.base is TimeBase.BEATS and (change := change_at(changes, session.tick - begin)) is not None:
        session.set_meter(change.meter, begin + change.tick)
    return events
