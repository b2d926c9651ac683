"""Pieces <-> Standard MIDI Files: `read` (or `parse`, from bytes) and `write`.

Every problem with a file is a MidiFileError: one line that names the file and the cause.
"""

from __future__ import annotations

import os
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import numpy as np

from musiclstm.errors import MidiFileError, reason
from musiclstm.files import write_atomic
from musiclstm.music import midi_message, smf
from musiclstm.music.columns import NoteColumns, notes_of, order_of
from musiclstm.music.midi_notes import PERCUSSION_CHANNEL, Spans, channel_of, controls_of, spans_of, sustain
from musiclstm.music.note import Meter, Part, Piece, TimeBase
from musiclstm.music.pedalling import pedalled
from musiclstm.music.tempo_map import Clock, beats_of, meters_of, seconds_of, tempo_of, tempos_of

TICKS_PER_QUARTER = 480
Span = tuple[int, int, int]
"""(start, end, velocity) of a note, in ticks."""
Move = tuple[float, bytes]
"""When, in the piece's time base (or ticks), a pedal, wheel or knob sent a channel message, on whichever channel."""
_LARGEST = 64 << 20  # bytes; the largest file of all the corpora tried has less than one MiB
# Beats or seconds. A damaged time can put a note centuries away, and a pause costs memory by its length.
_LONGEST = 24 * 3600


def read(path: str | os.PathLike[str], base: TimeBase = TimeBase.BEATS) -> Piece:
    """Read the music of a Standard MIDI File, as `parse` does. Raises MidiFileError, also if there is no such file."""
    path = Path(path)
    return parse(content(path), path, base)


def read_columns(path: str | os.PathLike[str], base: TimeBase = TimeBase.BEATS) -> tuple[Piece, NoteColumns]:
    """Like `read`, but fast, for a corpus: the piece without its notes, and these as arrays, in order."""
    path = Path(path)
    return _parse(content(path), path, base)


def parse(content: bytes, path: str | os.PathLike[str], base: TimeBase = TimeBase.BEATS) -> Piece:
    """The music of a Standard MIDI File of format 0 or 1, or 2 with one pattern.

    Beats: onsets in quarter notes, as written. Seconds: the tempo map is applied, and the sustain pedal (CC 64, for
    its whole channel) holds notes until it is lifted or the same key is struck again. One part for each track, channel
    (of a port) and program with notes; channel 10 is percussive. What follows the last note does not count.
    path: names it in errors, and is its title if it has none. What was guessed is in the piece's `warnings`.
    Raises MidiFileError if it is not a MIDI file, or has no notes.
    """
    piece, columns = _parse(content, Path(path), base)
    return replace(piece, notes=tuple(notes_of(columns)))


def _parse(content: bytes, path: Path, base: TimeBase) -> tuple[Piece, NoteColumns]:
    try:
        file = smf.parse(content)
    except smf.DamagedError as error:
        raise MidiFileError(f"{path} is not a MIDI file that can be read: {error}") from None
    controls = controls_of(file, pedal=base is TimeBase.SECONDS)
    spans = spans_of(file, controls)
    if not spans.voices:
        why = f" that can be read: {file.warnings[0]}" if file.warnings else ""
        raise MidiFileError(f"{path} has no notes{why}")
    if base is TimeBase.SECONDS:
        clock = seconds_of(file)
        spans = sustain(spans, controls, file)
    else:
        clock = beats_of(file)
    end = int(spans.end.max())
    if clock(np.array([end]))[0] > _LONGEST:
        raise MidiFileError(f"{path} is not a MIDI file that can be read: it lasts longer than a day")
    # The first track's name is the title, unless the track has notes: then it names an instrument.
    first = file.tracks[0].name
    titled = first and not any(track == 0 for track, _, _ in spans.voices)
    piece = Piece(
        notes=(),
        base=base,
        meters=meters_of(file, end),
        tempo=tempo_of(file, end),
        parts=tuple(_parts(file, spans)),
        title=first if titled else path.stem,
        tempos=tempos_of(file, end) if base is TimeBase.BEATS else (),
        source=str(path),
        warnings=tuple(file.warnings),
    )
    return piece, _columns(spans, clock)


def _columns(spans: Spans, clock: Clock) -> NoteColumns:
    """In order."""
    # Later ticks are later times, also as floating-point numbers: no tick of a piece this long is too short for them.
    order = order_of(spans.start, spans.end - spans.start, spans.pitch, spans.velocity, spans.voice)
    onsets = clock(spans.start)
    times = np.stack((onsets, clock(spans.end) - onsets))
    values = np.stack((spans.pitch, spans.velocity, spans.voice))
    return NoteColumns(times.take(order, axis=1), values.take(order, axis=1))


def _parts(file: smf.File, spans: Spans) -> Iterator[Part]:
    numbers: dict[tuple[int, int], int] = {}
    low, high = np.full(len(spans.voices), 127), np.zeros(len(spans.voices), dtype=np.int64)
    np.minimum.at(low, spans.voice, spans.pitch)
    np.maximum.at(high, spans.voice, spans.pitch)
    for (index, line, program), lowest, highest in zip(spans.voices, low.tolist(), high.tolist(), strict=True):
        # Several programs of one player have one name.
        number = numbers.setdefault((index, line), len(numbers) + 1)
        name = file.tracks[index].name or f"Part {number}"
        channel = channel_of(line)
        yield Part(name, program, channel, lowest, highest, channel == PERCUSSION_CHANNEL)


def write(
    path: str | os.PathLike[str],
    piece: Piece,
    tempos: Sequence[tuple[float, float]] = (),
    *,
    length: float = 0.0,
    pedal: bool = False,
    controls: Mapping[int, Sequence[Move]] = MappingProxyType({}),
) -> None:
    """Write a Standard MIDI File that any notation program or sequencer opens, atomically.

    Format 1, 480 ticks per quarter note: a track with title, tempo and time signatures, then one for each part with
    its name, program and notes. The same piece gives the same bytes. tempos: (beat, BPM) where the tempo changes,
    besides the piece's own. length: the file lasts at least so long, in the piece's time base, silent at its end. A
    piece in seconds keeps its seconds, at its one tempo. pedal: keys come up early and the sustain pedal (CC 64) holds
    the notes, in parts that have their channel to themselves (`pedalling`). controls: a part's number -> its moves.
    Raises MidiFileError if it cannot be written.
    """
    path = Path(path)
    try:
        write_atomic(path, smf.serialise(_file_of(piece, tempos, length, pedal=pedal, controls=controls)))
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{path} cannot be written: {reason(error)}") from error


def markers(path: str | os.PathLike[str]) -> list[tuple[float, str]]:
    """(beat, text) of the markers and texts of a file, in order. Raises MidiFileError if it cannot be read."""
    path = Path(path)
    try:
        file = smf.parse(content(path))
    except smf.DamagedError as error:
        raise MidiFileError(f"{path} is not a MIDI file that can be read: {error}") from None
    beats = beats_of(file)(np.array([tick for tick, _ in file.markers], dtype=np.int64))
    return sorted(
        zip(beats.tolist(), (text.strip() for _, text in file.markers), strict=True), key=lambda mark: mark[0]
    )


def content(path: Path) -> bytes:
    """The bytes of what may be a MIDI file. Raises MidiFileError for anything else, such as a file too large."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path} is a folder, not a MIDI file")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path} is not a file but a device or a pipe")
        if status.st_size > _LARGEST:
            raise MidiFileError(f"{path} is too large to be a MIDI file (over {_LARGEST >> 20} MiB)")
        found = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise MidiFileError(f"{path} is a link to {path.readlink()}, which is not there") from None
        raise MidiFileError(f"There is no file {path}") from None
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{path} cannot be read: {reason(error)}") from error
    if not found:
        raise MidiFileError(f"{path} is empty")
    return found


def _file_of(
    piece: Piece,
    tempos: Sequence[tuple[float, float]],
    length: float = 0.0,
    *,
    pedal: bool = False,
    controls: Mapping[int, Sequence[Move]] = MappingProxyType({}),
) -> smf.File:
    # Seconds become ticks at one tempo, so that the file sounds as the piece does.
    seconds = piece.base is TimeBase.SECONDS
    scale = TICKS_PER_QUARTER * (piece.tempo / 60 if seconds else 1)
    changes = {0: piece.tempo}
    for beat, tempo in (*(() if seconds else piece.tempos), *tempos):
        changes[max(0, round(beat * TICKS_PER_QUARTER))] = tempo
    meters = (piece.meters or (Meter(),))[: 1 if seconds else None]
    lines = [_line(piece, index, scale) for index in range(len(piece.parts))]
    # Every track lasts as long as the music, or a sequencer's loop would be too short.
    end = max((stop for line in lines for _, stop, _, _ in line), default=0)
    moved = [
        [(max(0, round(time * scale)), message) for time, message in controls.get(index, ())]
        for index in range(len(lines))
    ]
    end = max(end, round(length * scale), *(tick for line in moved for tick, _ in line))
    if pedal:
        channels = Counter(part.channel for part in piece.parts)
        second = scale if seconds else scale * piece.tempo / 60
        for index, part in enumerate(piece.parts):
            if not part.percussive and channels[part.channel] == 1:
                lines[index], pedals = pedalled(lines[index], second)
                sustain_pedal = partial(midi_message.control_change, part.channel, midi_message.SUSTAIN)
                moved[index] += [(tick, sustain_pedal(value)) for tick, value in pedals]
    tracks = [
        smf.Track(part.name, _messages(part, line, moves), end)
        for part, line, moves in zip(piece.parts, lines, moved, strict=True)
    ]
    return smf.File(
        division=TICKS_PER_QUARTER,
        tracks=[smf.Track(piece.title, end=end), *tracks],
        tempos=[(tick, _microseconds(tempo)) for tick, tempo in changes.items()],
        meters=[(round(meter.onset * TICKS_PER_QUARTER), meter.numerator, meter.denominator) for meter in meters],
        markers=[(max(0, round(beat * scale)), text) for beat, text in piece.markers],
    )


def _microseconds(tempo: float) -> int:
    """Per quarter note, as far as 24 bits hold it."""
    return min(0xFFFFFF, max(1, round(60e6 / tempo)))


def _line(piece: Piece, part: int, scale: float) -> list[tuple[int, int, int, int]]:
    """One part's notes in ticks, start, end, pitch and velocity, in order; equal pitches are `apart`.

    scale: ticks per unit of the piece's time.
    """
    spans: defaultdict[int, list[Span]] = defaultdict(list)
    for note in piece.notes:
        if note.part == part:
            start = max(0, round(note.onset * scale))
            stop = max(start + 1, round(note.end * scale))
            spans[note.pitch].append((start, stop, min(127, max(1, note.velocity))))
    return sorted(
        (start, stop, pitch, velocity) for pitch, its in spans.items() for start, stop, velocity in apart(its)
    )


def apart(spans: Iterable[Span]) -> list[Span]:
    """Notes of one pitch, cut or merged so that none overlaps another: each note-on has its own note-off.

    What is cut goes on in the note that cuts it, so that the pitch sounds just as long.
    """
    found: list[Span] = []
    for start, stop, velocity in sorted(spans):
        first, last, loudest = found.pop() if found else (start, start, 0)
        if first < start:
            found += [(first, min(last, start), loudest), (start, max(last, stop), velocity)]
        else:
            found.append((start, max(last, stop), max(loudest, velocity)))
    return found


def _messages(part: Part, line: list[tuple[int, int, int, int]], moves: Sequence[tuple[int, bytes]]) -> smf.Messages:
    """The part's program, then its notes; at one tick the note-offs come first, and lower pitches before higher.

    moves: with their ticks; at one tick they come between note-offs and note-ons, in their order.
    """
    offs = [(stop, 0, pitch, midi_message.note_off(part.channel, pitch, 64)) for _, stop, pitch, _ in line]
    moved = [
        (tick, 1, number, midi_message.with_channel(message, part.channel))
        for number, (tick, message) in enumerate(moves)
    ]
    ons = [(start, 2, pitch, midi_message.note_on(part.channel, pitch, velocity)) for start, _, pitch, velocity in line]
    # The messages are not compared: no two of a line are equal in tick, kind and pitch.
    messages = [(tick, *(*message, 0)[:3]) for tick, _, _, message in sorted(offs + moved + ons)]
    return smf.messages_of([(0, 0xC0 | part.channel, part.program, 0), *messages])
