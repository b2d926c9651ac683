"""Pieces as sound."""

import wave
from pathlib import Path

import numpy as np
import pytest

from musiclstm.engine.offline import wav
from musiclstm.engine.ports import synth
from musiclstm.errors import PortError
from musiclstm.music.note import Note, Part, Piece


def test_a_note_is_heard_where_it_is(tmp_path: Path) -> None:
    # At 60 a minute a beat is a second; an organ holds its notes.
    piece = Piece((Note(1.0, 2.0, 69, 100),), tempo=60, parts=(Part("organ", 19),))
    wav.write(tmp_path / "a.wav", piece)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, synth.RATE)
        assert file.getnframes() == 5 * synth.RATE
        sound = np.frombuffer(file.readframes(5 * synth.RATE), dtype="<i2").reshape(-1, 2)
    loudness = [float(np.abs(second.astype(float)).mean()) for second in np.split(sound[:, 0], 5)]
    assert loudness[0] < 1
    assert loudness[1] > 100
    assert loudness[2] > 100
    assert loudness[4] < loudness[2] / 10
    # It is the A above middle C, or an overtone of it.
    spectrum = np.abs(np.fft.rfft(sound[2 * synth.RATE : 3 * synth.RATE, 0]))
    overtone = float(spectrum.argmax()) / 440
    assert overtone == pytest.approx(round(overtone), abs=0.02)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.wav"]


def test_without_a_synth_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise PortError("The built-in synth needs FluidSynth: install it")

    monkeypatch.setattr(synth, "_library", missing)
    with pytest.raises(PortError, match="needs FluidSynth"):
        wav.check()
    with pytest.raises(PortError, match="needs FluidSynth"):
        wav.write(tmp_path / "a.wav", Piece((Note(0, 1, 60),)))
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PortError, match=r"a\.wav cannot be written"):
        wav.write(tmp_path / "no" / "a.wav", Piece((Note(0, 1, 60),)))


def test_the_sound_follows_the_tempo_map(tmp_path: Path) -> None:
    # Two beats of a second, two of half a second, and what fades.
    piece = Piece((Note(0.0, 4.0, 69, 100),), tempos=((0.0, 60.0), (2.0, 120.0)))
    wav.write(tmp_path / "a.wav", piece)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() == 5 * synth.RATE
