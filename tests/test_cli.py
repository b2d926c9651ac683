"""The commands, as a person gives them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from musiclstm import cli, paths
from musiclstm.cli import files, learning, live
from musiclstm.engine import play as stream
from musiclstm.engine import synth
from musiclstm.engine.messages import Command, EngineOptions, SetSync
from musiclstm.engine.ports import NullPort
from musiclstm.errors import PortError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from tests import midi
from tests.model.tiny import tiny_model

MUSICLSTM = [sys.executable, "-m", "musiclstm"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with what bad commands name."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.onnx").write_bytes(model.read_bytes())
    Path("song.mid").write_bytes(midi.content("two_voices"))
    Path("text.mid").write_text("To be, or not to be")
    Path("short.mid").write_bytes(midi.content("two_voices")[:-20])
    Path("text.onnx").write_text("To be, or not to be")
    Path("empty").mkdir()
    Path("kept.mid").write_bytes(b"precious")


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def run(capsys: pytest.CaptureFixture[str], line: str) -> Result:
    capsys.readouterr()
    code = cli.main(line.split())
    said = capsys.readouterr()
    return Result(code, said.out, said.err)


# ---- what makes no sense -------------------------------------------------------------------------

USAGE = [
    ("no-such-command", "invalid choice"),
    ("generate", "-o/--output"),
    ("generate --model tiny.onnx --bars 0 -o kept.mid", "--bars: a whole number of at least 1, not 0"),
    ("generate --model tiny.onnx --bars 2.5 -o kept.mid", "--bars: a whole number, not 2.5"),
    ("generate --model tiny.onnx --bars many -o kept.mid", "--bars: a whole number, not 'many'"),
    ("generate --model tiny.onnx --bars 2 --seconds 3 -o kept.mid", "not allowed with"),
    ("generate --model tiny.onnx --seconds -1 -o kept.mid", "--seconds"),
    ("generate --model tiny.onnx --seconds nan -o kept.mid", "--seconds"),
    ("generate --model tiny.onnx --events 0 -o kept.mid", "--events"),
    ("generate --model tiny.onnx --count 0 -o kept.mid", "--count"),
    ("generate --model tiny.onnx --seed -1 -o kept.mid", "--seed"),
    ("generate --model tiny.onnx --tempo -120 -o kept.mid", "--tempo: a tempo from 4 to 1000, not -120"),
    ("generate --model tiny.onnx --tempo inf -o kept.mid", "--tempo"),
    ("generate --model tiny.onnx --temperature 0 -o kept.mid", "--temperature: a number from 0.1 to 2, not 0"),
    ("generate --model tiny.onnx --top-p 1.1 -o kept.mid", "--top-p"),
    ("generate --model tiny.onnx --count 3 -o kept.mid", "3 files need a folder, not kept.mid"),
    ("generate --model tiny.onnx -o no/folder/a.mid", "There is no folder no/folder"),
    ("generate --model tiny.onnx -o a.wav", "a.wav should end in .mid, or be a folder"),
    ("generate --model tiny.onnx --count 2 -o kept.mid/sub", "cannot be made"),
    ("play --tempo 0", "--tempo"),
    ("play --seconds 0", "--seconds"),
    ("play --set density", "NAME=VALUE"),
    ("play --set loudness=1", "there is no control 'loudness'; the controls are time.temperature"),
    ("play --set density=9", "density is a number from -1 to 1, not '9'"),
    ("play --set scale=klingon", "scale is one of off, major"),
    ("play --set thru=maybe", "thru is on or off"),
    ("play --mode sleep", "invalid choice: 'sleep'"),
    ("play --sync sundial", "midi:PORT, link or internal, not 'sundial'"),
    ("play --latency soon", "--latency"),
    ("play --osc 99999", "--osc"),
    ("play --record take.wav", "--record take.wav should end in .mid"),
    ("play --record no/take.mid", "there is no folder"),
    ("train", "required"),
    ("train empty -o a.onnx --minutes soon", "--minutes"),
    ("evaluate --model tiny.onnx", "FILE_OR_FOLDER"),
]

FAILS = [
    ("generate --model nobody -o kept.mid", "There is no model called nobody"),
    ("generate --model gone.onnx -o kept.mid", "There is no model file gone.onnx"),
    ("generate --model text.onnx -o kept.mid", "text.onnx is not a model file"),
    ("generate --model song.mid -o kept.mid", "song.mid is not a model file"),
    ("generate --model tiny.onnx --prime gone.mid -o kept.mid", "There is no file gone.mid"),
    ("generate --model tiny.onnx --prime text.mid -o kept.mid", "text.mid is not a MIDI file"),
    ("generate --model tiny.onnx --prime short.mid -o kept.mid", "it is cut short"),
    ("generate --model tiny.onnx --prime empty -o kept.mid", "empty is a folder"),
    ("generate --model tiny.onnx --bars 1 -o /proc/a.mid", "cannot be written"),
    ("evaluate --model nobody song.mid", "There is no model called nobody"),
    ("evaluate --model tiny.onnx gone.mid", "There is no file gone.mid"),
    ("evaluate --model tiny.onnx text.mid", "text.mid is not a MIDI file"),
    ("evaluate --model tiny.onnx short.mid", "it is cut short"),
    ("evaluate --model tiny.onnx empty", "There are no MIDI files in empty"),
    ("evaluate --model tiny.onnx text.mid short.mid", "No file can be used"),
]


@pytest.mark.parametrize(("line", "says"), USAGE)
def test_a_command_that_makes_no_sense_gets_one_line(capsys: pytest.CaptureFixture[str], line: str, says: str) -> None:
    refused(run(capsys, line), says, 2)


@pytest.mark.parametrize(("line", "says"), FAILS)
def test_what_cannot_be_done_gets_one_line(capsys: pytest.CaptureFixture[str], line: str, says: str) -> None:
    refused(run(capsys, line), says, 1)


def refused(result: Result, says: str, code: int) -> None:
    assert result.code == code
    assert says in result.err
    assert result.err.startswith("musiclstm: ")
    assert result.err.count("\n") == 1
    assert result.out == ""
    # Nothing overwritten, nothing half written.
    assert Path("kept.mid").read_bytes() == b"precious"
    left = {path.name for path in Path().iterdir() if path.is_file()}
    assert left == {"tiny.onnx", "song.mid", "text.mid", "short.mid", "text.onnx", "kept.mid"}


def test_our_own_faults_are_one_line_and_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(options: object) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(files, "models", broken)
    result = run(capsys, "models")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "ZeroDivisionError" in result.err
    assert "Traceback" in (paths.user_data() / "musiclstm.log").read_text()


def test_without_torch_training_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "find_spec", lambda name: None if name == "torch" else object())
    refused(run(capsys, "train empty -o a.onnx"), "Training needs torch; install", 2)


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
    assert "1 pieces, 3 notes, 6 events" in result.out
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


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of shipped models with one that is none."""
    folder = tmp_path / "resources"
    folder.mkdir()
    (folder / "tiny.onnx").write_bytes(Path("tiny.onnx").read_bytes())
    (folder / "broken.onnx").write_text("nothing")
    monkeypatch.setattr(paths, "resources", lambda: folder)
    return folder


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


# ---- the process ---------------------------------------------------------------------------------


def test_help_takes_nothing_heavy() -> None:
    code = """
import sys
from musiclstm.cli import main
assert main(["--help"]) == 0 and main(["play", "--help"]) == 0
heavy = {"numpy", "onnxruntime", "PySide6", "mido", "torch", "rtmidi", "multiprocessing"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_names_every_control(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "play --help").out
    assert "time.temperature" in out
    assert "chord_lock" in out


def test_a_reader_that_has_enough_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*MUSICLSTM, "models"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_nothing_goes_on_when_it_is_killed() -> None:
    command = ["generate", "--model", "tiny.onnx", "--bars", "1000000", "--count", "8", "-o", "endless"]
    process = subprocess.Popen([sys.executable, "-m", "musiclstm", *command], start_new_session=True)

    def alive() -> int:
        count = 0
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                state, _, group = file.read_text().rpartition(")")[2].split()[:3]
                count += int(group) == process.pid and state != "Z"
        return count

    def until(enough: Callable[[int], bool]) -> None:
        end = time.monotonic() + 30
        while not enough(alive()):
            assert time.monotonic() < end
            time.sleep(0.1)

    try:
        until(lambda count: count > 2)  # workers, beside it and what keeps count of what they share
        time.sleep(2)
        process.kill()
        process.wait()
        until(lambda count: not count)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("count", [1, 8])
def test_ctrl_c_ends_quietly_and_leaves_nothing_half_done(count: int) -> None:
    code = f"""
import os, signal, sys, threading, time
from musiclstm.cli import main

# Whoever runs tests in the background may have it ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)

def ctrl_c():
    while "musiclstm.engine.render" not in sys.modules:
        time.sleep(0.01)
    time.sleep(0.7)
    os.killpg(0, signal.SIGINT)

threading.Thread(target=ctrl_c, daemon=True).start()
sys.exit(main("generate --model tiny.onnx --bars 1000000 --count {count} -o empty".split()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, start_new_session=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert list(Path("empty").iterdir()) == []


# ---- play ----------------------------------------------------------------------------------------


def test_what_is_asked_of_play_reaches_the_engine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def playing(
        options: EngineOptions,
        seconds: float | None,
        record: str | None,
        say: Callable[[str], None],
        commands: tuple[Command, ...],
    ) -> int:
        asked.extend((options, seconds, record, commands))
        say("playing")
        return 0

    monkeypatch.setattr(stream, "play", playing)
    line = (
        "play --model folk --out Piano --in Keys --seconds 2.5 --tempo 90 --seed 4 --record a.mid --latency 12 "
        "--osc 9000 --mode continue --sync midi:Clock --set density=0.5 --set scale=minor --set thru=off "
        "--set polyphony=none --set range.low=40"
    )
    result = run(capsys, line)
    assert (result.code, result.out) == (0, "playing\n")
    controls = (
        ("density", 0.5),
        ("scale", "minor"),
        ("thru", False),
        ("polyphony", None),
        ("range.low", 40),
        ("mode", "continue"),
    )
    options = EngineOptions(
        model="folk",
        output="Piano",
        input="Keys",
        tempo=90,
        seed=4,
        latency=12,
        controls=controls,
        osc=9000,
        play=True,
    )
    assert asked == [options, 2.5, "a.mid", (SetSync("midi", "Clock"),)]
    run(capsys, "play --sync link --send-clock")
    assert asked[-1] == (SetSync("link", send=True),)
    run(capsys, "play --send-clock")
    assert asked[-1] == (SetSync("internal", send=True),)
    run(capsys, "play")
    assert asked[3 * 4 :] == [EngineOptions(play=True), None, None, ()]


@pytest.mark.parametrize(("sound", "heard"), [(True, "on the built-in synth"), (False, "silently")])
def test_without_a_window_it_streams(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, shipped: Path, sound: bool, heard: str
) -> None:
    def no_qt() -> int:
        raise ImportError("libEGL.so.1: cannot open shared object file")

    def driver() -> NullPort:
        if not sound:
            raise PortError("no sound")
        return NullPort()

    def playing(options: EngineOptions, **_: object) -> int:
        asked.append(options)
        return 0

    (shipped / "broken.onnx").unlink()
    asked: list[EngineOptions] = []
    monkeypatch.setattr(live, "display", lambda: True)
    monkeypatch.setattr(live, "_window", no_qt)
    monkeypatch.setattr(synth, "SynthPort", driver)
    monkeypatch.setattr(stream, "play", playing)
    result = run(capsys, "")
    assert result.code == 0
    assert result.out.count("\n") == 1
    for part in ("libEGL.so.1", "tiny plays", heard, "take.mid"):
        assert part in result.out
    assert asked == [EngineOptions(model="tiny", output="synth" if sound else "null", play=True)]
    refused_window = run(capsys, "gui")
    assert refused_window.code == 2
    assert "libEGL.so.1" in refused_window.err


# ---- the window ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "nonsense", ":x", ":9873", "127.0.0.1:9873"])
def test_a_display_that_does_not_answer_is_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", name)
    assert not live.display()


def test_a_display_that_answers_is_one(monkeypatch: pytest.MonkeyPatch, display: str) -> None:
    monkeypatch.setenv("DISPLAY", display)
    assert live.display()


def test_the_window_needs_a_display(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "display", lambda: False)
    refused(run(capsys, "gui"), "There is no display for the window; `musiclstm play` plays without one", 2)


def test_no_take_is_overwritten() -> None:
    midifile.write("take.mid", Piece((Note(0, 1, 60),)))
    assert live._free(Path("take.mid")) == Path("take-2.mid")
    assert live._free(Path("other.mid")) == Path("other.mid")
