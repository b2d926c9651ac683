"""play --prime: what is wrong with the music is found before anything plays."""

from __future__ import annotations

from musiclstm.cli.warning import warn
from musiclstm.errors import MidiFileError
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.prime import events_of
from musiclstm.music import midifile
from musiclstm.music.note import TimeBase
from musiclstm.music.parts import assign


def tempo_of(file: str, model_name: str) -> float | None:
    """The tempo in BPM at which a model goes on from a MIDI file; None for a model in seconds, which has its own.

    Raises MidiFileError if the file cannot be read or the model can play nothing of it, ModelError if there is none.
    """
    model = open_with_parent(model_name)
    piece = midifile.read(file, model.vocabulary.base)
    warn({piece.source: piece.warnings})
    if not events_of(model, assign(piece, model.vocabulary)):
        raise MidiFileError(f"{file} has no notes that {model.title} can play.")
    return piece.last_tempo if model.vocabulary.base is TimeBase.BEATS else None
