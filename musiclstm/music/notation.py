"""Notation: pieces as MusicXML for notation programs, by music21, which is not always installed.

Written are parts, bars, time signatures, key, tempo and ties, from notes that `quantise` has put on a grid. A keyboard
part has two staves, divided at middle C.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from fractions import Fraction
from io import StringIO
from math import ceil
from pathlib import Path
from types import MappingProxyType
from typing import Any

from musiclstm.errors import MusicLSTMError, UsageError, reason
from musiclstm.files import write_atomic
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.quantise import Chord, on_grid, voices

SUFFIX = ".musicxml"
_MIDDLE_C = 60
_KEYBOARDS = 8  # programs of General MIDI from 0 on
_VOICES = 2  # on a staff; of a part of one instrument, as of a choir's, there is mostly one
# Where strokes of the drums stand on their five lines, by General MIDI's numbers.
_DRUMS = {
    35: "F4", 36: "F4", 37: "C5", 38: "C5", 39: "C5", 40: "C5", 41: "G4", 42: "G5", 43: "A4", 44: "D4", 45: "B4",
    46: "G5", 47: "D5", 48: "E5", 49: "A5", 50: "E5", 51: "F5", 52: "A5", 53: "F5", 55: "A5", 57: "A5", 59: "F5",
}  # fmt: skip


def is_score(path: str | os.PathLike[str]) -> bool:
    """Whether a file of this name is written in notation."""
    return Path(path).suffix.lower() == SUFFIX


def check() -> None:
    """Raises UsageError, which says how to install it, where music21 is missing."""
    try:
        import music21  # noqa: F401
    except ImportError:
        raise UsageError("Notation needs music21: install it with pip install 'musiclstm[notation]'.") from None


def write_file(
    path: str | os.PathLike[str],
    piece: Piece,
    tempos: Sequence[tuple[float, float]] = (),
    *,
    length: float = 0.0,
    pedal: bool = False,
    controls: Mapping[int, Sequence[midifile.Move]] = MappingProxyType({}),
) -> None:
    """Write notation if the name ends in .musicxml, or else a MIDI file (`midifile.write`). Raises MusicLSTMError."""
    if is_score(path):
        write(path, piece, tempos)
    else:
        midifile.write(path, piece, tempos, length=length, pedal=pedal, controls=controls)


def write(path: str | os.PathLike[str], piece: Piece, tempos: Sequence[tuple[float, float]] = ()) -> None:
    """Write MusicXML, atomically. tempos: see `midifile.write`. Raises MusicLSTMError, also if there are no notes."""
    check()
    if not piece.notes:
        raise MusicLSTMError(f"{path} is not written: there are no notes for a score.")
    from music21.musicxml.m21ToXml import GeneralObjectExporter

    with redirect_stderr(StringIO()):  # music21 warns of beams that it draws all the same
        content = GeneralObjectExporter(score(piece, tempos)).parse()
    try:
        write_atomic(Path(path), content)
    except OSError as error:
        raise MusicLSTMError(f"{path} cannot be written: {reason(error)}") from error


def score(piece: Piece, tempos: Sequence[tuple[float, float]] = ()) -> Any:
    """The piece as a music21 Score."""
    from music21 import layout, metadata, stream

    piece = _in_beats(piece)
    made: Any = stream.Score()
    made.metadata = metadata.Metadata(title=piece.title, movementName=piece.title, composer="musiclstm")
    sharps = _sharps(piece)
    bars = _bars(piece)
    marks = sorted({0.0: piece.tempo, **dict(piece.tempos), **dict(tempos)}.items())
    for index, part in enumerate(piece.parts):
        notes = [note for note in piece.notes if note.part == index]
        if not notes:
            continue
        if part.program < _KEYBOARDS and not part.percussive:
            hands = [[note for note in notes if (note.pitch >= _MIDDLE_C) == upper] for upper in (True, False)]
            staves = [_staff(part, hand, bars, sharps, two=True) for hand in hands]
            for staff in staves:
                made.insert(0, staff)
            made.insert(0, layout.StaffGroup(staves, name=part.name, symbol="brace"))
        else:
            made.insert(0, _staff(part, notes, bars, sharps, two=False))
    _mark(made.parts[0], bars, marks)
    return made


def _in_beats(piece: Piece) -> Piece:
    """A piece in seconds in the beats of its one tempo."""
    if piece.base is TimeBase.BEATS:
        return piece
    beat = 60 / piece.tempo
    notes = (Note(n.onset / beat, n.duration / beat, n.pitch, n.velocity, n.part) for n in piece.notes)
    return Piece(tuple(notes), meters=piece.meters[:1], tempo=piece.tempo, parts=piece.parts, title=piece.title)


def _bars(piece: Piece) -> list[tuple[Fraction, Fraction, Meter | None]]:
    """(start, end, a time signature that begins there) of each bar to the end of the music."""
    meters = [*(piece.meters or (Meter(),))]
    end = ceil(piece.length - 1 / 16)
    found: list[tuple[Fraction, Fraction, Meter | None]] = []
    for index, meter in enumerate(meters):
        at = Fraction(meter.onset).limit_denominator(96)
        stop = Fraction(meters[index + 1].onset).limit_denominator(96) if index + 1 < len(meters) else Fraction(end)
        bar, new = Fraction(4 * meter.numerator, meter.denominator), True
        while at < stop and at < end:
            until = at + bar if index + 1 == len(meters) else min(at + bar, stop)
            found.append((at, until, meter if new else None))
            at, new = until, False
    return found


def _staff(
    part: Part, notes: list[Note], bars: list[tuple[Fraction, Fraction, Meter | None]], sharps: int, *, two: bool
) -> Any:
    from music21 import clef, instrument, key, meter, stream

    staff: Any = stream.PartStaff() if two else stream.Part()
    staff.partName = part.name
    if part.percussive:
        staff.insert(0, clef.PercussionClef())
        kit: Any = instrument.UnpitchedPercussion()
        kit.instrumentName, kit.midiChannel = part.name, 9
        staff.insert(0, kit)
    else:
        player: Any = instrument.instrumentFromMidiProgram(part.program)
        player.partName, player.midiChannel = part.name, part.channel
        staff.insert(0, player)
    lines = voices(on_grid(notes, percussive=part.percussive), _VOICES)
    treble = sum(note.pitch for note in notes) >= _MIDDLE_C * len(notes)
    for number, (start, end, new) in enumerate(bars, 1):
        measure: Any = stream.Measure(number=number)
        if number == 1:
            if not part.percussive:
                measure.insert(0, clef.TrebleClef() if treble else clef.BassClef())
            measure.insert(0, key.KeySignature(0 if part.percussive else sharps))
        if new is not None:
            measure.insert(0, meter.TimeSignature(f"{new.numerator}/{new.denominator}"))
        here = [line for line in lines if any(chord.start < end and chord.end > start for chord in line)]
        for index, line in enumerate(here or [[]]):
            voice: Any = stream.Voice(id=str(index + 1)) if len(here) > 1 else measure
            for at, element in _written(line, start, end, sharps, drums=part.percussive):
                voice.insert(at, element)
            if voice is not measure:
                measure.insert(0, voice)
        staff.append(measure)
    return staff


def _written(
    line: Sequence[Chord], start: Fraction, end: Fraction, sharps: int, *, drums: bool
) -> Iterator[tuple[Fraction, Any]]:
    """(beat in the bar, note or rest) of what one voice has in a bar, which is full."""
    from music21 import note, tie

    at = start
    for chord in [chord for chord in line if chord.start < end and chord.end > start]:
        begin, stop = max(chord.start, start), min(chord.end, end)
        for low, high in _pieces(at, begin):
            yield low - start, note.Rest(quarterLength=high - low)
        for low, high in _pieces(begin, stop):
            element = _drums(chord.pitches, high - low) if drums else _notes(chord.pitches, high - low, sharps)
            before, after = low > chord.start, high < chord.end
            if before or after:
                element.tie = tie.Tie("continue" if before and after else "stop" if before else "start")
            yield low - start, element
        at = stop
    for low, high in _pieces(at, end):
        yield low - start, note.Rest(quarterLength=high - low)


def _pieces(start: Fraction, end: Fraction) -> Iterator[tuple[Fraction, Fraction]]:
    """A length as lengths that notes have: what is in a triplet does not reach out of its beat."""
    while start < end:
        beat = Fraction(int(start) + 1)
        whole = Fraction(int(end))
        odd = start.denominator % 3 == 0
        stop = end
        if odd:
            stop = min(beat, end)
        elif end.denominator % 3 == 0 and whole > start:
            stop = whole
        for one in _plain(stop - start):
            yield start, start + one
            start += one


def _plain(length: Fraction) -> Iterator[Fraction]:
    """Plain or dotted lengths that add up to one, the longest first."""
    tuplet = Fraction(2, 3) if length.denominator % 3 == 0 else Fraction(1)
    left = length / tuplet
    while left > 0:
        unit = Fraction(4)
        while unit > left:
            unit /= 2
        one = unit * Fraction(3, 2) if unit * Fraction(3, 2) <= left and unit > Fraction(1, 8) else unit
        yield one * tuplet
        left -= one


def _notes(pitches: Sequence[int], length: Fraction, sharps: int) -> Any:
    from music21 import chord, note

    spelled = [_spelled(pitch, sharps) for pitch in pitches]
    if len(spelled) == 1:
        return note.Note(spelled[0], quarterLength=length)
    return chord.Chord(spelled, quarterLength=length)


def _drums(pitches: Sequence[int], length: Fraction) -> Any:
    from music21 import instrument, note, percussion

    strokes = []
    for pitch in pitches:
        stroke: Any = note.Unpitched(displayName=_DRUMS.get(pitch, "C5"), quarterLength=length)
        kind: Any = instrument.UnpitchedPercussion()
        kind.percMapPitch = pitch
        stroke.storedInstrument = kind
        if pitch in (42, 44, 46, 49, 51, 52, 53, 55, 57, 59):
            stroke.notehead = "x"
        strokes.append(stroke)
    return strokes[0] if len(strokes) == 1 else percussion.PercussionChord(strokes, quarterLength=length)


def _spelled(pitch: int, sharps: int) -> Any:
    """The pitch by the name that is nearest to the key on the line of fifths: F sharp in G major, G flat in D flat."""
    from music21.pitch import Pitch

    fifths = min((f for f in range(-8, 13) if f * 7 % 12 == pitch % 12), key=lambda f: abs(f - sharps - 2))
    name = "FCGDAEB"[(fifths + 1) % 7] + ("" if -1 <= fifths <= 5 else "#" if fifths > 5 else "-")
    made: Any = Pitch(name)
    made.octave = pitch // 12 - 1
    made.octave += round((pitch - made.midi) / 12)
    return made


def _sharps(piece: Piece) -> int:
    """The sharps of the key that music21 hears (Krumhansl and Schmuckler); flats are negative."""
    from music21 import note, stream

    heard: Any = stream.Stream()
    for each in piece.notes:
        if not piece.parts[each.part].percussive:
            heard.append(note.Note(each.pitch, quarterLength=max(0.25, round(4 * each.duration) / 4)))
    return int(heard.analyze("key").sharps) if len(heard) else 0


def _mark(first: Any, bars: list[tuple[Fraction, Fraction, Meter | None]], marks: list[tuple[float, float]]) -> None:
    """Tempo marks, where the number of beats a minute changes."""
    from music21 import tempo

    measures = list(first.getElementsByClass("Measure"))
    last = None
    for beat, bpm in marks:
        for (start, end, _), measure in zip(bars, measures, strict=True):
            if start <= beat < end and round(bpm) != last:
                measure.insert(Fraction(beat).limit_denominator(8) - start, tempo.MetronomeMark(number=round(bpm)))
                last = round(bpm)
