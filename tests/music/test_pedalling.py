"""The sustain pedal as it is written: what sounds stays the same."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece, TimeBase
from musiclstm.music.pedalling import Span, pedalled

SECOND = 960


def lines() -> st.SearchStrategy[list[Span]]:
    """Notes of which no two of a pitch overlap, many of which end together."""
    ends = st.sampled_from([n * 240 for n in range(1, 20)]) | st.integers(1, 5000)
    notes = st.tuples(st.integers(0, 4000), ends, st.integers(58, 66), st.integers(1, 127))

    def apart(found: list[Span]) -> list[Span]:
        kept: list[Span] = []
        for note in sorted(found):
            if note[0] < note[1] and all(note[2] != other[2] or other[1] <= note[0] for other in kept):
                kept.append(note)
        return kept

    return st.lists(notes, max_size=30).map(apart)


@given(lines())
def test_read_with_its_pedal_it_is_the_same_music(line: list[Span]) -> None:
    keys, moves = pedalled(line, SECOND)
    assert [value for _, value in moves] == [127, 0] * (len(moves) // 2)
    assert sorted(moves, key=lambda move: move[0]) == moves
    for (start, end, pitch, _), (same, up, _, _) in zip(line, keys, strict=True):
        assert start == same
        assert start < up <= end
        down = [at for at, (tick, _) in enumerate(moves) if tick <= up]
        held = len(down) % 2 == 1
        strikes = [other[0] for other in line if other[2] == pitch and other[0] > start]
        until = min([moves[len(down)][0], *strikes]) if held else up
        assert until == end


def test_a_file_of_it_reads_as_without(tmp_path: Path) -> None:
    notes = (
        *(Note(0.2 * each, 3.0 - 0.2 * each, 40 + 4 * each, 70) for each in range(5)),
        *(Note(3.0 + 0.25 * each, 1.2, 70 + each, 80) for each in range(8)),
        Note(5.0, 2.5, 36, 60),
    )
    piece = Piece(tuple(sorted(notes)), TimeBase.SECONDS, tempo=120.0, parts=(Part("piano", 0, 0),))
    midifile.write(tmp_path / "keys.mid", piece)
    midifile.write(tmp_path / "pedal.mid", piece, pedal=True)
    keys, pedal = (midifile.read(tmp_path / f"{name}.mid", TimeBase.SECONDS) for name in ("keys", "pedal"))
    assert keys.notes == pedal.notes
    held = midifile.read(tmp_path / "pedal.mid", TimeBase.BEATS).notes  # keys only
    assert sum(note.duration for note in held) < 0.5 * 2 * sum(note.duration for note in keys.notes)


def test_parts_that_share_a_channel_and_drums_keep_their_keys(tmp_path: Path) -> None:
    parts = (Part("a", 0, 0), Part("b", 0, 0), Part("kit", 0, 9, percussive=True))
    notes = tuple(sorted(Note(0.0, 4.0, 60 + part, 80, part) for part in range(3)))
    piece = Piece(notes, TimeBase.BEATS, parts=parts)
    midifile.write(tmp_path / "keys.mid", piece)
    midifile.write(tmp_path / "pedal.mid", piece, pedal=True)
    assert (tmp_path / "keys.mid").read_bytes() == (tmp_path / "pedal.mid").read_bytes()
