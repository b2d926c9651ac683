"""Note-ons and note-offs as notes, and what the sustain pedal makes of them."""

from pathlib import Path

from musiclstm.music import midifile
from musiclstm.music.note import Meter, TimeBase
from tests import midi


def test_the_pedal_holds_notes_in_seconds(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "pedal"), TimeBase.SECONDS)
    found = [(n.pitch, n.part, round(n.onset, 6), round(n.end, 6)) for n in piece.notes]
    assert found == [
        (48, 1, 0.0, 0.25),  # another channel has no pedal
        (60, 0, 0.0, 1.0),  # held until it is struck again
        (64, 0, 0.5, 2.0),  # held until the pedal is up, beyond a change of tempo
        (60, 0, 1.0, 2.0),
        (67, 0, 2.0, 2.5),
    ]


def test_a_score_ignores_the_pedal(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "pedal"))
    assert [(n.onset, n.end) for n in piece.notes if n.pitch == 64] == [(1.0, 1.5)]
    assert piece.title == "pedal"


def test_missing_note_offs_and_doubled_notes(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "odd"))
    assert [(n.pitch, n.onset, n.end) for n in piece.notes] == [
        (60, 0.0, 1.0),  # struck twice and ended once
        (60, 1.0, 2.0),
        (62, 3.0, 3.0),
    ]
    assert "2 notes are never ended" in " ".join(piece.warnings)
    assert (piece.tempo, piece.meters) == (120.0, (Meter(),))
