"""Ticks as beats and seconds, tempo and meters."""

from pathlib import Path

import mido
import pytest

from musiclstm.music import midifile
from musiclstm.music.note import Meter, TimeBase
from tests import midi


def test_a_file_is_read_in_seconds(tmp_path: Path) -> None:
    piece = midifile.read(midi.file(tmp_path, "two_voices"), TimeBase.SECONDS)
    assert piece.base is TimeBase.SECONDS
    last = piece.notes[-1]
    assert [last.onset, last.duration] == pytest.approx([2.0, 4 / 3], abs=1e-5)


def test_the_tempo_is_the_mean_where_it_changes(tmp_path: Path) -> None:
    # Two beats at 120, two at 60.
    assert midifile.read(midi.file(tmp_path, "pedal")).tempo == 80.0


def test_meters_that_change_nothing_are_left_out(tmp_path: Path) -> None:
    meters = [(0.0, 4, 4), (4.0, 4, 4), (8.0, 3, 4), (9.0, 3, 4), (12.0, 3, 4)]
    track = mido.MidiTrack()
    now = 0.0
    for onset, numerator, denominator in meters:
        delta = round((onset - now) * 480)
        track.append(mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator, time=delta))
        now = onset
    track.append(mido.Message("note_on", note=60, velocity=1, time=0))
    track.append(mido.Message("note_off", note=60, velocity=1, time=10))
    mido.MidiFile(tracks=[track]).save(tmp_path / "meters.mid")
    assert midifile.read(tmp_path / "meters.mid").meters == (
        Meter(4, 4),
        Meter(3, 4, 8.0),
        Meter(3, 4, 9.0),  # a bar begins anew, in the middle of one
    )
