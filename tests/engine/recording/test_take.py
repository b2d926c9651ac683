"""Takes: what the journal says, as a MIDI file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from musiclstm.engine.recording import journal, take
from musiclstm.engine.recording.journal import Journal, Line
from musiclstm.errors import MusicLSTMError, UsageError
from musiclstm.music import midifile
from musiclstm.music.note import Meter, Note

MODEL = ("model", 0.0, "Chorales", [["soprano", 52, 0], ["bass", 43, 3]], 3.0)


def tune(start: float, beat: float, count: int, tempo: float = 120.0, **options: Any) -> Iterator[Line]:
    """Quarter notes that sound half a beat, sent a little late each."""
    part, person = options.get("part", 0), options.get("person", 0)
    for index in range(count):
        seconds = start + index * 60 / tempo
        yield ("note", seconds + 0.0004, beat + index, part, 60 + index, 80, person)
        yield ("note", seconds + 30 / tempo + 0.0007, beat + index + 0.5, part, 60 + index, 0, person)


def test_beats_are_exact_though_the_sending_was_not() -> None:
    piece, tempos = take.piece_of([MODEL, ("tempo", 0.0, 120.0), *tune(10, 6, 4)])
    assert piece.notes == tuple(Note(index, 0.5, 60 + index, 80, 0) for index in range(4))
    assert (piece.tempo, tempos, piece.title) == (120.0, [], "Chorales")
    assert piece.meters == (Meter(3, 4),)
    assert [(part.name, part.program, part.channel) for part in piece.parts] == [("soprano", 52, 0)]


def test_the_first_bar_line_is_where_the_music_had_one() -> None:
    piece, _ = take.piece_of([MODEL, *tune(10, 8, 2)])
    assert [note.onset for note in piece.notes] == [2, 3]


def test_tempo_changes_stand_at_their_beat() -> None:
    lines = [MODEL, ("tempo", 0.0, 120.0), *tune(10, 0, 4), ("tempo", 12.0, 60.0), *tune(12, 4, 4, 60.0)]
    piece, tempos = take.piece_of(lines)
    assert [note.onset for note in piece.notes] == list(range(8))
    assert len(tempos) == 1
    assert tempos[0][0] == pytest.approx(4.0, abs=0.01)
    assert tempos[0][1] == 60.0


def test_jumps_and_stops_never_turn_the_time_back() -> None:
    lines = [MODEL, *tune(10, 100, 4), ("jump", 12.0, 98.0, "back"), *tune(12, 98, 4)]
    lines += [("stop", 14.0), ("play", 16.0), *tune(16, 102, 2)]
    piece, _ = take.piece_of(lines)
    onsets = [note.onset for note in piece.notes]
    first = 100 % 3.0
    assert onsets == pytest.approx([first + beat for beat in (0, 1, 2, 3, 4, 5, 6, 7, 12, 13)], abs=0.01)


def test_the_person_has_a_track_and_a_channel_of_their_own() -> None:
    lines = [
        MODEL,
        *sorted([*tune(10, 0, 2), *tune(10, 0, 2, part=1), *tune(10.25, 0.5, 2, person=1)], key=lambda n: n[1]),
    ]
    piece, _ = take.piece_of(lines)
    assert [(part.name, part.channel) for part in piece.parts] == [("soprano", 0), ("bass", 3), ("you", 1)]
    assert [note.onset for note in piece.notes if note.part == 2] == [0.5, 1.5]


def test_what_sounds_at_the_end_or_at_a_crash_ends_there() -> None:
    lines = [
        MODEL,
        ("note", 1.0, 0.0, 0, 60, 80, 0),
        ("note", 2.0, 2.0, 0, 64, 80, 0),
        ("journal", 3.0, 1, 0.0),
        ("resume", 3.1),
        ("note", 4.0, 4.0, 0, 67, 80, 0),
        ("note", 4.5, 5.0, 0, 72, 80, 0),
        ("note", 5.0, 6.0, 0, 72, 0, 0),
    ]
    piece, _ = take.piece_of(lines)
    spans = {note.pitch: (note.onset, note.end) for note in piece.notes}
    # Nobody counted beats while the engine was away, so the time that went by does.
    assert spans == {60: (0, 3), 64: (2, 3), 67: (6, 8), 72: (7, 8)}


def test_lines_of_another_version_and_nonsense_are_passed_over() -> None:
    odd: list[Line] = [
        ("note", 1.0),
        ("note", 1.0, "x", 0, 60, 80, 0),
        ("model", 1.0, 5),
        ("spell", 2.0, {}),
        ("tempo", 1.0, None),
    ]
    piece, _ = take.piece_of([MODEL, *odd, *tune(10, 0, 1)])
    assert len(piece.notes) == 1


def test_nothing_played_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing has been played"):
        take.piece_of([MODEL])
    with pytest.raises(UsageError, match="nothing has been played"):
        take.save(tmp_path, "none", str(tmp_path / "x.mid"))
    with pytest.raises(UsageError, match="above 0"):
        take.save(tmp_path, "none", str(tmp_path / "x.mid"), -1)
    assert not list(tmp_path.iterdir())


def keep(folder: Path, session: str, lines: list[Line], *, clean: bool = False) -> None:
    book = Journal(folder, session, pytest.fail)
    book.start()
    for kind, seconds, *values in lines:
        book.write(kind, seconds, *values)
    book.close(clean=clean)


def test_the_last_minutes_or_since_play(tmp_path: Path) -> None:
    lines: list[Line] = [MODEL, ("play", 0.0), *tune(10, 0, 10), ("stop", 20.0), ("play", 100.0), *tune(100, 10, 4)]
    keep(tmp_path, "s", [*lines, *tune(130, 70, 3)])
    file = tmp_path / "a.mid"
    choices: list[tuple[dict[str, Any], int]] = [
        ({}, 17),
        ({"since_play": True}, 7),
        ({"minutes": 0.1, "now": 132.0}, 3),
    ]
    for options, count in choices:
        take.save(tmp_path, "s", str(file), **options)
        piece = midifile.read(file)
        assert len(piece.notes) == count
        assert piece.parts[0].name == "soprano"
        assert piece.parts[0].program == 52
    take.save_apart(tmp_path, "s", str(file), None, since_play=True)
    assert len(midifile.read(file).notes) == 7


def test_a_take_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    keep(tmp_path, "s", [MODEL, *tune(1, 0, 1)])
    with pytest.raises(MusicLSTMError, match="cannot be written"):
        take.save_apart(tmp_path, "s", str(tmp_path / "no" / "folder.mid"), None, since_play=False)


def test_what_was_not_saved_is_offered_until_it_is(tmp_path: Path) -> None:
    keep(tmp_path, "a", [MODEL, *tune(1, 0, 4)], clean=True)
    keep(tmp_path, "b", [MODEL, *tune(1, 0, 4)])
    keep(tmp_path, "c", [MODEL, *tune(1, 0, 4), ("saved", 9.0, "x.mid")])
    keep(tmp_path, "d", [MODEL])
    keep(tmp_path, "e", [MODEL, *tune(1, 0, 4), ("saved", 9.0, "x.mid"), *tune(9, 0, 4)])
    keep(tmp_path, "f", [MODEL, *tune(1, 0, 4)])
    keep(tmp_path, "f", [])  # crashed, and crashed again before it played
    keep(tmp_path, "g", [MODEL, *tune(1, 0, 4)])
    last = journal.files_of(tmp_path, "g")[-1]
    last.write_bytes(last.read_bytes() + b'["note",3.0')
    writing = Journal(tmp_path, "z", pytest.fail)
    writing.start()
    writing.write("note", 1.0, 0, 0, 60, 80, 0)
    writing.flush()
    offered = take.recoverable(tmp_path)
    writing.close()
    assert [one.session for one in offered] == ["g", "f", "e", "b"]
    take.recover(offered[0], str(tmp_path / "g.mid"))
    assert len(midifile.read(tmp_path / "g.mid").notes) == 4
    take.dismiss(offered[1])
    assert [one.session for one in take.recoverable(tmp_path)] == ["e", "b"]
    assert take.recoverable(tmp_path / "none") == ()
