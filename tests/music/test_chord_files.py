"""Chords from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.errors import UsageError
from musiclstm.music import chord_files, chord_track, midifile
from musiclstm.music.note import Note, Piece


def test_chordpro(tmp_path: Path) -> None:
    song = tmp_path / "song.cho"
    song.write_text("{title: [C] in braces}\n# [D]\n[C]Hello [Am7]my [*softly]dear [F/C]friend\n", "utf-8")
    assert chord_files.read(song).chords == "C | Am7 | F/C"


def test_plain_text(tmp_path: Path) -> None:
    text = tmp_path / "chords.txt"
    text.write_text("# a tune\nDm7 | G7\n\nC | %\n", "utf-8")
    assert chord_files.read(text).chords == "Dm7 | G7 | C | %"


@pytest.mark.parametrize("chords", ["C | F G | Am | %", "C G F G | Bb", "Dm7 | G7 | C"])
def test_markers_come_back(tmp_path: Path, chords: str) -> None:
    track = chord_track.read(chords)
    names = tuple((at, chord.text) for at, chord in zip(track.starts, track.chords, strict=True) if chord is not None)
    path = tmp_path / "marked.mid"
    midifile.write(path, Piece((Note(0, 16, 60),), markers=(*names, (1.0, "verse"))))
    again = chord_track.read(chord_files.read(path).chords)
    beats = [step / 2 for step in range(int(2 * min(track.length, again.length)))]
    assert [track.at(beat).chord for beat in beats] == [again.at(beat).chord for beat in beats]


def test_what_has_no_chords_says_so(tmp_path: Path) -> None:
    path = tmp_path / "plain.mid"
    midifile.write(path, Piece((Note(0, 1, 60),)))
    with pytest.raises(UsageError, match="no markers"):
        chord_files.read(path)
    (tmp_path / "empty.txt").write_text("\n", "utf-8")
    with pytest.raises(UsageError, match="no chords"):
        chord_files.read(tmp_path / "empty.txt")
    with pytest.raises(UsageError, match="cannot be read"):
        chord_files.read(tmp_path / "missing.txt")
    with pytest.raises(UsageError, match="iReal"):
        chord_files.of_text("irealb://Title=Composer=")
    with pytest.raises(UsageError, match="Only a playlist"):
        chord_files.of_text("C | F", title="Blues")
