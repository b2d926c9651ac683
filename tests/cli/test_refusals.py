"""Every refused command gets one line with the cause and the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from musiclstm import paths
from musiclstm.cli import models, train
from musiclstm.cli.main import main
from tests.cli.commands import Result, refused, run

USAGE = [
    ("no-such-command", "invalid choice"),
    ("generate", "-o/--output"),
    ("generate --model tiny.onnx --bars 0 -o kept.mid", "--bars: expected a whole number from 1 to 100000, not 0"),
    ("generate --model tiny.onnx --bars 2.5 -o kept.mid", "--bars: expected a whole number, not 2.5"),
    ("generate --model tiny.onnx --bars many -o kept.mid", "--bars: expected a whole number, not 'many'"),
    ("generate --model tiny.onnx --bars 2 --seconds 3 -o kept.mid", "not allowed with"),
    ("generate --model tiny.onnx --seconds -1 -o kept.mid", "--seconds"),
    ("generate --model tiny.onnx --seconds nan -o kept.mid", "--seconds"),
    ("generate --model tiny.onnx --seconds 1e308 -o kept.mid", "--seconds: expected a number of seconds from 0.001 to"),
    ("generate --model tiny.onnx --bars 1e300 -o kept.mid", "--bars: expected a whole number from 1 to 100000"),
    ("generate --model tiny.onnx --events 0 -o kept.mid", "--events"),
    ("generate --model tiny.onnx --events 1e9 -o kept.mid", "--events: expected a whole number from 1 to 400000"),
    ("generate --model tiny.onnx --count 0 -o kept.mid", "--count"),
    ("generate --model tiny.onnx --count 1e9 -o empty", "--count: expected a whole number from 1 to 100000"),
    ("rewrite song.mid --model tiny.onnx --bars 1 --count 5000 -o empty", "--count: expected a whole number from 1 to"),
    ("generate --model tiny.onnx --seed -1 -o kept.mid", "--seed"),
    ("generate --model tiny.onnx --tempo -120 -o kept.mid", "--tempo: expected a tempo from 4 to 1000, not -120"),
    ("generate --model tiny.onnx --tempo inf -o kept.mid", "--tempo"),
    ("generate --model tiny.onnx --temperature 0 -o kept.mid", "--temperature: expected a number from 0.1 to 2, not 0"),
    ("generate --model tiny.onnx --top-p 1.1 -o kept.mid", "--top-p"),
    ("generate --model tiny.onnx --band folk,drums -o kept.mid", "--band: not allowed with argument --model"),
    ("play --model folk --band folk,drums", "--band: not allowed with argument --model"),
    ("generate --model tiny.onnx --strength 0.5 -o kept.mid", "--strength says how much chords lead: name them by"),
    ("generate --model tiny.onnx --chords C --set chords.player=0 -o kept.mid", "--chords and --set chords.player=0"),
    ("play --chords C --set chords.player=0", "--chords and --set chords.player=0"),
    ("generate --model drums --chords C -o kept.mid", "plays drums, which no chords can lead; leave out --chords"),
    ("generate --band drums,drums --chords C -o kept.mid", "which no chords can lead"),
    ("generate --model tiny.onnx --set metronome=on -o kept.mid", "--set: metronome is for playing live"),
    ("generate --model tiny.onnx --set chord_lock=on -o kept.mid", "--set: chord_lock is for playing live"),
    ("generate --model tiny.onnx --count 3 -o kept.mid", "3 files need a folder to write to, not kept.mid"),
    ("generate --model tiny.onnx -o no/folder/a.mid", "There is no folder no/folder"),
    ("generate --model tiny.onnx -o -", "name a file or a folder, not -"),
    ("rewrite song.mid --model tiny.onnx --bars 1 -o -", "name a file or a folder, not -"),
    ("generate --model tiny.onnx --seed 9223372036854775807 --count 2 -o empty", "choose a smaller --seed"),
    ("rewrite song.mid --model tiny.onnx --bars 1 --seed 9223372036854775807 --count 2 -o empty", "a smaller --seed"),
    ("generate --model tiny.onnx -o a.wav", "a.wav should end in .mid or .musicxml, or be a folder"),
    ("generate --model tiny.onnx --count 2 -o kept.mid/sub", "cannot be written: Not a directory"),
    ("generate --model tiny.onnx -o kept.mid/", "cannot be written: Not a directory"),
    # A folder that was not there is not left behind.
    ("generate --model drums --chords C -o new", "leave out --chords"),
    ("generate --model tiny.onnx --chords Hxx -o new/", "is no chord"),
    ("generate --model tiny.onnx --events 9 --end -o new", "leave out --end or --events"),
    ("generate --model tiny.onnx --set nobody:density=1 -o new", "only the players of a band"),
    ("generate --model tiny.onnx --set nobody:density=1 --count 4 -o new", "only the players of a band"),
    ("rewrite song.mid --model tiny.onnx --bars 1 --part Oboe -o new", "has no part called Oboe"),
    # All at once, not when the music is made.
    ("generate --model tiny.onnx --bars 100000 -o /proc/a.mid", "/proc/a.mid cannot be written"),
    ("generate --model tiny.onnx --bars 100000 -o /proc/self", "cannot be written"),
    ("rewrite song.mid --model tiny.onnx --bars 1 -o /proc/a.mid", "/proc/a.mid cannot be written"),
    ("play --tempo 0", "--tempo"),
    ("play --seconds 0", "--seconds"),
    ("play --bars 0", "--bars"),
    ("play --end 65", "--end"),
    ("play --bars 8 --seconds 3", "not allowed with"),
    ("play --fade", "name --bars or --end"),
    ("play --set density", "NAME=VALUE"),
    ("play --set loudness=1", "no control named 'loudness'. Available: time.temperature"),
    ("play --set density=9", "density is a number from -1 to 1, not '9'"),
    ("play --set scale=klingon", "scale is one of off, major"),
    ("play --set thru=maybe", "thru is on or off"),
    ("play --mode sleep", "invalid choice: 'sleep'"),
    ("play --sync sundial", "midi:PORT, link, person or internal, not 'sundial'"),
    ("play --latency soon", "--latency"),
    ("play --osc 99999", "--osc"),
    ("play --record take.wav", "--record take.wav should end in .mid"),
    ("play --prime song.mid --setlist set.toml", "--prime is not for the songs of a set list"),
    ("play --chords C --setlist set.toml", "--chords is not for the songs of a set list"),
    ("play --record no/take.mid", "There is no folder"),
    ("play --model tiny.onnx --out null --record /proc/take.mid", "/proc/take.mid cannot be written"),
    # Names that no file can have.
    (f"play --model tiny.onnx --out null --record {'x' * 300}.mid", "cannot be written: File name too long"),
    (f"generate --model tiny.onnx -o {'x' * 300}.mid", "cannot be written: File name too long"),
    (f"generate --model tiny.onnx --chords {'x' * 300} -o kept.mid", "no chord"),
    ("train", "required"),
    ("train empty -o a.onnx --minutes soon", "--minutes"),
    *(
        (line.replace("9", "9" * 5000), "9999…")
        for line in (
            "generate --model tiny.onnx --bars 9 -o kept.mid",
            "generate --model tiny.onnx --tempo 9 -o kept.mid",
            "play --set density=9",
            "train empty -o a.onnx --steps 9",
            "rewrite song.mid --model tiny.onnx --bars 9-10 -o kept.mid",
        )
    ),
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
    ("play --model tiny.onnx --prime gone.mid", "There is no file gone.mid"),
    ("learn --model tiny.onnx,tiny.onnx", "Tiny + Tiny is a band; name a single model"),
    ("mix tiny.onnx,tiny.onnx tiny.onnx,tiny.onnx -o a.onnx", "Tiny + Tiny is a band; name a single model"),
    ("train empty --from tiny.onnx,tiny.onnx -o a.onnx --run empty/run", "Tiny + Tiny is a band; name a single model"),
    ("rewrite song.mid --model tiny.onnx --bars 900 -o new", "it has no bar 900"),
    ("rewrite gone.mid --model tiny.onnx --bars 1 -o new", "There is no file gone.mid"),
    ("evaluate --model nobody song.mid", "There is no model called nobody"),
    ("evaluate --model tiny.onnx gone.mid", "There is no file gone.mid"),
    ("evaluate --model tiny.onnx text.mid", "text.mid is not a MIDI file"),
    ("evaluate --model tiny.onnx short.mid", "it is cut short"),
    ("evaluate --model tiny.onnx empty", "There are no MIDI files in empty"),
    (f"evaluate --model tiny.onnx {'x' * 300}.mid", "cannot be read: File name too long"),
    (f"train {'x' * 300} -o a.onnx", "No corpus or folder named"),
    ("evaluate --model tiny.onnx text.mid short.mid", "No file can be used"),
]


@pytest.mark.parametrize(("line", "message"), USAGE)
def test_wrong_usage_gives_a_message_of_one_line(capsys: pytest.CaptureFixture[str], line: str, message: str) -> None:
    refused(run(capsys, line), message, 2)


@pytest.mark.parametrize(("line", "message"), FAILS)
def test_a_failure_gives_a_message_of_one_line(capsys: pytest.CaptureFixture[str], line: str, message: str) -> None:
    refused(run(capsys, line), message, 1)


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def _elsewhere(path: Path) -> None:
    """Whose weights are in another file."""
    model = onnx.load("tiny.onnx")
    weight = model.graph.initializer[0]
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="/etc/passwd")
    path.write_bytes(model.SerializeToString())


@pytest.mark.parametrize(
    ("damage", "message"), [(_huge, "it is larger than 256 MB"), (_elsewhere, "its weights are in another file")]
)
@pytest.mark.parametrize(
    "line",
    [
        "generate --model strange/model.onnx -o kept.mid",
        "evaluate --model strange/model.onnx song.mid",
        "train music --from strange/model.onnx -o strange/mine.onnx --run strange/run --steps 1",
        "train music --from strange/model.onnx -o strange/mine.onnx --run strange/run --look",
    ],
)
def test_a_strangers_model_is_refused_by_every_command(
    capsys: pytest.CaptureFixture[str], line: str, damage: Callable[[Path], None], message: str
) -> None:
    for folder in ("strange", "music"):
        Path(folder).mkdir()
    Path("music/song.mid").write_bytes(Path("song.mid").read_bytes())
    damage(Path("strange/model.onnx"))
    refused(run(capsys, line), message, 1)


def test_a_bug_gives_a_message_of_one_line_and_a_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(options: object) -> int:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(models, "run", broken)
    result = run(capsys, "models")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "ZeroDivisionError" in result.err
    assert "Traceback" in paths.error_log().read_text()


def test_without_torch_training_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "find_spec", lambda name: None if name == "torch" else object())
    refused(run(capsys, "train empty -o a.onnx"), "Training needs torch; install with: pip", 2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "--model", "tiny.onnx", "--prime", "", "-o", "kept.mid"],
        ["generate", "--model", "tiny.onnx", "--bars", "1", "-o", ""],
        ["evaluate", "--model", "tiny.onnx", ""],
        ["rewrite", "", "--model", "tiny.onnx", "--bars", "1", "-o", "kept.mid"],
        ["play", "--model", "tiny.onnx", "--record", ""],
    ],
)
def test_an_empty_name_is_not_this_folder(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """As of a variable that the shell does not know: an option is not passed over, and the folder not filled."""
    code = main(arguments)
    output = capsys.readouterr()
    refused(Result(code, output.out, output.err), "expected the name of a file or folder, not an empty one", 2)


def test_what_a_file_holds_does_not_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty/bad.txt").write_bytes(b"\x1b[2J\0\x07")
    out = run(capsys, "generate --model tiny.onnx --chords empty/bad.txt -o kept.mid")
    refused(out, "is no chord", 2)
    assert out.err.rstrip("\n").isprintable()
