"""Scores: what music21 reads -> pieces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase


def read_score(path: Path) -> Piece:
    """The piece in a file. Raises ValueError."""
    return piece_of(parse(path))


def parse(path: Path) -> Any:
    """What music21 makes of a file. Raises ValueError."""
    from music21 import converter

    try:
        return converter.parse(path)
    except Exception as error:  # each of its readers raises what it likes
        raise ValueError(f"music21 cannot read it: {error}") from error


def piece_of(score: Any) -> Piece:
    """A score's notes in quarter-note beats, ties joined, grace notes left out; its parts. Raises ValueError."""
    if not hasattr(score, "parts") or not score.parts:
        raise ValueError("it has no parts")
    notes: list[Note] = []
    parts: list[Part] = []
    for index, part in enumerate(score.parts):
        # The id of a part without a name may be its address in memory, a number.
        name = part.partName or (part.id if isinstance(part.id, str) else "")
        parts.append(Part(name, channel=min(index, 15)))
        for each in part.stripTies().flatten().notes:
            length = float(each.duration.quarterLength)
            if length > 0:
                onset = float(each.offset)
                notes += [Note(onset, length, pitch.midi, 80, index) for pitch in each.pitches]
    if not notes:
        raise ValueError("it has no notes")
    return Piece(tuple(sorted(notes)), TimeBase.BEATS, tuple(meters(score.parts[0])), 96.0, tuple(parts))


def meters(part: Any) -> Iterator[Meter]:
    """The time signatures of a part; if it starts with an upbeat, the first bar starts after that."""
    from music21 import stream

    last = None
    for measure in part.getElementsByClass(stream.Measure):
        signature = measure.timeSignature
        if signature is None:
            continue
        meter = Meter(signature.numerator, signature.denominator, float(measure.offset))
        # Some readers write the two halves of a repeated bar as tiny meters.
        if meter.bar_beats < 1 or (meter.numerator, meter.denominator) == last:
            continue
        upbeat = float(measure.paddingLeft) if last is None else 0.0
        onset = meter.onset + (meter.bar_beats - upbeat if upbeat else 0.0)
        last = meter.numerator, meter.denominator
        yield Meter(*last, onset)
    if last is None:
        yield Meter()
