"""Chords from files, as the text that `chord_track.read` takes: ChordPro, markers of MIDI files, plain text."""

from __future__ import annotations

import re
from pathlib import Path

from musiclstm.errors import UsageError
from musiclstm.music import midifile
from musiclstm.music.chord_symbol import ChordError, parse

LARGEST = 1 << 20  # bytes of a text


def read(path: str | Path, bar: float = 4.0) -> str:
    """The chords of a file, a bar of `bar` beats between bar lines. Raises UsageError if there are none."""
    path = Path(path)
    if path.suffix.lower() in (".mid", ".midi"):
        return _of_markers(path, bar)
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(f"{path} is too large for a file of chords (over 1 MiB).")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a text of chords: {error}") from error
    found = of_text(text)
    if not found:
        raise UsageError(f"There are no chords in {path}.")
    return found


def of_text(text: str) -> str:
    """The chords of ChordPro, or of the plain text itself. Raises UsageError for an iReal Pro link."""
    if "irealb" in text and "://" in text:
        raise UsageError('Links of iReal Pro cannot be read; write the chords as text, as in "Dm7 | G7 | C".')
    if "[" in text and "]" in text:
        return _of_chordpro(text)
    return " | ".join(line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def _of_chordpro(text: str) -> str:
    """A bar for each chord in brackets: ChordPro says which syllable a chord belongs to, not how long it lasts."""
    chords = []
    for line in text.splitlines():
        if not line.lstrip().startswith(("{", "#")):
            chords += [word for word in re.findall(r"\[([^\]]+)\]", line) if not word.startswith("*")]
    return " | ".join(chord for chord in chords if _is_chord(chord))


def _is_chord(text: str) -> bool:
    try:
        parse(text)
    except ChordError:
        return False
    return True


def _of_markers(path: Path, bar: float) -> str:
    """The markers and texts that are chords, each in the part of its bar where it lies, to a quarter of the bar."""
    marks = [(beat, text) for beat, text in midifile.markers(path) if _is_chord(text)]
    if not marks:
        raise UsageError(f"{path} has no markers that are chords.")
    steps = round(max(beat for beat, _ in marks) / bar * 4 + 1e-6) // 4 * 4 + 4
    row = ["%"] * steps
    for beat, text in marks:
        row[min(steps - 1, round(beat / bar * 4))] = text
    if row[0] == "%":
        row[0] = "N.C."
    bars = [row[start : start + 4] for start in range(0, steps, 4)]
    return " | ".join(_shortest(words) for words in bars)


def _shortest(words: list[str]) -> str:
    if words[1:] == ["%"] * 3:
        return words[0] if words[0] != "%" else ""
    return " ".join(words[::2]) if words[1] == words[3] == "%" else " ".join(words)
