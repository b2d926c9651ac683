"""--chords: a text or a file, as text."""

from __future__ import annotations

import argparse
from pathlib import Path

from musiclstm.music import chord_files, chord_track


def chords_of(options: argparse.Namespace, bar: float = 4.0) -> str:
    """The chords that `--chords` names, "" for none. bar: beats. Raises UsageError, before anything has started."""
    given: str | None = options.chords
    if given is None:
        return ""
    is_file = "|" not in given and "://" not in given and Path(given).is_file()
    chords = chord_files.read(given, bar) if is_file else chord_files.of_text(given)
    chord_track.read(chords, bar)
    return chords
