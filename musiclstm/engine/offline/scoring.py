"""Scoring: the likelihood of MIDI files, by as many processes as there are cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from musiclstm import files
from musiclstm.engine.offline.workers import shared
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import ModelFile
from musiclstm.model.score import Score, score_files

# Files that a process scores at once.
_AT_ONCE = 64


def score_paths(model: ModelFile, paths: Sequence[Path]) -> Score:
    """Score MIDI files, and those of folders and their subfolders.

    Unusable ones are listed in `skipped`; raises MidiFileError if all are, or there are none.
    """
    score, found, names = Score(), list[Path](), list[str]()
    for path in paths:
        if not files.is_folder(path):
            found.append(path)
            continue
        inside = files.contents(path)
        names.append(f"{path} (only {inside.others})" if inside.others else str(path))
        found += inside.midi_files
        score.others += [f"{path}: {inside.others}"] if inside.others else []
        score.skipped += [
            (str(folder), f"the folder {folder} cannot be read: {why}") for folder, why in inside.unreadable
        ]
    if not found and not score.skipped:
        raise MidiFileError(f"There are no MIDI files in {', '.join(names)}.")
    for each in shared(_scores, model, found, _AT_ONCE):
        score.add(each)
    if not score.pieces:
        _, why = score.skipped[0]
        raise MidiFileError(why if len(score.skipped) == 1 else f"No file can be used: {why}")
    return score


def _scores(model: ModelFile, paths: Sequence[Path]) -> list[Score]:
    return [score_files(model, paths)]
