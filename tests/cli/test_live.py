"""Commands that play: what reaches the engine, with a window and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from musiclstm.cli import live
from musiclstm.cli import play as stream
from musiclstm.engine.ports import synth
from musiclstm.engine.ports.base import NullPort
from musiclstm.errors import PortError
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol.messages import Command, EngineOptions, SetSync
from tests.cli.commands import refused, run

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


def test_help_names_every_control(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "play --help").out
    assert "time.temperature" in out
    assert "chord_lock" in out


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
