"""Bars of a session as MIDI files, and what the person just played."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.engine.recording import excerpt
from musiclstm.engine.recording.bars import Timeline, timeline
from musiclstm.engine.recording.excerpt import PAUSE, Bars
from musiclstm.engine.recording.journal_files import Line
from musiclstm.errors import UsageError
from musiclstm.music import midifile, smf
from tests.engine.recording.journals import MODEL, tune, write_journal


def session(*notes: tuple[float, float, int, int]) -> Timeline:
    """Notes (onset, end, pitch, part) at 60 BPM in bars of four beats."""
    lines: list[Line] = []
    for onset, end, pitch, part in notes:
        lines += [("note", onset, onset, part, pitch, 80, 0), ("note", end, end, part, pitch, 0, 0)]
    head: list[Line] = [(*MODEL[:4], 4.0), ("tempo", 0.0, 60.0), ("meter", 0.0, 0.0, 4, 4), ("play", 0.0)]
    return timeline([*head, *sorted(lines, key=lambda line: (line[1], line[5]))])


def test_notes_are_cut_at_both_lines() -> None:
    made = session((3.0, 5.0, 60, 0), (5.0, 6.0, 62, 0), (7.5, 9.0, 64, 1), (9.0, 10.0, 65, 0))
    cut = made.cut(4.0, 8.0)
    assert [(note.onset, note.duration, note.pitch, note.part) for note in cut.piece.notes] == [
        (0.0, 1.0, 60, 0),
        (1.0, 1.0, 62, 0),
        (3.5, 0.5, 64, 1),
    ]
    assert [part.name for part in cut.piece.parts] == ["soprano", "bass"]
    assert cut.length == 4.0
    assert [note.pitch for note in made.cut(4.0, 8.0, part=1).piece.notes] == [64]
    with pytest.raises(UsageError, match="Nothing was played"):
        made.cut(40.0, 44.0)


def test_a_note_that_hardly_crosses_a_line_stays_on_its_side() -> None:
    made = session((3.0, 4.01, 60, 0), (7.99, 9.0, 62, 0), (5.0, 5.02, 64, 0))
    assert [note.pitch for note in made.cut(4.0, 8.0).piece.notes] == [64]


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.floats(0.1, 6), st.integers(40, 80), st.integers(0, 1)), min_size=1, max_size=30
    ),
    st.integers(0, 6),
    st.integers(1, 4),
)
def test_no_note_leaves_the_bars_and_all_that_sounds_is_there(
    notes: list[tuple[float, float, int, int]], first: int, count: int
) -> None:
    # One note of a pitch at a time, as the instrument plays.
    free: dict[tuple[int, int], float] = {}
    kept = []
    for onset, duration, pitch, part in sorted(notes):
        if onset > free.get((part, pitch), -1):
            kept.append((onset, onset + duration, pitch, part))
            free[part, pitch] = onset + duration
    start, end = 4.0 * first, 4.0 * (first + count)
    try:
        found = session(*kept).cut(start, end).piece.notes
    except UsageError:
        found = ()
    assert all(note.onset >= 0 and note.end <= end - start + 1e-9 for note in found)
    inside = [note for note in kept if start <= note[0] and note[1] <= end]
    across = [n for n in kept if n not in inside and min(n[1], end) - max(n[0], start) > 0.1]
    assert len(inside) + len(across) <= len(found) <= len(kept)


def test_bars_are_counted_as_the_window_does() -> None:
    made = session((0.0, 1.0, 60, 0), (30.0, 31.0, 60, 0))
    made.add(("meter", 31.0, 16.0, 3, 4))
    assert [made.line(bar) for bar in (1, 2, 5, 6, 7)] == [0.0, 4.0, 16.0, 19.0, 22.0]
    assert made.last(2, 24.9) == (16.0, 22.0)
    assert made.last(3, 22.0) == (12.0, 22.0)
    assert made.last(100, 22.0) == (0.0, 22.0)
    cut = made.cut(12.0, 22.0, None) if made.beat > 40 else made.cut(0.0, 22.0)
    assert [(meter.onset, meter.numerator) for meter in cut.piece.meters] == [(0.0, 4), (16.0, 3)]
    with pytest.raises(UsageError, match="no whole bar"):
        made.last(1, 2.0)


def test_the_tempo_at_the_head_is_that_of_the_bar() -> None:
    made = session((0.0, 1.0, 60, 0))
    for line in [("tempo", 8.0, 90.0), *tune(8.0, 8.0, 8, 90.0), ("tempo", 8.0 + 8 * 60 / 90, 120.0)]:
        made.add(line)
    for line in tune(14.0, 17.0, 4, 120.0):
        made.add(line)
    cut = made.cut(12.0, 20.0)
    assert cut.piece.tempo == 90.0
    ((beat, tempo),) = cut.tempos
    assert tempo == 120.0
    assert beat == pytest.approx(4.0, abs=0.05)


def test_a_note_that_says_the_beat_is_not_as_far_takes_the_tempo_back() -> None:
    lines: list[Line] = [(*MODEL[:4], 4.0), ("tempo", 0.0, 60.0), ("play", 0.0), *tune(0.0, 0.0, 2, 60.0)]
    lines += [("tempo", 3.0, 61.0), ("note", 3.1, 2.9, 0, 70, 80, 0), ("tempo", 3.15, 62.0)]
    assert [tempo for _, tempo in timeline(lines).cut(0.0, 4.0).tempos] == [62.0]


def test_a_clock_that_starts_elsewhere_renames_the_past() -> None:
    made = session((0.0, 1.0, 60, 0), (1.0, 2.0, 62, 0))
    made.add(("jump", 2.0, 16.0, "clock", 2.0))
    for line in tune(2.0, 16.0, 2, 60.0):
        made.add(line)
    assert [note.onset for note in made.cut(12.0, 18.0).piece.notes] == pytest.approx([2.0, 3.0, 4.0, 5.0])
    made.add(("jump", 9.0, 20.0, "back", 16.0))  # beats go on
    assert [note.onset for note in made.cut(12.0, 18.0).piece.notes] == pytest.approx([2.0, 3.0, 4.0, 5.0])


def test_what_a_person_plays_while_the_music_stands_is_in_no_bar() -> None:
    """Nor what they play while it is counted in: it lay over the bars that came next, or had been."""
    made = session((4.0, 5.0, 40, 0))
    made.add(("control", 5.5, 5.5, "b04040"))
    made.add(("stop", 8.0))
    for line in tune(9.0, 9.0, 3, 60.0, person=1):  # beats that are still to come
        made.add(line)
    made.add(("control", 11.0, 11.0, "b04000"))
    made.add(("play", 16.0))
    for line in tune(16.75, 4.75, 4, 60.0, person=1):  # a bar that is counted; the last one is a moment early
        made.add(line)
    for line in tune(20.0, 8.0, 4, 60.0):
        made.add(line)
    notes = made.cut(4.0, 12.0).piece.notes
    found = sorted((note.onset, note.pitch) for note in notes)
    assert found == [(0, 40), (4, 60), (4, 63), (5, 61), (6, 62), (7, 63)]
    assert made.cut(4.0, 12.0).moves[:2] == [(1.5, b"\xb0\x40\x40"), (4.0, b"\xb0\x40\x00")]
    before = Timeline()
    for line in (MODEL, *tune(1.0, 2.0, 3, person=1), ("play", 9.0), *tune(9.0, 0.0, 4)):
        before.add(line)
    assert [note.pitch for note in before.cut(0.0, 3.0).piece.notes] == [60, 61, 62]
    assert [part.name for part in before.cut(0.0, 3.0).piece.parts] == ["soprano"]


def test_the_file_is_as_long_as_the_bars(tmp_path: Path) -> None:
    write_journal(
        tmp_path, "s", [MODEL, ("tempo", 0.0, 120.0), ("play", 0.5), *tune(1, 0, 9), *tune(6, 9, 3, person=1)]
    )
    file = tmp_path / "a.mid"
    excerpt.save_separately(tmp_path, "s", str(file), Bars(first=2, last=3))
    piece = midifile.read(file)
    assert [note.onset for note in piece.notes] == pytest.approx([0, 1, 2, 3, 4, 5], abs=0.01)
    assert piece.meters[0].numerator == 3
    assert {track.end for track in smf.parse(file.read_bytes()).tracks} == {6 * 480}
    excerpt.save_bars(tmp_path, "s", str(file), Bars(9.0, 12.0, part=-1))
    assert [part.name for part in midifile.read(file).parts] == ["you"]
    before = file.read_bytes()
    with pytest.raises(UsageError):
        excerpt.save_bars(tmp_path, "s", str(file), Bars(100.0, 104.0))
    assert file.read_bytes() == before


def person(start: float, count: int) -> list[Line]:
    return list(tune(start, start * 2, count, person=1))


def test_what_was_just_played_is_captured_alone() -> None:
    lines: list[Line] = [MODEL, *person(1, 4), *tune(3, 6, 40), *person(20, 5), *tune(24, 60, 4)]
    piece = excerpt.captured(sorted(lines, key=lambda line: line[1])).piece
    assert [note.pitch for note in piece.notes] == [60, 61, 62, 63, 64]
    assert [part.name for part in piece.parts] == ["you"]
    with pytest.raises(UsageError, match="nothing to capture"):
        excerpt.captured([MODEL, *tune(1, 0, 4)])


def test_a_held_note_is_no_pause() -> None:
    end = 1.4 + PAUSE + 3
    held: list[Line] = [("note", 1.4, 2.8, 0, 90, 80, 1), ("note", end, 2 * end, 0, 90, 0, 1)]
    lines = sorted([MODEL, *person(1, 1), *held, *person(end + 0.5, 2)], key=lambda line: line[1])
    piece = excerpt.captured(lines).piece
    assert len(piece.notes) == 4


def test_arguments_survive_the_process() -> None:
    wanted = Bars(1.5, 8.0, part=-1)
    assert Bars(**json.loads(json.dumps(asdict(wanted)))) == wanted
