"""generate --setlist and play --setlist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musiclstm.engine.offline import wav
from musiclstm.music import midifile
from musiclstm.music.note import Piece, TimeBase
from tests.cli.commands import run

SET_LIST = """
format = 1
[[song]]
title = "One"
model = "tiny.onnx"
chain = "A B"
[song.A]
bars = 3
controls = { density = 0.5 }
[song.B]
bars = 2
[[song]]
title = "Two / 2"
chain = "A"
[song.A]
bars = 2
"""


@pytest.fixture(autouse=True)
def _file() -> None:
    Path("evening.toml").write_text(SET_LIST, encoding="utf-8")


def test_each_song_gets_a_file_of_its_length(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(capsys, "generate --model tiny.onnx --setlist evening.toml --seed 3 -o out --json")
    assert (result.code, result.err) == (0, "")
    files = json.loads(result.out)["files"]
    assert [Path(each["file"]).name for each in files] == ["01 One.mid", "02 Two  2.mid"]
    assert midifile.read(files[0]["file"], TimeBase.BEATS).bars <= 5.01
    assert files[0]["notes"] > 0


def test_the_same_seed_gives_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.mid", "b.mid"):
        run(capsys, f"generate --model tiny.onnx --setlist evening.toml --song 1 --seed 3 -o {name}")
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


def test_sound_follows_the_tempos_of_the_sections(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = SET_LIST.replace("[song.A]\nbars = 3", "tempo = 60\n[song.A]\nbars = 1").replace("density = 0.5", "")
    text = text.replace("[song.B]\n", "[song.B]\ntempo = 180\n")
    Path("evening.toml").write_text(text, encoding="utf-8")
    sounding: list[Piece] = []
    monkeypatch.setattr(wav, "check", lambda: None)
    monkeypatch.setattr(wav, "write", lambda _, piece: sounding.append(piece))
    result = run(capsys, "generate --model tiny.onnx --setlist evening.toml --song 1 --seed 3 --wav -o a.mid")
    assert (result.code, result.err) == (0, "")
    (piece,) = sounding
    assert piece.clock()(piece.length) == pytest.approx(midifile.read("a.mid", TimeBase.SECONDS).length, abs=0.01)


def test_a_long_title_fits_into_the_name_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("evening.toml").write_text(SET_LIST.replace("One", "\u97f3" * 300), encoding="utf-8")
    result = run(capsys, "generate --model tiny.onnx --setlist evening.toml --seed 3 -o out")
    assert (result.code, result.err) == (0, "")
    assert len(list(Path("out").iterdir())) == 2


def refused(capsys: pytest.CaptureFixture[str], command: str, says: str) -> None:
    """In one line, before anything was written."""
    result = run(capsys, command)
    assert result.code
    assert says in result.err
    assert result.err.count("\n") == 1
    assert not list(Path().glob("out*"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--setlist none.toml -o out", "none.toml is not used"),
        ("--setlist evening.toml -o out.mid", "2 songs (or --song to choose one) need a folder"),
        ("--setlist evening.toml --song 3 -o out.mid", "no song 3"),
        ("--setlist evening.toml --bars 4 -o out", "--bars"),
        ("--setlist evening.toml --chords C -o out", "--chords"),
        ("--setlist evening.toml --fade -o out", "--fade"),
        ("--setlist evening.toml --count 2 -o out", "--count"),
        ("--setlist evening.toml --set density=0.5 -o out", "--set says"),
        ("--setlist evening.toml --learnt 0 -o out", "--learnt says"),
        ("--setlist evening.toml --top-p 0.5 -o out", "--top-p says"),
        ("--setlist evening.toml --end -o out", "--end says"),
        ("--setlist evening.toml --no-end -o out", "--no-end says"),
        ("--song 1 -o out.mid", "--setlist"),
    ],
)
def test_what_does_not_go_together_is_refused(capsys: pytest.CaptureFixture[str], options: str, says: str) -> None:
    refused(capsys, f"generate --model tiny.onnx {options}", says)


def test_play_checks_the_file_before_it_starts(capsys: pytest.CaptureFixture[str]) -> None:
    Path("evening.toml").write_text("format = 9", encoding="utf-8")
    refused(capsys, "play --out null --setlist evening.toml", "reads format 1")
