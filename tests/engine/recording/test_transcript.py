"""What a journal's lines say was played, as a piece."""

from pathlib import Path

import pytest

from musiclstm.engine.recording.bars import timeline
from musiclstm.engine.recording.excerpt import captured
from musiclstm.engine.recording.transcript import transcription
from musiclstm.errors import UsageError
from musiclstm.music import midifile, smf
from musiclstm.music.note import Meter, Note, TimeBase
from tests.engine.recording.journals import MODEL, tune


def test_beats_are_exact_although_notes_were_sent_late() -> None:
    made = transcription([MODEL, ("tempo", 0.0, 120.0), *tune(10, 6, 4)])
    piece, tempos = made.piece, made.tempos
    assert piece.notes == tuple(Note(index, 0.5, 60 + index, 80, 0) for index in range(4))
    assert (piece.tempo, tempos, piece.title) == (120.0, [], "Chorales")
    assert piece.meters == (Meter(3, 4),)
    assert [(part.name, part.program, part.channel) for part in piece.parts] == [("soprano", 52, 0)]


def test_the_first_bar_line_is_where_the_music_had_one() -> None:
    piece = transcription([MODEL, *tune(10, 8, 2)]).piece
    assert [note.onset for note in piece.notes] == [2, 3]


def test_time_signatures_stand_at_their_bar_line() -> None:
    """Also where they were told ahead, told otherwise, or are those that were there already."""
    lines = [MODEL, *tune(10, 0, 4), ("meter", 12.0, 6.0, 4, 4), ("meter", 12.1, 6.0, 2, 4), *tune(12, 4, 4)]
    lines += [("meter", 14.0, 8.0, 2, 4), ("meter", 14.1, 14.0, 3, 4), *tune(14, 8, 8)]
    piece = transcription(lines).piece
    assert piece.meters == (Meter(3, 4), Meter(2, 4, 6.0), Meter(3, 4, 14.0))
    assert [note.onset for note in piece.notes] == list(range(16))


def test_a_take_that_begins_later_begins_with_the_time_signature_of_then() -> None:
    lines = [MODEL, *tune(10, 0, 4), ("meter", 11.0, 3.0, 2, 4), *tune(12, 4, 8)]
    piece = transcription(lines, begin=12.4).piece
    assert piece.meters == (Meter(2, 4),)
    assert piece.notes[0].onset == 0.0


def test_another_models_time_signature_stands_at_the_bar_line_that_is_told() -> None:
    """Not at the last note before it came. One that goes on in another than its first does so in the take."""
    model = ("model", 14.8, "Folk", [["tune", 73, 0]], 4.0)
    before, after = [MODEL, *tune(10, 0, 10)], list(tune(15, 10, 4))
    told = transcription([*before, model, ("meter", 14.9, 9.0, 4, 4), *after])
    assert told.piece.meters == (Meter(3, 4), Meter(4, 4, 9.0))
    told = transcription([*before, model, ("meter", 14.9, 8.0, 4, 4), *after])
    assert told.piece.meters == (Meter(3, 4), Meter(4, 4, 8.0))  # before the last note
    for begin in (0.0, 13.9):
        assert transcription([*before, model, *after], begin).piece.meters == (Meter(3, 4),)


def test_tempo_changes_stand_at_their_beat() -> None:
    lines = [MODEL, ("tempo", 0.0, 120.0), *tune(10, 0, 4), ("tempo", 12.0, 60.0), *tune(12, 4, 4, 60.0)]
    made = transcription(lines)
    piece, tempos = made.piece, made.tempos
    assert [note.onset for note in piece.notes] == list(range(8))
    assert len(tempos) == 1
    assert tempos[0][0] == pytest.approx(4.0, abs=0.01)
    assert tempos[0][1] == 60.0


def test_jumps_and_stops_never_turn_the_time_back() -> None:
    lines = [MODEL, *tune(10, 100, 4), ("jump", 12.0, 98.0, "back"), *tune(12, 98, 4)]
    lines += [("stop", 14.0), ("play", 16.0), *tune(16, 102, 2)]
    piece = transcription(lines).piece
    onsets = [note.onset for note in piece.notes]
    first = 100 % 3.0
    assert onsets == pytest.approx([first + beat for beat in (0, 1, 2, 3, 4, 5, 6, 7, 12, 13)], abs=0.01)


def test_the_person_has_a_track_and_a_channel_of_their_own() -> None:
    lines = [
        MODEL,
        *sorted([*tune(10, 0, 2), *tune(10, 0, 2, part=1), *tune(10.25, 0.5, 2, person=1)], key=lambda n: n[1]),
    ]
    piece = transcription(lines).piece
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
    piece = transcription(lines).piece
    spans = {note.pitch: (note.onset, note.end) for note in piece.notes}
    # No beats were counted while the engine was away, so the time that passed counts.
    assert spans == {60: (0, 3), 64: (2, 3), 67: (6, 8), 72: (7, 8)}


def test_nothing_played_is_one_line() -> None:
    with pytest.raises(UsageError, match="nothing has been played"):
        transcription([MODEL])


def test_another_model_while_notes_sound() -> None:
    """Their ends come after the new model; and on one channel of the file there is one instrument."""
    piano = ("model", 2.0, "Piano", [["left", 0, 3], ["right", 0, 0], ["drums", 0, 9]], 4.0)
    lines = [
        MODEL,
        ("note", 1.0, 0.0, 0, 60, 80, 0),
        ("note", 1.5, 1.0, 1, 40, 80, 0),
        piano,
        ("note", 2.0, 2.0, 0, 60, 0, 0),
        ("note", 2.0, 2.0, 1, 40, 0, 0),
        ("note", 2.0, 2.0, 0, 60, 80, 0),
        ("note", 2.5, 3.0, 0, 60, 0, 0),
        ("note", 2.5, 3.0, 2, 36, 80, 0),
        ("note", 3.5, 5.0, 2, 36, 0, 0),
    ]
    piece = transcription(lines).piece
    played = [(piece.parts[note.part].name, note.onset, note.duration) for note in piece.notes]
    assert sorted(played) == [("bass", 1.0, 1.0), ("drums", 3.0, 2.0), ("left", 2.0, 1.0), ("soprano", 0.0, 2.0)]
    channels = {part.name: part.channel for part in piece.parts}
    assert channels["drums"] == 9
    assert len(set(channels.values())) == 4


def test_two_keys_may_sound_at_one_pitch(tmp_path: Path) -> None:
    """Each ends with its own note-off; in the file the pitch sounds until both have ended."""
    lines = [
        *(MODEL, ("tempo", 0.0, 120.0), ("play", 0.0)),
        ("note", 1.0, 0.0, 0, 72, 81, 1, -1),
        ("note", 1.5, 1.0, 0, 72, 82, 1, -2),
        ("note", 2.0, 2.0, 0, 72, 0, 1, -2),
        ("note", 3.0, 4.0, 0, 72, 0, 1, -1),
    ]
    both = [(0, 4, 81), (1, 2, 82)]
    for made in (transcription(lines), captured(lines), timeline(lines).cut(0.0, 8.0)):
        assert [(note.onset, note.end, note.velocity) for note in made.piece.notes] == both
        made.write(tmp_path / "a.mid")
        assert [(note.onset, note.end) for note in midifile.read(tmp_path / "a.mid").notes] == [(0, 1), (1, 4)]


def test_what_the_person_moves_is_in_their_track(tmp_path: Path) -> None:
    """Also what was moved before the take; and it comes to rest at its end."""
    lines = [
        *(MODEL, ("tempo", 0.0, 60.0), ("play", 0.0)),
        *(("control", 0.1, 0.0, text) for text in ("b04000", "b00128", "e00064", "e00040")),
        ("note", 1.0, 0.0, 0, 60, 80, 1, -1),
        *(("control", 2.0, 1.0, text) for text in ("b0407f", "b3407f")),  # it went to two channels
        ("note", 2.5, 1.5, 0, 60, 0, 1, -1),
        ("note", 3.0, 2.0, 0, 64, 80, 1, -2),
        ("note", 4.0, 3.0, 0, 64, 0, 1, -2),
        ("control", 6.0, 5.0, "b04000"),
        ("control", 6.5, 5.5, "e00000"),
        ("note", 7.0, 6.0, 1, 40, 80, 0, 1),
        ("note", 8.0, 7.0, 1, 40, 0, 0, 1),
    ]
    moves = [(0, "b00128"), (1, "b0407f"), (5, "b04000")]
    bent = [*moves, (5.5, "e00000")]
    for made, there in (
        (transcription(lines), [*bent, (7, "b00100"), (7, "e00040")]),
        (timeline(lines).cut(0.0, 8.0), [*bent, (8, "b00100"), (8, "e00040")]),
        (captured(lines), [*moves, (5.5, "b00100")]),
    ):
        assert [(beat, message.hex()) for beat, message in made.moves] == there
        made.write(tmp_path / "a.mid")
        piece = midifile.read(tmp_path / "a.mid", TimeBase.SECONDS)
        you = [part.name for part in piece.parts].index("you")
        assert [(note.onset, note.end) for note in piece.notes if note.part == you] == [(0, 5), (2, 5)]
        tracks = smf.parse((tmp_path / "a.mid").read_bytes()).tracks
        (mine,) = (track for track in tracks if track.name == "you")
        assert {status & 15 for status in mine.messages[:, 1]} == {piece.parts[you].channel}
    cut = timeline(lines).cut(2.0, 4.0)
    assert [(beat, message.hex()) for beat, message in cut.moves] == [
        (0, "b0407f"), (0, "b00128"), (2, "b04000"), (2, "b00100"),
    ]  # fmt: skip


def test_a_crash_lifts_the_pedal() -> None:
    lines = [MODEL, *tune(10, 0, 1, person=1), ("control", 10.5, 1.0, "b0407f"), ("journal", 11.0, 1, 0.0)]
    assert transcription([*lines, *tune(20, 20, 1, person=1)]).moves == [(1.0, b"\xb0\x40\x7f"), (2.0, b"\xb0\x40\0")]


def test_what_sounds_when_an_hour_ends_sounds_on() -> None:
    """Each hour begins another file of the journal: the notes that sounded ended in the take, and the pedal came up."""
    lines = [
        *(MODEL, ("tempo", 0.0, 60.0), ("play", 0.0), ("meter", 0.0, 0.0, 4, 4)),
        ("note", 1.0, 0.0, 0, 60, 80, 0, 1),
        ("note", 1.0, 0.0, 0, 72, 80, 1, -1),
        ("control", 2.0, 1.0, "b0407f"),
        *(("journal", 3.0, 1, 0.0, 1), ("model", 3.0, *MODEL[2:]), ("tempo", 3.0, 60.0)),
        ("note", 5.0, 4.0, 0, 60, 0, 0, 1),
        ("note", 5.0, 4.0, 0, 72, 0, 1, -1),
    ]
    for made in (transcription(lines), timeline(lines).cut(0.0, 4.0)):
        assert [(note.onset, note.end) for note in made.piece.notes] == [(0, 4), (0, 4)]
        assert made.piece.meters == (Meter(4, 4),)
        assert [(beat, message.hex()) for beat, message in made.moves] == [(1, "b0407f"), (4, "b04000")]
    lines[7] = lines[7][:4]  # after a crash they do not
    assert {note.end for note in transcription(lines).piece.notes} == {1.0 + 1.0}
