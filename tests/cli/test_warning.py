"""What was guessed in reading a file is said once, in a line with its name; the music is as it was meant."""

from __future__ import annotations

import json
from pathlib import Path

import mido
import pytest

from musiclstm.cli.warning import warn
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from tests.cli.commands import run
from tests.music.build import END, chunk, meta, meter, off, on, scale, song, tempo, track


def test_a_prime_with_a_guess_is_read_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.mid").write_bytes(song(track((0, on(40)), *scale()), track(*scale(3)), count=7))
    result = run(capsys, "generate --model tiny.onnx --bars 1 --prime odd.mid -o a.mid")
    assert result.code == 0
    assert result.err.startswith("musiclstm: odd.mid: its header counts 7 tracks, and there are 2; 1 note is never")
    assert result.err.count("\n") == 1
    found = json.loads(run(capsys, "generate --model tiny.onnx --bars 1 --prime odd.mid -o a.mid --json").out)
    assert len(found["warnings"]) == 2


def test_a_file_with_a_guess_is_rewritten_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd.mid").write_bytes(song(track((0, on(40)), *scale()), track(*scale(3)), count=7))
    line = "rewrite odd.mid --model tiny.onnx --bars 1 --seed 1 --particles 2 -o a.mid"
    result = run(capsys, line)
    assert result.code == 0
    assert result.err.startswith("musiclstm: odd.mid: its header counts 7 tracks, and there are 2; 1 note is never")
    assert result.err.count("\n") == 1
    assert len(json.loads(run(capsys, f"{line} --json").out)["warnings"]) == 2


def test_chords_that_cannot_stay_in_place_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    midifile.write("marked.mid", Piece((Note(0, 16, 60),), markers=((0, "C"), (4, "F"), (4.01, "G"))))
    result = run(capsys, "generate --model tiny.onnx --bars 1 --chords marked.mid -o a.mid")
    assert result.err == "musiclstm: marked.mid: F in bar 2 is left out, as another chord has its place\n"


def test_a_folder_is_read_by_one_list_of_endings(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path("music")
    (folder / "deep").mkdir(parents=True)
    whole = song(track(*scale()))
    for name in ("a.mid", "b.MIDI", "c.kar", "deep/d.SMF", "e.Mid"):
        (folder / name).write_bytes(whole)
    (folder / "f.rmi").write_bytes(b"RIFF\0\0\0\0RMIDdata" + len(whole).to_bytes(4, "little") + whole)
    (folder / "g.mid").write_bytes(song(track(*scale()), count=2))
    (folder / "notes.txt").write_text("no music")
    (folder / "score.xml").write_text("no music")
    result = run(capsys, "evaluate --model tiny.onnx music")
    assert result.code == 0
    assert "7 pieces" in result.out
    assert "musiclstm: music/g.mid: its header counts 2 tracks, and there are 1\n" in result.err
    assert "not read, by their endings, in music: 1 .txt, 1 .xml\n" in result.err
    found = json.loads(run(capsys, "evaluate --model tiny.onnx music --json").out)
    assert [each["file"] for each in found["warnings"]] == ["music/g.mid"]


def test_many_files_with_guesses_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    warn({f"{number}.mid": ("odd\nin a way",) * 9 for number in range(1000)} | {"fine.mid": ()})
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[0] == "musiclstm: 0.mid: odd in a way; odd in a way; odd in a way"
    assert lines[-1] == "musiclstm: something had to be guessed in 980 more files"


def test_the_tempo_map_of_a_prime_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    slower = [(beat, tempo(120 - 10 * beat)) for beat in range(8)]
    Path("rit.mid").write_bytes(song(track(*slower, (30, tempo(200))), track(*scale())))
    result = run(capsys, "generate --model tiny.onnx --bars 2 --seed 1 --prime rit.mid -o a.mid --json")
    written = [m for m in mido.MidiFile("a.mid").tracks[0] if m.type == "set_tempo"]
    assert [round(60e6 / m.tempo) for m in written] == [120 - 10 * beat for beat in range(8)]
    made = json.loads(result.out)["files"][0]
    assert made["seconds"] == pytest.approx(mido.MidiFile("a.mid").length, abs=0.01)
    # With a tempo of its own all of it has that.
    run(capsys, "generate --model tiny.onnx --bars 2 --seed 1 --prime rit.mid --tempo 100 -o b.mid")
    assert [m.tempo for m in mido.MidiFile("b.mid").tracks[0] if m.type == "set_tempo"] == [600_000]


def test_seconds_follow_the_last_tempo(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rit.mid").write_bytes(song(track((0, tempo(240)), (4, tempo(30))), track(*scale())))
    run(capsys, "generate --model tiny.onnx --seconds 12 --seed 1 --prime rit.mid -o a.mid")
    # 8 beats, then 12 seconds at 30.
    assert midifile.read("a.mid").length == pytest.approx(14, abs=1)


def test_seconds_end_at_a_tempo_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("fast.mid").write_bytes(song(track((0, meta(0x51, b"\0\0\1")), *scale())))
    result = run(capsys, "generate --model tiny.onnx --seconds 1 --seed 1 --prime fast.mid -o a.mid")
    assert result.code == 0


def test_bars_are_counted_each_by_its_meter(capsys: pytest.CaptureFixture[str]) -> None:
    # Two bars of 7/8, then three of 3/4; the last note lies across the change.
    Path("a.mid").write_bytes(song(track((0, meter(7, 3)), (7, meter(3, 2))), track((0, on(60)), (16, off(60)))))
    result = run(capsys, "generate --model tiny.onnx --bars 3 --seed 1 --prime a.mid -o b.mid --json")
    made = json.loads(result.out)["files"][0]
    assert 7 < made["bars"] <= 8
    assert 22 < made["beats"] <= 25
    assert made["bars"] == pytest.approx(5 + (made["beats"] - 16) / 3, abs=0.01)


def test_a_meter_after_the_end_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.mid").write_bytes(song(track((0, meter(4, 2)), (20, meter(3, 2))), track(*scale())))
    run(capsys, "generate --model tiny.onnx --bars 8 --seed 1 --prime a.mid -o b.mid")
    assert [(m.numerator, m.onset) for m in midifile.read("b.mid").meters] == [(4, 0)]


def test_an_error_names_the_file_not_the_title(capsys: pytest.CaptureFixture[str]) -> None:
    title = meta(3, "交響曲".encode("cp932"))
    Path("drums.mid").write_bytes(song(chunk(b"MTrk", b"\0" + title + b"\0" + END), track(*scale(4, 9))))
    wrong = ("generate --prime drums.mid -o a.mid", "play --prime drums.mid", "evaluate drums.mid")
    for line in (f"{each} --model tiny.onnx" for each in wrong):
        result = run(capsys, line)
        assert result.code == 1
        assert "drums.mid has no notes that Tiny can play" in result.err
        assert "交" not in result.err


def test_no_container_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "generate --model tiny.onnx --bars 1 -o a.rmi")
    assert result.code == 2
    assert "a.rmi should end in .mid" in result.err
    assert run(capsys, "generate --model tiny.onnx --bars 1 -o a.kar").code == 0
