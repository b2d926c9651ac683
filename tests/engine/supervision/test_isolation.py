"""No process of ours runs a file of the working folder in place of a module."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from musiclstm.engine.system.isolation import command, folders
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.engine.desk import Desk

NAMES = (
    "abc", "argparse", "base64", "codecs", "contextlib", "copyreg", "dataclasses", "enum", "functools", "heapq", "io",
    "json", "logging", "multiprocessing", "numpy", "onnxruntime", "os", "pathlib", "pickle", "platformdirs", "queue",
    "random", "re", "runpy", "signal", "site", "sitecustomize", "socket", "struct", "subprocess", "tempfile",
    "threading", "traceback", "types", "typing", "usercustomize", "warnings", "zipfile",
)  # fmt: skip


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, which is also first on this process's path; a module of it leaves a mark."""
    folder = tmp_path / "music"
    folder.mkdir()
    content = f"open({str(folder / 'mark')!r}, 'a').write(__name__)\nraise ImportError('hostile')\n"
    for name in NAMES:
        (folder / f"{name}.py").write_text(content)
    (folder / "musiclstm").mkdir()
    (folder / "musiclstm" / "__init__.py").write_text(content)
    monkeypatch.chdir(folder)
    # As `python -m` and `python -c` have it.
    monkeypatch.setattr(sys, "path", [str(folder), "", *sys.path])
    return folder


def test_engine_guard_and_take_do_not(hostile: Path, desks: Callable[..., Desk], options: EngineOptions) -> None:
    desk = desks(options)
    desk.until(lambda: len(desk.notes()) > 5)
    desk.kill()  # and now the guard has something to do
    desk.until(lambda: len(desk.all(telemetry.Loaded)) == 2)
    desk.host.send(commands.SaveTake(str(hostile / "take.mid"), 1.0))
    desk.first(telemetry.Saved)
    desk.host.close()
    assert (hostile / "take.mid").exists()
    assert not (hostile / "mark").exists()


def test_a_process_finds_what_this_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text("import sys; print(sys.argv[1:], __name__)")
    monkeypatch.syspath_prepend(str(tmp_path))
    done = subprocess.run(command("mine", "a", "-m"), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['a', '-m'] __main__"


def test_a_checkout_is_found_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[3]
    monkeypatch.chdir(root)
    found = folders([str(root), "", "relative", *sys.path])
    assert str(root) in found
    assert "" not in found
    assert "relative" not in found
    standard = str(Path(os.__file__).parent)
    assert found.index(standard) < found.index(str(root))
