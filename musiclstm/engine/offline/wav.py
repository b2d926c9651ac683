"""Pieces -> WAV files, with the built-in synth and no sound card."""

from __future__ import annotations

import wave
from pathlib import Path

from musiclstm.engine.ports.synth import RATE, Synth
from musiclstm.errors import PortError
from musiclstm.files import replacing
from musiclstm.music import midi_message
from musiclstm.music.note import Piece

_TAIL = 2.0  # seconds for the last notes to fade
_CHUNK = 1 << 16  # frames


def check() -> None:
    """Raises PortError, with what to install, if there is no synth."""
    Synth().close()


def write(path: Path, piece: Piece) -> None:
    """Write the piece as 16-bit stereo, atomically. Blocks for about a tenth of the music's length.

    Raises PortError if there is no synth or the file cannot be written.
    """
    try:
        with replacing(path) as raw, wave.open(raw) as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            _render(file, piece)
    except OSError as error:
        raise PortError(f"{path} cannot be written: {error.strerror}") from error


def _render(file: wave.Wave_write, piece: Piece) -> None:
    clock = piece.clock()
    timed = [(0.0, 0, midi_message.program_change(part.channel, part.program)) for part in piece.parts]
    for note in piece.notes:
        channel = piece.parts[note.part].channel
        timed.append((clock(note.onset), 2, midi_message.note_on(channel, note.pitch, note.velocity)))
        timed.append((clock(note.end), 1, midi_message.note_off(channel, note.pitch, 64)))
    synth = Synth()
    try:
        done = 0
        for time, _, message in [*sorted(timed), (clock(piece.length) + _TAIL, 3, b"")]:
            left = round(time * RATE) - done
            done += left
            while left > 0:
                frames = min(left, _CHUNK)
                file.writeframes(synth.samples(frames).tobytes())
                left -= frames
            if message:
                synth.play(message)
    finally:
        synth.close()
