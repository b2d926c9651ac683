"""Rewriting bars of a MIDI file: which notes of the file give way, and what may take their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musiclstm.engine.performer.steering import Steering
from musiclstm.errors import MidiFileError, UsageError
from musiclstm.model import rewriting
from musiclstm.model.modelfile import ModelFile
from musiclstm.music import midifile, smf
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.music.parts import assign
from musiclstm.words import counted


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Proposals for a file.

    content: of the file. nats: of these bars and the four after them, as they are in it; following: of what of them is
    kept. old: the notes that give way.
    """

    path: Path
    content: bytes
    piece: Piece
    passage: rewriting.Passage
    old: list[Note]
    nats: float
    following: float
    proposals: list[rewriting.Proposal]


def bar_lines(piece: Piece) -> list[float]:
    """Beats at which the bars of a piece in beats begin, and at last where the last of them ends."""
    lines: list[float] = []
    for meter, following in zip(piece.meters, (*piece.meters[1:], None), strict=True):
        at, end = meter.onset, piece.length if following is None else min(following.onset, piece.length)
        while at < end - 1e-6:
            lines.append(at)
            at += meter.bar_beats
    return [*lines, at]


def rewrite(
    model: ModelFile, path: Path, bars: tuple[int, int], part: int | None, count: int, particles: int, seed: int
) -> Rewritten:
    """Proposals for bars of a file, counted from 1, the last included; of one part, or of all. Raises MidiFileError."""
    content = midifile.content(path)
    if any((track.messages[:, 1] > 0xFF).any() for track in smf.parse(content).tracks):
        raise MidiFileError(f"{path} uses several MIDI ports, which cannot be written; save it with one port.")
    piece = assign(midifile.read(path, model.vocabulary.base), model.vocabulary)
    passage = _passage(model, path, bars, part)
    old = rewriting.replaced(model, piece, passage)
    if not old:
        raise MidiFileError(f"Bars {bars[0]}-{bars[1]} of {path} have no notes there that {model.title} could rewrite.")
    steering = Steering(model.vocabulary)
    steering.load(model.vocabulary, model.defaults, model.voices, model.players)
    constraints = steering.constraints(passage.parts, (), None)
    nats, following = rewriting.cost(model, piece, passage)
    proposals = rewriting.rewrite(
        model, piece, passage, count=count, particles=particles, seed=seed, constraints=constraints
    )
    return Rewritten(path, content, piece, passage, old, nats, following, proposals)


def part_called(model: ModelFile, name: str) -> int:
    """The number of the model's part with this name. Raises UsageError where none has it, or several have."""
    names = [each.name for each in model.vocabulary.parts]
    found = [number for number, each in enumerate(names) if each.casefold() == name.casefold()]
    if len(found) != 1:
        several = f"{len(found)} parts" if found else "no part"
        raise UsageError(f"{model.title} has {several} called {name}; it has {', '.join(names)}.")
    return found[0]


def _passage(model: ModelFile, path: Path, bars: tuple[int, int], part: int | None) -> rewriting.Passage:
    v = model.vocabulary
    score = midifile.read(path, TimeBase.BEATS)
    lines = bar_lines(score)
    first, last = bars
    if last >= len(lines):
        raise MidiFileError(f"{path} has {counted(len(lines) - 1, 'bar')}; it has no bar {last}.")
    clock = score.clock() if v.base is TimeBase.SECONDS else float
    ticks = [round(clock(beat) * v.resolution) for beat in lines]
    parts = frozenset(range(len(v.parts))) if part is None else frozenset({part})
    until = ticks[min(last + rewriting.FOLLOWING, len(ticks) - 1)]
    return rewriting.Passage(tuple(ticks[first - 1 : last + 1]), until, parts)
