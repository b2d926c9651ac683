"""Priming: a MIDI file's notes, for the memory to go on from."""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.errors import MidiFileError
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music.voices import assign

LONGEST = 2_000
"""Events that are fed, the last ones of the file: more would be forgotten again, and take longer than the horizon."""


def prime(session: Session, file: str) -> Callable[[], None]:
    """Read a file; what is returned empties the session's memory and feeds it (some 0.3 ms an event).

    Raises MidiFileError.
    """
    vocabulary = session.vocabulary
    piece = midifile.read(file, vocabulary.base)
    events = vocabulary.encode(assign(piece, vocabulary))
    if not events:
        raise MidiFileError(f"{file} has no notes that this model knows.")
    meters = list(zip(vocabulary.quantised_meters(piece), piece.meters, strict=True))

    def feed() -> None:
        session.forget()
        begin = session.tick - sum(event.delta for event in events[:-LONGEST])
        waiting = meters.copy()
        for event in events[-LONGEST:]:
            while waiting and begin + waiting[0][0][0] <= session.tick:
                (tick, _, _), meter = waiting.pop(0)
                session.set_meter(meter, begin + tick)
            session.read(event)

    return feed
