"""Pieces <-> Standard MIDI Files. Every problem with a file is a MidiFileError of one line."""

from __future__ import annotations

import os
import stat
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from musiclstm.errors import MidiFileError
from musiclstm.files import write_atomic
from musiclstm.music import smf
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase

TICKS_PER_QUARTER = 480
PERCUSSION_CHANNEL = 9
_DEFAULT_TEMPO = 500_000  # microseconds a quarter note where a file says nothing
_LARGEST = 64 << 20  # bytes; the longest file of all the corpora tried has under one
# Beats or seconds; a damaged time can put a note centuries away, and a pause costs memory by its length.
_LONGEST = 24 * 3600

# (start tick, end tick, pitch, velocity)
_Span = tuple[int, int, int, int]


def read(path: str | os.PathLike[str], base: TimeBase = TimeBase.BEATS) -> Piece:
    """The music of a Standard MIDI File.

    Beats: onsets in quarter notes, as written. Seconds: the tempo map applied, and notes held by the sustain pedal
    (CC 64, for its whole channel) until it is lifted or the same key is struck again. One part for each track and
    channel with notes; channel 10 is percussive. `tempo` is the file's, or the mean where it changes.
    Raises MidiFileError if there is no such file, or it is not a whole MIDI file, or it holds no notes.
    """
    path = Path(path)
    try:
        file = smf.parse(_content(path))
    except smf.DamagedError as error:
        raise MidiFileError(f"{path} is not a MIDI file that can be read: {error}") from None
    clock = _seconds_of(file) if base is TimeBase.SECONDS else _beats_of(file)
    parts: list[Part] = []
    rows: list[tuple[float, float, int, int, int]] = []
    pedals = _pedals(file) if base is TimeBase.SECONDS else {}
    programs = _programs(file)
    spans = _spans(file)
    if pedals:
        _sustain(spans, pedals, max(track.end for track in file.tracks))
    for (index, channel), notes in spans.items():
        rows += [
            (clock(start), clock(end) - clock(start), pitch, velocity, len(parts))
            for start, end, pitch, velocity in notes
        ]
        pitches = [note[2] for note in notes]
        name = file.tracks[index].name or f"Part {len(parts) + 1}"
        program = programs.get((index, channel), programs.get((-1, channel), 0))
        parts.append(Part(name, program, channel, min(pitches), max(pitches), channel == PERCUSSION_CHANNEL))
    if not rows:
        raise MidiFileError(f"{path} holds no notes")
    rows.sort()
    if max(row[0] + row[1] for row in rows) > _LONGEST:
        raise MidiFileError(f"{path} is not a MIDI file that can be read: it lasts longer than a day")
    first = file.tracks[0]
    titled = first.name and not any(index == 0 for index, _ in spans)
    return Piece(
        notes=tuple(Note(*row) for row in rows),
        base=base,
        meters=_meters(file),
        tempo=_tempo(file),
        parts=tuple(parts),
        title=first.name if titled else path.stem,
    )


def _content(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise MidiFileError(f"{path} is a folder, not a MIDI file")
        if not stat.S_ISREG(status.st_mode):
            raise MidiFileError(f"{path} is not a file")
        if status.st_size > _LARGEST:
            raise MidiFileError(f"{path} is too large to be a MIDI file")
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise MidiFileError(f"There is no file {path}") from None
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{path} cannot be read: {_reason(error)}") from error
    if not content:
        raise MidiFileError(f"{path} is empty")
    return content


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


# ---- time ------------------------------------------------------------------------------------------------------------


def _beats_of(file: smf.File) -> Callable[[int], float]:
    # Time code knows no beats; 120 a minute is what a file that says nothing means.
    division = file.division / 2 if file.seconds else file.division
    return lambda tick: tick / division


def _seconds_of(file: smf.File) -> Callable[[int], float]:
    division = file.division
    if file.seconds:
        return lambda tick: tick / division
    starts, origins, rates = [0], [0.0], [_DEFAULT_TEMPO / 1e6 / division]
    for tick, microseconds in file.tempos:
        if tick == starts[-1]:
            rates[-1] = microseconds / 1e6 / division
        else:
            origins.append(origins[-1] + (tick - starts[-1]) * rates[-1])
            starts.append(tick)
            rates.append(microseconds / 1e6 / division)

    def clock(tick: int) -> float:
        at = bisect_right(starts, tick) - 1
        return origins[at] + (tick - starts[at]) * rates[at]

    return clock


def _tempo(file: smf.File) -> float:
    """Quarter notes a minute, to a hundredth, which a file can say; the mean over all of it where it changes."""
    end = max(track.end for track in file.tracks)
    tempos = [t for t in file.tempos if t[0] < end] if end else file.tempos
    if file.seconds or not tempos:
        return 120.0
    if len({microseconds for _, microseconds in tempos}) == 1 and tempos[0][0] == 0:
        return round(60e6 / tempos[0][1], 2)
    seconds = _seconds_of(file)(end)
    return round(60 * end / file.division / seconds, 2) if seconds else 120.0


def _meters(file: smf.File) -> tuple[Meter, ...]:
    """Time signatures; those that change nothing, or nothing any more, are left out."""
    beat = _beats_of(file)
    meters = [Meter()]
    for tick, numerator, denominator in file.meters:
        meter = Meter(numerator, denominator, beat(tick))
        last = meters[-1]
        if meter.onset == last.onset:
            meters[-1] = meter
        elif (numerator, denominator) != (last.numerator, last.denominator) or (
            meter.onset - last.onset
        ) % last.bar_beats:
            meters.append(meter)
    return tuple(meters)


# ---- notes -----------------------------------------------------------------------------------------------------------


def _spans(file: smf.File) -> dict[tuple[int, int], list[_Span]]:
    """Notes of each (track, channel). The first of several alike that sound ends first; ends that lack come last."""
    spans: dict[tuple[int, int], list[_Span]] = {}
    for index, track in enumerate(file.tracks):
        open_: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for tick, status, pitch, velocity in track.messages:
            kind, channel = status >> 4, status & 0xF
            if kind == 0x9 and velocity:
                open_[channel, pitch].append((tick, velocity))
            elif kind <= 0x9 and open_[channel, pitch]:
                start, loudness = open_[channel, pitch].pop(0)
                spans.setdefault((index, channel), []).append((start, tick, pitch, loudness))
        for (channel, pitch), left in open_.items():
            for start, velocity in left:
                spans.setdefault((index, channel), []).append((start, track.end, pitch, velocity))
    return dict(sorted(spans.items()))


def _programs(file: smf.File) -> dict[tuple[int, int], int]:
    """First program of each (track, channel), and under track -1 of each channel wherever it is said."""
    programs: dict[tuple[int, int], int] = {}
    for index, track in enumerate(file.tracks):
        for _, status, program, _ in track.messages:
            if status >> 4 == 0xC:
                programs.setdefault((index, status & 0xF), program)
                programs.setdefault((-1, status & 0xF), program)
    return programs


def _pedals(file: smf.File) -> dict[int, list[tuple[int, bool]]]:
    """For each channel whose sustain pedal is used, (tick, down) each time it changes, from whichever track."""
    values: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for track in file.tracks:
        for tick, status, _, value in track.messages:
            if status >> 4 == 0xB and status & 0xF != PERCUSSION_CHANNEL:
                values[status & 0xF].append((tick, value))
    pedals: dict[int, list[tuple[int, bool]]] = {}
    for channel, line in values.items():
        moves = pedals[channel] = []
        for tick, value in sorted(line, key=lambda move: move[0]):
            down = value >= 64
            if down != (moves[-1][1] if moves else False):
                moves.append((tick, down))
    return pedals


def _sustain(spans: dict[tuple[int, int], list[_Span]], pedals: dict[int, list[tuple[int, bool]]], end: int) -> None:
    """Let notes that end while the pedal is down sound until it is up or their key is struck again."""
    strikes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for (_, channel), notes in spans.items():
        if channel in pedals:
            for start, _, pitch, _ in notes:
                strikes[channel, pitch].append(start)
    for line in strikes.values():
        line.sort()
    for (index, channel), notes in spans.items():
        if moves := pedals.get(channel):
            spans[index, channel] = [_held(span, moves, strikes[channel, span[2]], end) for span in notes]


def _held(span: _Span, moves: list[tuple[int, bool]], strikes: list[int], end: int) -> _Span:
    """The note as the pedal leaves it. strikes: when its key is struck."""
    start, stop, pitch, velocity = span
    following = bisect_right(moves, (stop, True))
    if following == 0 or not moves[following - 1][1]:
        return span
    until = moves[following][0] if following < len(moves) else end
    again = bisect_right(strikes, start)
    if again < len(strikes):
        until = min(until, strikes[again])
    return start, max(stop, until), pitch, velocity


# ---- writing ---------------------------------------------------------------------------------------------------------


def write(path: str | os.PathLike[str], piece: Piece, tempos: Sequence[tuple[float, float]] = ()) -> None:
    """Write a Standard MIDI File that any notation or sequencer program opens; the same piece gives the same bytes.

    Format 1, 480 ticks a quarter: a track with title, tempo and time signatures, then one for each part with its
    name, program and notes. tempos: (beat, quarter notes a minute) where the tempo changes; the piece's own holds
    before the first. A piece in seconds keeps its seconds at its one tempo. The file is there whole or not at all.
    Raises MidiFileError if it cannot be written.
    """
    content = _bytes(piece, tempos)
    path = Path(path)
    try:
        write_atomic(path, content)
    except (OSError, ValueError) as error:
        raise MidiFileError(f"{path} cannot be written: {_reason(error)}") from error


def _bytes(piece: Piece, tempos: Sequence[tuple[float, float]]) -> bytes:
    import io

    import mido

    # Seconds become ticks at one tempo; so the file sounds as the piece does.
    seconds = piece.base is TimeBase.SECONDS
    scale = TICKS_PER_QUARTER * (piece.tempo / 60 if seconds else 1)
    changes = {0: piece.tempo, **{max(0, round(b * TICKS_PER_QUARTER)): t for b, t in tempos}}
    meters = (piece.meters or (Meter(),))[: 1 if seconds else None]
    timed: list[tuple[int, Any]] = [
        (tick, mido.MetaMessage("set_tempo", tempo=_microseconds(tempo))) for tick, tempo in changes.items()
    ]
    timed += [
        (
            round(meter.onset * TICKS_PER_QUARTER),
            mido.MetaMessage("time_signature", numerator=meter.numerator, denominator=meter.denominator),
        )
        for meter in meters
    ]
    lines = [_line(piece, index, scale) for index in range(len(piece.parts))]
    end = max((stop for line in lines for _, stop, _, _ in line), default=0)
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_mido_track(piece.title, (), timed, end))
    for part, line in zip(piece.parts, lines, strict=True):
        program = mido.Message("program_change", channel=part.channel, program=part.program)
        ons = [
            (start, 1, pitch, mido.Message("note_on", channel=part.channel, note=pitch, velocity=v))
            for start, _, pitch, v in line
        ]
        offs = [
            (stop, 0, pitch, mido.Message("note_off", channel=part.channel, note=pitch, velocity=64))
            for _, stop, pitch, _ in line
        ]
        messages = [(tick, m) for tick, _, _, m in sorted(ons + offs, key=lambda row: row[:3])]
        file.tracks.append(_mido_track(part.name, (program,), messages, end))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _microseconds(tempo: float) -> int:
    """What the file keeps of a tempo: 24 bits."""
    return min(0xFFFFFF, max(1, round(60e6 / tempo)))


def _line(piece: Piece, part: int, scale: float) -> list[_Span]:
    """One part's notes in ticks, so that no two alike overlap: each on has its own off."""
    line: list[_Span] = []
    latest: dict[int, int] = {}  # pitch -> its last note's index in the line
    for note in sorted(note for note in piece.notes if note.part == part):
        start = max(0, round(note.onset * scale))
        stop = max(start + 1, round(note.end * scale))
        velocity = min(127, max(1, note.velocity))
        if (index := latest.get(note.pitch)) is not None:
            before = line[index]
            if before[0] >= start:
                line[index] = (before[0], max(before[1], stop), note.pitch, max(before[3], velocity))
                continue
            line[index] = (before[0], min(before[1], start), note.pitch, before[3])
        latest[note.pitch] = len(line)
        line.append((start, stop, note.pitch, velocity))
    return line


def _mido_track(name: str, first: Iterable[Any], timed: list[tuple[int, Any]], end: int) -> Any:
    import mido

    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=name, time=0))
    track.extend(message.copy(time=0) for message in first)
    now = 0
    for tick, message in sorted(timed, key=lambda row: row[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
