"""The process: what it loads, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.model.tiny import tiny_model

MUSICLSTM = [sys.executable, "-m", "musiclstm"]


def test_an_interrupt_that_a_library_turns_into_another_error_is_quiet() -> None:
    code = """
import os, signal, sys
from importlib.abc import MetaPathFinder
from musiclstm.cli.main import main
class Library(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "onnxruntime":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError
sys.meta_path.insert(0, Library())
sys.exit(main(["evaluate", "a.mid"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from musiclstm.cli.main import main
assert main(["--help"]) == 0 and main(["play", "--help"]) == 0
heavy = {"numpy", "onnxruntime", "PySide6", "mido", "torch", "rtmidi", "multiprocessing"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_closed_pipe_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*MUSICLSTM, "models"], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("encoding", ["utf-8:strict", "ascii:strict"])
def test_names_that_the_terminal_cannot_show_are_printed_all_the_same(tmp_path: Path, encoding: str) -> None:
    """Strict as in most languages: Python takes bytes that are no UTF-8 only where none is set."""
    model, environment = tmp_path / "mod\udcfcl × 2.onnx", {**os.environ, "PYTHONIOENCODING": encoding}
    try:
        tiny_model(tmp_path).rename(model)
    except OSError:
        pytest.skip("the disk takes only UTF-8")
    line = ["generate", "--model", str(model), "--seed", "1", "--events", "40", "-o", str(tmp_path / "t\udcfcne.mid")]
    done = subprocess.run([*MUSICLSTM, *line], capture_output=True, check=False, env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"t\\udcfcne.mid: " in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no such device")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*MUSICLSTM, "models"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "musiclstm: standard output cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.skipif(os.name == "nt", reason="closes a descriptor")
def test_no_output_is_no_error() -> None:
    command = ["sh", "-c", '"$@" >&-', "sh", *MUSICLSTM, "models"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_no_process_is_left_when_it_is_killed() -> None:
    command = ["generate", "--model", "tiny.onnx", "--bars", "100000", "--count", "8", "-o", "endless"]
    process = subprocess.Popen([*MUSICLSTM, *command], start_new_session=True)

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
        until(lambda count: count > 2)  # workers, beside itself and the resource tracker
        time.sleep(2)
        process.kill()
        process.wait()
        until(lambda count: not count)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("count", [1, 8])
def test_ctrl_c_ends_quietly_and_leaves_no_partial_file(count: int) -> None:
    code = f"""
import os, signal, sys, threading, time
from musiclstm.cli.main import main

# A shell that runs the tests in the background ignores it.
signal.signal(signal.SIGINT, signal.default_int_handler)

def ctrl_c():
    while "musiclstm.engine.offline.render" not in sys.modules or not os.path.isdir("empty"):
        time.sleep(0.01)
    time.sleep(0.7)
    os.killpg(0, signal.SIGINT)

threading.Thread(target=ctrl_c, daemon=True).start()
sys.exit(main("generate --model tiny.onnx --bars 100000 --count {count} -o empty".split()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, start_new_session=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")
    assert list(Path("empty").iterdir()) == []
