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


def midi_files_of(paths: Sequence[Path]) -> list[Path]:
    """Paths of files, unchecked, and of the MIDI files in folders and their subfolders.

    Raises MidiFileError where there are none.
    """
    found: list[Path] = []
    for path in paths:
        if files.is_folder(path):
            found += files.midi_files(path)
        else:
            found.append(path)
    if not found:
        raise MidiFileError(f"There are no MIDI files in {', '.join(map(str, paths))}.")
    return found


def score_paths(model: ModelFile, paths: Sequence[Path]) -> Score:
    """Score every MIDI file of `paths`. Unusable ones are listed in `skipped`; raises MidiFileError if all are."""
    score = Score()
    folders = list(filter(files.is_folder, paths))
    score.others = [f"{path}: {others}" for path in folders if (others := files.other_endings(path))]
    score.skipped = [
        (str(folder), f"this folder cannot be read: {why}")
        for path in folders
        for folder, why in files.unreadable_folders(path)
    ]
    for each in shared(_scores, model, midi_files_of(paths), _AT_ONCE):
        score.add(each)
    if not score.pieces:
        name, why = score.skipped[0]
        raise MidiFileError(why if len(score.skipped) == 1 else f"No file can be used; {name}: {why}")
    return score


def _scores(model: ModelFile, paths: Sequence[Path]) -> list[Score]:
    return [score_files(model, paths)]
