"""No command: the window, or where none can be opened, the stream."""

from __future__ import annotations

from pathlib import Path

import pytest

from musiclstm.cli import display, gui, stream
from musiclstm.engine.ports import synth
from musiclstm.engine.ports.base import NullPort
from musiclstm.errors import PortError
from musiclstm.files import unused
from musiclstm.music import midifile
from musiclstm.music.note import Note, Piece
from musiclstm.protocol.options import EngineOptions
from tests.cli.commands import refused, run


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
    monkeypatch.setattr(display, "available", lambda: True)
    monkeypatch.setattr(gui, "open_window", no_qt)
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


def test_the_window_needs_a_display(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "available", lambda: False)
    refused(run(capsys, "gui"), "There is no display for the window; `musiclstm play` plays without one", 2)


def test_no_take_is_overwritten() -> None:
    midifile.write("take.mid", Piece((Note(0, 1, 60),)))
    assert unused(Path("take.mid")) == Path("take-2.mid")
    assert unused(Path("other.mid")) == Path("other.mid")
