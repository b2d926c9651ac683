"""Score: the negative log-likelihood of pieces, with the same step that the instrument runs. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musiclstm import files
from musiclstm.errors import MidiFileError
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.session import Session
from musiclstm.music import midifile
from musiclstm.music import parts as voices
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece
from musiclstm.music.walk import meter_changes, walk


@dataclass
class Score:
    """Sums over pieces.

    by_field: nats of each field. seconds: length of the music. skipped: (file, reason). warnings: by file, what was
    guessed in reading it. others: files in folders that are not MIDI files, by their endings.
    """

    pieces: int = 0
    notes: int = 0
    events: int = 0
    seconds: float = 0.0
    by_field: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0.0))
    skipped: list[tuple[str, str]] = field(default_factory=list)
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    @property
    def nats(self) -> float:
        return sum(self.by_field.values())

    @property
    def nats_per_note(self) -> float:
        return self.nats / max(1, self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; `by_field` in nats per note."""
        return {
            "pieces": self.pieces,
            "notes": self.notes,
            "events": self.events,
            "seconds": round(self.seconds, 3),
            "nats_per_note": self.nats_per_note,
            "nats_per_event": self.nats / max(1, self.events),
            "by_field": {name: nats / max(1, self.notes) for name, nats in self.by_field.items()},
            "skipped": [{"file": name, "why": why} for name, why in self.skipped],
            "warnings": [{"file": name, "guessed": list(guessed)} for name, guessed in self.warnings.items()],
            "others": self.others,
        }


def midi_files_of(paths: Sequence[Path]) -> list[Path]:
    """Paths of files, unchecked, and of the MIDI files in folders and their subfolders.

    Raises MidiFileError where there are none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += files.midi_files(path)
        else:
            found.append(path)
    if not found:
        raise MidiFileError(f"There are no MIDI files in {', '.join(map(str, paths))}.")
    return found


def score_files(model: ModelFile, paths: Sequence[Path]) -> Score:
    """Score every MIDI file of `paths`. Unreadable ones are listed in `skipped`; raises MidiFileError if all are."""
    score = Score()
    score.others = [f"{path}: {others}" for path in paths if path.is_dir() and (others := files.other_endings(path))]
    for path in midi_files_of(paths):
        try:
            piece = midifile.read(path, model.vocabulary.base)
            add_piece(score, model, piece)
            if piece.warnings:
                score.warnings[str(path)] = piece.warnings
        except MidiFileError as error:  # noqa: PERF203 (files are slower than that)
            score.skipped.append((str(path), str(error)))
    if not score.pieces:
        name, why = score.skipped[0]
        raise MidiFileError(why if len(score.skipped) == 1 else f"No file can be used; {name}: {why}")
    return score


def score_pieces(model: ModelFile, pieces: Iterable[Piece]) -> Score:
    """Score pieces, each from an empty state."""
    score = Score()
    for piece in pieces:
        add_piece(score, model, piece)
    return score


def add_piece(score: Score, model: ModelFile, piece: Piece) -> None:
    """Add one piece's figures. Raises MidiFileError where the vocabulary contains none of its notes."""
    vocabulary = model.vocabulary
    piece = voices.assign(piece, vocabulary)
    events = vocabulary.encode(piece)
    notes = sum(event.kind is Kind.ON for event in events)
    if not notes:
        raise MidiFileError(f"{piece.source or piece.title} has no notes that {model.title} can play.")
    first, *changes = meter_changes(piece, vocabulary)
    session = Session(model, meter=first.meter, origin=first.tick, max_match=None)
    for event, change in walk(events, changes):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        for nats in session.feed_by_field(event):
            for name, cost in zip(FIELDS, nats, strict=True):
                score.by_field[name] += cost
    score.pieces += 1
    score.notes += notes
    score.events += len(events)
    score.seconds += piece.clock()(piece.length)
