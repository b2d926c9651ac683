"""--chords: a text, a link or a file, as text."""

from __future__ import annotations

import argparse

from musiclstm.cli.warning import warn
from musiclstm.errors import UsageError
from musiclstm.files import is_file
from musiclstm.music import chord_files, chord_track
from musiclstm.protocol.controls import NO_PLAYER


def chords_of(options: argparse.Namespace, bar: float | None = None) -> str:
    """The chords that `--chords` names, "" for none. Raises UsageError, before anything has started.

    bar: beats, None: not known.
    """
    given: str | None = options.chords
    title: str = options.chart or ""
    if given is None:
        if title:
            raise UsageError("--chart chooses a song of a playlist: name its file by --chords.")
        return ""
    leader = dict(options.controls).get("chords.player", NO_PLAYER)
    if leader != NO_PLAYER:
        raise UsageError(f"--chords and --set chords.player={leader} name two chords that lead; leave one of them out.")
    named = "|" not in given and "://" not in given and is_file(given)
    found = chord_files.read(given, bar, title) if named else chord_files.of_text(given, bar, title)
    chord_track.read(found.chords)
    if found.note:
        warn({found.title or given: [found.note]})
    return found.chords
