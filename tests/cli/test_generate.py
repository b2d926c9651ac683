"""generate: MIDI files, and sound beside them."""

from __future__ import annotations

import json
import re
import sys
import wave
from pathlib import Path

import pytest

from musiclstm.music import midifile
from tests.cli.commands import refused, run


def test_the_same_seed_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.mid", "b.mid"):
        result = run(capsys, f"generate --model tiny.onnx --bars 4 --seed 7 -o {name}")
        assert (result.code, result.err) == (0, "")
        assert re.fullmatch(rf"{name}: \d+ notes, [\d.]+ bars, [\d.]+ s, seed 7\n", result.out)
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()
    run(capsys, "generate --model tiny.onnx --bars 4 --seed 8 -o b.mid")
    assert Path("a.mid").read_bytes() != Path("b.mid").read_bytes()


def test_without_a_seed_it_prints_the_one_it_chose(capsys: pytest.CaptureFixture[str]) -> None:
    first = run(capsys, "generate --model tiny.onnx --bars 4 -o a.mid")
    seed = first.out.split()[-1]
    run(capsys, f"generate --model tiny.onnx --bars 4 --seed {seed} -o b.mid")
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


def test_options_reach_the_music(capsys: pytest.CaptureFixture[str]) -> None:
    seen = set()
    for options in (
        "",
        "--temperature 0.5",
        "--top-p 0.8",
        "--tempo 90",
        "--prime song.mid",
        "--seconds 5",
        "--events 9",
    ):
        line = f"generate --model tiny.onnx --seed 1 {options} -o a.mid"
        assert run(capsys, line).code == 0
        seen.add(Path("a.mid").read_bytes())
    assert len(seen) == 7


def test_the_file_has_tempo_title_and_parts(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate --model tiny.onnx --bars 32 --seed 1 --tempo 90 -o a.mid")
    piece = midifile.read("a.mid")
    assert piece.tempo == 90
    assert piece.title == "Tiny 1"
    assert {part.name for part in piece.parts} == {"Soprano", "Alto", "Tenor", "Bass"}
    assert {part.program for part in piece.parts} == {52}
    assert {part.channel for part in piece.parts} == {0, 1, 2, 3}


def test_a_prime_is_in_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate --model tiny.onnx --bars 2 --seed 1 --prime song.mid -o a.mid")
    piece = midifile.read("a.mid")
    assert [(note.onset, note.pitch) for note in piece.notes][:2] == [(0.0, 72), (1.0, 74)]
    assert (piece.tempo, piece.meters[0].numerator) == (90.0, 3)


def test_many_files_go_into_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "generate --model tiny.onnx --bars 2 --count 5 --seed 3 -o new/folder --json")
    made = json.loads(result.out)
    assert made["model"] == "tiny"
    assert [each["seed"] for each in made["files"]] == [3, 4, 5, 6, 7]
    for each in made["files"]:
        assert len(midifile.read(each["file"]).notes) == each["notes"]
    # Each is the piece that its seed gives alone.
    run(capsys, "generate --model tiny.onnx --bars 2 --seed 5 -o alone.mid")
    assert Path("alone.mid").read_bytes() == Path("new/folder/tiny-5.mid").read_bytes()


def test_sound_is_written_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "generate --model tiny.onnx --seconds 2 --seed 1 -o a.mid --wav --json")
    assert json.loads(result.out)["files"][0]["wav"] == "a.wav"
    with wave.open("a.wav") as sound:
        assert 2 <= sound.getnframes() / sound.getframerate() <= 5


def test_a_name_that_ends_in_a_slash_is_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("tunes.v2", "tunes.mid"):
        result = run(capsys, f"generate --model tiny.onnx --bars 1 --seed 3 -o {folder}/")
        assert (result.code, result.err) == (0, "")
        assert Path(folder, "tiny-3.mid").is_file()


@pytest.mark.parametrize("options", ["-o a.mid --wav", "-o a --count 3 --seed 1", "-o a --count 3 --seed 1 --wav"])
def test_what_cannot_be_written_is_found_before_the_first_piece_is_made(
    capsys: pytest.CaptureFixture[str], options: str
) -> None:
    taken = Path("a.wav" if "a.mid" in options else "a/tiny-3.wav" if "--wav" in options else "a/tiny-3.mid")
    taken.mkdir(parents=True)
    result = run(capsys, f"generate --model tiny.onnx --bars 1 {options}")
    refused(result, f"{taken} cannot be written: it is a folder", 2)
    assert [path for path in Path("a").rglob("*") if path.is_file()] == []


def test_without_fluidsynth_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # None in sys.modules is a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    result = run(capsys, "generate --model tiny.onnx --bars 1 -o new --wav")
    refused(result, "needs FluidSynth: install it", 1)
    assert not Path("new").exists()
