"""Chords from files."""

from __future__ import annotations

import tracemalloc
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


@pytest.mark.parametrize(
    ("marks", "bar", "chords"),
    [
        (((0, "C"), (3.5, "F")), 4.0, "C % % % % % % F"),
        (((0, "C"), (4 / 3, "F"), (8 / 3, "G")), 4.0, "C F G"),
        (((0.01, "C"), (3.99, "F")), 4.0, "C | F"),
        (((0, "C"), (1.25, "F"), (5.5, "G")), 4.0, "C % % % % F % % % % % % % % % % | % % % G % % % %"),
        (((0, "C"), (2, "F"), (3, "G")), 5.0, "C % F G %"),
    ],
)
def test_markers_stay_where_they_are(
    tmp_path: Path, marks: tuple[tuple[float, str], ...], bar: float, chords: str
) -> None:
    path = tmp_path / "marked.mid"
    midifile.write(path, Piece((Note(0, 16, 60),), markers=marks))
    assert chord_files.read(path, bar) == chord_files.Found(chords)
    track = chord_track.read(chords, bar)
    places = [track.at(beat + 0.02) for beat, _ in marks]
    assert [place.chord and place.chord.text for place in places] == [name for _, name in marks]
    assert [place.begin for place in places] == pytest.approx([beat for beat, _ in marks], abs=0.02)


def test_markers_that_cannot_stay_are_named(tmp_path: Path) -> None:
    path = tmp_path / "marked.mid"
    marks = ((0, "C"), (4, "F"), (4.01, "G"), (4.01, "G"), (8, "C"), (8.15, "F"), (9.15, "Am"), (10.2, "G"))
    midifile.write(path, Piece((Note(0, 16, 60),), markers=marks))
    found = chord_files.read(path)
    assert found.chords.startswith("C | G | C")
    assert found.note.startswith("F in bar 2 is left out, as another chord has its place; ")
    assert "in bar 3 is moved a little" in found.note
    midifile.write(path, Piece((Note(0, 16, 60),), markers=tuple((4 * n + 0.1, "C") for n in range(500))))
    assert len(chord_track.read(chord_files.read(path).chords).chords) <= chord_track.MOST_CHORDS


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_of_windows_is_read_too(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "chords.txt"
    start = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path.write_bytes(f"{start}Dm7 | G7\r\nC\r\n".encode(encoding))
    assert chord_files.read(path).chords == "Dm7 | G7 | C"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_without_an_end_is_refused() -> None:
    with pytest.raises(UsageError, match="too large"):
        chord_files.read("/dev/zero")


def test_other_bytes_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "chords.txt"
    path.write_bytes(b"Dm7 \xe9")
    with pytest.raises(UsageError, match="it is no text in UTF-8"):
        chord_files.read(path)


@pytest.mark.parametrize("text", ["irealb://" + "%" * 3_000_000, '"irealb://' + "a" * 3_000_000])
def test_a_long_link_takes_little_more_memory_than_it_has(text: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(UsageError, match="no song in this link"):
            chord_files.of_text(text)
        assert tracemalloc.get_traced_memory()[1] < 20 * len(text)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["[C]", "C | ", "[C", "\n"])
def test_a_text_that_is_too_long_for_a_song_is_refused_at_once(text: str) -> None:
    with pytest.raises(UsageError, match="too long"):
        chord_files.of_text(text * 400_000)
