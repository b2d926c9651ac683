"""Where phrases end: at a rest in all parts, or when a long chord gives way. Pure; no Qt."""

from __future__ import annotations

from collections.abc import Iterable

from musiclstm.gui.roll.model import RollNote

REST = 0.9  # beats in which nothing sounds
LONG = 1.9  # beats in which nothing begins, and after which nothing is held over
SAME = 0.1  # beats that notes of one chord may be apart


def phrase_ends(notes: Iterable[RollNote]) -> list[float]:
    """The beats at which phrases end. notes: by onset, without drums."""
    ends: list[float] = []
    last_onset = last_end = None
    for note in notes:
        if last_onset is not None and last_end is not None:
            if note.beat - last_end >= REST:
                ends.append(last_end)
            elif note.beat - last_onset >= LONG and last_end <= note.beat + SAME:
                ends.append(note.beat)
        last_onset = note.beat
        end = float("inf") if note.end is None else note.end
        last_end = end if last_end is None else max(last_end, end)
    return ends
