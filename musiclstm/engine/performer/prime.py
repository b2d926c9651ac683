"""Priming: a MIDI file's notes, from which the session goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from musiclstm.errors import MidiFileError
from musiclstm.model.session import Session

LONGEST = 2_000
"""How many events are read, the last ones of the file: more would be forgotten, and take longer than the horizon."""


def prime(session: Session, file: str) -> Callable[[], None]:
    """Reads a file. Returns a function that moves the session to the end of that music, with nothing sounding.

    Reading takes some 0.2 ms an event and leaves the session as it was, so that what is planned plays on meanwhile.
    Raises MidiFileError.
    """
    # Not needed at start.
    from musiclstm.music import midifile
    from musiclstm.music.parts import assign
    from musiclstm.music.walk import meter_changes, walk

    vocabulary = session.vocabulary
    piece = midifile.read(file, vocabulary.base)
    events = vocabulary.encode(assign(piece, vocabulary))
    if not events:
        raise MidiFileError(f"{file} has no notes in the range of this model's parts.")
    here = session.snapshot()
    session.forget()
    skipped = sum(event.delta for event in events[:-LONGEST])
    begin = session.tick - skipped
    for event, change in walk(events[-LONGEST:], meter_changes(piece, vocabulary), skipped):
        if change is not None:
            session.set_meter(change.meter, begin + change.tick)
        session.read(event)
    primed = session.snapshot()
    session.restore(here)
    return partial(session.restore, primed)
