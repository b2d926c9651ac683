"""Commands about files: generate, evaluate, models, ports."""

from __future__ import annotations

import json
import re
import sys
import wave
from pathlib import Path

import pytest

from musiclstm import paths
from musiclstm.music import midifile
from tests.cli.commands import refused, run

# ---- generate ------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.mid", "b.mid"):
        result = run(capsys, f"generate --model tiny.onnx --bars 4 --seed 7 -o {name}")
        assert (result.code, result.err) == (0, "")
        assert re.fullmatch(rf"{name}: \d+ notes, [\d.]+ bars, [\d.]+ s, seed 7\n", result.out)
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()
    run(capsys, "generate --model tiny.onnx --bars 4 --seed 8 -o b.mid")
    assert Path("a.mid").read_bytes() != Path("b.mid").read_bytes()


def test_without_a_seed_it_says_which_it_took(capsys: pytest.CaptureFixture[str]) -> None:
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


def test_the_file_has_all_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
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
    # Each is the one that its seed gives alone.
    run(capsys, "generate --model tiny.onnx --bars 2 --seed 5 -o alone.mid")
    assert Path("alone.mid").read_bytes() == Path("new/folder/tiny-5.mid").read_bytes()


def test_sound_goes_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "generate --model tiny.onnx --seconds 2 --seed 1 -o a.mid --wav --json")
    assert json.loads(result.out)["files"][0]["wav"] == "a.wav"
    with wave.open("a.wav") as sound:
        assert 2 <= sound.getnframes() / sound.getframerate() <= 5


def test_without_fluidsynth_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # None in sys.modules is a module that cannot be imported.
    monkeypatch.setitem(sys.modules, "fluidsynth", None)
    result = run(capsys, "generate --model tiny.onnx --bars 1 -o new --wav")
    refused(result, "needs FluidSynth: install it", 1)
    assert not Path("new").exists()


# ---- evaluate ------------------------------------------------------------------------------------


def test_evaluate_measures_files_and_folders(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "generate --model tiny.onnx --bars 2 --count 2 --seed 3 -o empty")
    result = run(capsys, "evaluate --model tiny.onnx empty song.mid text.mid --json")
    found = json.loads(result.out)
    assert {"pieces", "notes", "events", "seconds", "nats_per_note", "nats_per_event", "by_field", "skipped"} <= set(
        found
    )
    assert found["pieces"] == 3
    assert [each["file"] for each in found["skipped"]] == ["text.mid"]
    assert "is not a MIDI file" in found["skipped"][0]["why"]
    assert sum(found["by_field"].values()) == pytest.approx(found["nats_per_note"])
    assert found["nats_per_note"] * found["notes"] == pytest.approx(found["nats_per_event"] * found["events"])
    assert result.err == ""


def test_evaluate_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "evaluate --model tiny.onnx song.mid text.mid")
    assert result.code == 0
    assert "1 piece, 3 notes, 6 events" in result.out
    assert re.search(r"^Tiny( +\d+\.\d{3}){5}$", result.out, re.MULTILINE)
    assert result.err.startswith("skipped text.mid: ")


@pytest.mark.parametrize("name", sorted(path.stem for path in paths.resources().glob("*.onnx")))
def test_evaluate_prints_the_baselines_of_each_shipped_model(capsys: pytest.CaptureFixture[str], name: str) -> None:
    if name == "drums":
        run(capsys, "generate --model drums --bars 2 --seed 1 -o song.mid")
    result = run(capsys, f"evaluate --model {name} song.mid")
    assert (result.code, result.err) == (0, "")
    ours, zeroth, first = (
        float(re.search(rf"^{row}.*?(\d+\.\d{{3}})", result.out, re.MULTILINE)[1])  # type: ignore[index]
        for row in ("this model", "0-order", "1st-order")
    )
    assert ours < first < zeroth


# ---- models, ports -------------------------------------------------------------------------------


@pytest.mark.usefixtures("shipped")
def test_models_are_listed_with_those_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "models")
    assert result.code == 0
    assert "cannot be used" in next(line for line in result.out.splitlines() if line.startswith("broken"))
    assert "Soprano, Alto, Tenor, Bass" in result.out
    found = json.loads(run(capsys, "models --json").out)
    assert {each["name"] for each in found} == {"tiny", "broken"}


def test_where_there_are_no_models_it_says_how_to_get_one(capsys: pytest.CaptureFixture[str], shipped: Path) -> None:
    for path in shipped.iterdir():
        path.unlink()
    assert "musiclstm train" in run(capsys, "models").out


def test_ports_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "ports")
    assert result.code == 0
    assert {"  synth", "  virtual", "  null"} <= set(result.out.splitlines())
    found = json.loads(run(capsys, "ports --json").out)
    assert found["always"] == ["synth", "virtual", "null"]
