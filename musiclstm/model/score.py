"""Score: the negative log-likelihood of pieces, with the same step that the instrument runs. No torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musiclstm.errors import MidiFileError
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.session import Session
from musiclstm.model.together import Task, together
from musiclstm.music import midifile
from musiclstm.music import parts as voices
from musiclstm.music.event import Kind
from musiclstm.music.note import Piece
from musiclstm.music.walk import meter_changes, walk


@dataclass
class Score:
    """Sums over pieces.

    by_field: nats of each field. seconds: length of the music. skipped: (file, reason, which names it). warnings: by
    file, what was guessed in reading it. others: counts of files in folders that are not MIDI files, by extension.
    """

    pieces: int = 0
    notes: int = 0
    events: int = 0
    seconds: float = 0.0
    by_field: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0.0))
    skipped: list[tuple[str, str]] = field(default_factory=list)
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Add another's figures and lists."""
        self.pieces += other.pieces
        self.notes += other.notes
        self.events += other.events
        self.seconds += other.seconds
        for name, nats in other.by_field.items():
            self.by_field[name] += nats
        self.skipped += other.skipped
        self.warnings |= other.warnings
        self.others += other.others

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


def score_files(model: ModelFile, files: Iterable[Path]) -> Score:
    """The score of MIDI files, many at once. Those that cannot be used are listed in `skipped`."""
    return _sum(together(_file_scoring(model, path) for path in files))


def score_pieces(model: ModelFile, pieces: Iterable[Piece]) -> Score:
    """The score of pieces, many at once. Raises MidiFileError where the vocabulary contains none of a piece's notes."""
    return _sum(together(scoring(model, piece) for piece in pieces))


def _sum(scores: Iterable[Score]) -> Score:
    total = Score()
    for score in scores:
        total.add(score)
    return total


def _file_scoring(model: ModelFile, path: Path) -> Task[Score]:
    try:
        piece = midifile.read(path, model.vocabulary.base)
        score = yield from scoring(model, piece)
    except MidiFileError as error:
        return Score(skipped=[(str(path), str(error))])
    if piece.warnings:
        score.warnings[str(path)] = piece.warnings
    return score


def scoring(model: ModelFile, piece: Piece) -> Task[Score]:
    """The score of a piece, from an empty state, as a task among others.

    Raises MidiFileError where the vocabulary contains none of its notes.
    """
    vocabulary = model.vocabulary
    piece = voices.assign(piece, vocabulary)
    events = vocabulary.encode(piece)
    notes = sum(event.kind is Kind.ON for event in events)
    if not notes:
        raise MidiFileError(f"{piece.source or piece.title} has no notes that {model.title} can play.")
    score = Score(pieces=1, notes=notes, events=len(events), seconds=piece.clock()(piece.length))
    first, *changes = meter_changes(piece, vocabulary)
    session = Session(model, meter=first.meter, origin=first.tick, max_match=None)
    for event, change in walk(events, changes):
        if change is not None:
            session.set_meter(change.meter, change.tick)
        yield session
        for nats in session.feed_by_field(event):
            for name, cost in zip(FIELDS, nats, strict=True):
                score.by_field[name] += cost
    return score
