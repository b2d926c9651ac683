"""The process that reads a file for the model to go on from: `python -m musiclstm.engine.live.prime_process`.

A process of its own, because a long file keeps an interpreter busy for seconds, and a sort of all its notes keeps its
lock for a tenth of a second: a key played meanwhile would wait. `Primer` starts it. By stdin comes a tuple of the
arguments of `primed`, by stdout goes its result, or the text of the error.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from musiclstm.engine.supervision.pipe import read_message, write_message
from musiclstm.engine.supervision.processes import own_stdout
from musiclstm.engine.system.priority import no_collection
from musiclstm.errors import MidiFileError, MusicLSTMError
from musiclstm.model.band import open_session
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.prime import Primed, read_piece
from musiclstm.model.snapshot import Snapshot
from musiclstm.music import midifile


def primed(model: Path, file: str, start: Snapshot) -> Primed:
    """Read a file with a session that has forgotten what it was. Raises MusicLSTMError."""
    session = open_session(open_with_parent(model))
    session.restore(start)
    session.forget()
    piece = midifile.read(file, session.vocabulary.base)
    if not read_piece(session, piece):
        raise MidiFileError(f"{file} has no notes in the range of this model's parts.")
    return Primed(session.snapshot(), piece.warnings)


def main() -> None:
    with suppress(AttributeError, OSError):
        os.nice(5)
    out = own_stdout(buffered=True)
    with suppress(EOFError, OSError):  # the engine is gone
        answer: Primed | str
        try:
            with no_collection():
                answer = primed(*read_message(sys.stdin.buffer))
        except MusicLSTMError as error:
            answer = str(error)
        write_message(out, answer)


if __name__ == "__main__":
    main()
