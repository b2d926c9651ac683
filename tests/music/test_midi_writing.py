"""What is written where notes overlap, names are not UTF-8, or values are out of range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece


@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 8), st.integers(60, 62), st.integers(1, 127)),
        min_size=1,
        max_size=12,
    )
)
def test_equal_pitches_never_overlap_in_what_is_written(tmp_path_factory: pytest.TempPathFactory, rows: Any) -> None:
    """Those that start together become one, the longest and loudest; each is cut at the next, which sounds as long."""
    notes = sorted(Note(on / 4, length / 4, pitch, velocity, 0) for on, length, pitch, velocity in rows)
    path = tmp_path_factory.mktemp("written") / "a.mid"
    midifile.write(path, Piece(tuple(notes), parts=(Part("x"),)))
    wanted = []
    for onset, pitch in sorted({(note.onset, note.pitch) for note in notes}):
        same = [note for note in notes if (note.onset, note.pitch) == (onset, pitch)]
        later = [note.onset for note in notes if note.pitch == pitch and note.onset > onset]
        ends = [max(note.end, note.onset + 1 / 480) for note in notes if note.pitch == pitch and note.onset <= onset]
        end = min([max(ends), *later])
        wanted.append((onset, pitch, round(480 * end), max(note.velocity for note in same)))
    found = midifile.read(path).notes
    assert sorted((n.onset, n.pitch, round(480 * n.end), n.velocity) for n in found) == wanted


def test_names_that_are_not_utf_8_are_written(tmp_path: Path) -> None:
    """With a question mark for what UTF-8 cannot hold; a file's name may be a title."""
    midifile.write(tmp_path / "a.mid", Piece((Note(0, 1, 60, 80, 0),), parts=(Part("caf\udce9"),), title="m\udcff"))
    piece = midifile.read(tmp_path / "a.mid")
    assert (piece.title, piece.parts[0].name) == ("m?", "caf?")


def test_what_is_out_of_range_is_written_as_near_as_possible(tmp_path: Path) -> None:
    notes = (Note(0.0, 0.0, 60, 0, 0), Note(1.0, 1.0, 62, 200, 0))
    for tempo_given, microseconds in ((1e-3, 0xFFFFFF), (1e9, 1), (30e6, 2), (120.0, 500_000)):
        midifile.write(tmp_path / "a.mid", Piece(notes, tempo=tempo_given, parts=(Part("x"),)))
        data = (tmp_path / "a.mid").read_bytes()
        assert b"\xff\x51\x03" + microseconds.to_bytes(3, "big") in data
        assert data.count(b"\xff\x51") == 1
        assert [note.velocity for note in midifile.read(tmp_path / "a.mid").notes] == [1, 127]
