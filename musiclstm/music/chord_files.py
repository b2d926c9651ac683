"""Chords from files, as the text that `chord_track.read` takes: iReal Pro, ChordPro, markers of MIDI files, text."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path

from musiclstm.errors import UsageError, reason
from musiclstm.files import is_midi
from musiclstm.music import ireal, ireal_chart, midifile
from musiclstm.music.chord_symbol import NO_CHORD, ChordError, parse
from musiclstm.music.chord_track import MOST_CHORDS
from musiclstm.music.ireal_chart import shortest

_SHARES, _FEW_SHARES = 16, 4  # of a bar, at most; the latter where there would be more than a track may have
_NEAR = 1 / 256  # of a bar, by which a marker may lie beside its share; two shares lie further apart
_SHOWN = 3  # notes on markers
LARGEST = 1 << 22  # bytes of a text: that of a playlist of a thousand songs is near 1 MiB
_LONGEST = 1 << 18  # characters of a text that is no playlist: long lyrics with chords have ten thousand


@dataclass(frozen=True, slots=True)
class Found:
    """chords: as `chord_track.read` takes them. title: of the song, "" for none. note: what a person should know."""

    chords: str
    title: str = ""
    note: str = ""


def read(path: str | Path, bar: float | None = None, title: str = "") -> Found:
    """The chords of a file. Raises UsageError if there are none, or what is not understood.

    bar: beats in a bar of the music that they are to lead, None: not known, four. title: which song of a playlist of
    iReal Pro; "": the first.
    """
    path = Path(path)
    if is_midi(path.name):
        return _of_markers(path, 4.0 if bar is None else bar)
    text = text_of(path)
    try:
        found = of_text(text, bar, title)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    if not found.chords:
        raise UsageError(f"There are no chords in {path}.")
    return found


def titles(text: str) -> list[str]:
    """The titles of the songs in a playlist of iReal Pro; none for any other text. Raises UsageError."""
    return [song.title for song in ireal.songs(text)] if ireal.is_link(text) else []


def text_of(path: Path) -> str:
    """The text of a file that is not a MIDI file. Raises UsageError if it is no text, or too large."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)  # a device may have no end
        if len(content) > LARGEST:
            raise UsageError(f"{path} is too large for a file of chords (over {LARGEST >> 20} MiB).")
        # Text that Windows calls Unicode begins with its byte order.
        return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as a text of chords: {reason(error)}") from error


def of_text(text: str, bar: float | None = None, title: str = "") -> Found:
    """The chords of a link of iReal Pro, of ChordPro, or of the plain text itself. bar, title: see `read`.

    Raises UsageError for what is not understood in a link, or too long.
    """
    if ireal.is_link(text):
        song = ireal.chosen(ireal.songs(text), title)
        return Found(ireal_chart.read(song.chart), song.title, _note_on(ireal_chart.meters(song.chart), bar))
    if title:
        raise UsageError(f'Only a playlist of iReal Pro has songs to choose from, such as "{title}".')
    if len(text) > _LONGEST:
        raise UsageError(f"This text is too long for the chords of a song (over {_LONGEST:,} characters).")
    if "[" in text and "]" in text:
        return Found(_of_chordpro(text))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return Found(" | ".join(lines))


def _note_on(meters: Sequence[tuple[int, int]], bar: float | None) -> str:
    """What becomes of time signatures that the music does not have."""
    others = [f"{n}/{d}" for n, d in meters if bar is not None and 4 * n / d != bar]
    if not others:
        return ""
    return f"the chart is in {' and '.join(others)}; each of its bars takes a bar of the music, {bar:g} beats"


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


def _of_markers(path: Path, bar: float) -> Found:
    """The markers and texts that are chords, each where it lies in its bar; note: which ones could not stay there."""
    marks = [(beat / bar, text) for beat, text in midifile.markers(path) if _is_chord(text)]
    if not marks:
        raise UsageError(f"{path} has no markers that are chords.")
    bars: list[list[tuple[float, str]]] = [[] for _ in range(floor(marks[-1][0] + _NEAR) + 1)]
    for at, text in marks:
        number = floor(at + _NEAR)
        bars[number].append((at - number, text))
    for shares in (_SHARES, _FEW_SHARES):
        rows, notes = [], []
        for number, its in enumerate(bars, 1):
            row, moved, left_out = _row(its, shares)
            rows.append(row)
            notes += [f"{text} in bar {number} is left out, as another chord has its place" for text in left_out]
            notes += [f"{text} in bar {number} is moved a little" for text in moved]
        if sum(map(len, rows)) <= MOST_CHORDS:
            break
    if rows[0][0] == "%":
        rows[0][0] = NO_CHORD
    more = [f"and so on, {len(notes)} in all"] if len(notes) > _SHOWN else []
    return Found(" | ".join(map(shortest, rows)), note="; ".join(notes[:_SHOWN] + more))


def _row(marks: Sequence[tuple[float, str]], most: int) -> tuple[list[str], list[str], list[str]]:
    """The chords of a bar in as few equal shares as they need to stay in place; those moved, and those left out.

    marks: (place in the bar, 0..1, and chord), in order. most: shares.
    """
    for shares in range(1, most + 1):
        steps = [min(shares - 1, max(0, round(at * shares))) for at, _ in marks]
        moved = [text for step, (at, text) in zip(steps, marks, strict=True) if abs(step / shares - at) > _NEAR]
        if not moved:
            break
    row, left_out = ["%"] * shares, []
    for step, (_, text) in zip(steps, marks, strict=True):
        if row[step] not in ("%", text):
            left_out.append(row[step])
        row[step] = text
    return row, [text for text in moved if text not in left_out], left_out
