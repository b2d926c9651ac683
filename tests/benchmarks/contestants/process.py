"""Starts contestants, each in a process of its own with one thread, and asks them to measure."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from musiclstm.engine.system.threads import ONE_THREAD
from tests.benchmarks.contestants.answer import MARK

ROOT = Path(__file__).parents[3]
PEERS = ROOT / "build" / "peers"
# TensorFlow tells how it looks for a graphics card, and finds none.
ENVIRONMENT = ONE_THREAD | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(ROOT)}


class ContestantError(Exception):
    """It cannot be measured here; says why."""


class Contestant:
    """A module of this package in a process. `ready`: what it said when all was loaded."""

    def __init__(self, module: str, *arguments: str, python: str = sys.executable) -> None:
        """Raises ContestantError where it does not start."""
        self._errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 (closed with the process)
        self._process = subprocess.Popen(
            [python, "-m", f"tests.benchmarks.contestants.{module}", *arguments],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        self.ready = self._hear()

    def ask(self, what: Any) -> Any:
        """Its answer, when it has measured. Raises ContestantError where it has ended instead."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(MARK):
                return json.loads(line.removeprefix(MARK))
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines() or ["nothing was said"]
        self.close()
        raise ContestantError(said[-1])

    def hurry(self) -> None:
        """Let nothing else have its core, as the instrument does where it may; what else runs disturbs less then."""
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(self._process.pid, os.SCHED_FIFO, os.sched_param(1))

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
        self._errors.close()


def peer(name: str, *arguments: str) -> Contestant | None:
    """Another's program, installed first if it is not yet; None, and a line that says why, where it cannot be run."""
    try:
        return Contestant(name, *arguments, python=installed(name))
    except ContestantError as error:
        print(f"{name}: not measured; {error}", flush=True)
        return None


def installed(name: str) -> str:
    """The Python of a peer's own environment, with the packages of its list. Raises ContestantError.

    The list's last line is the peer itself, which is installed last and without what it asks for: it would have older
    versions of some, or a sound card.
    """
    folder = PEERS / name
    python = str(folder / "bin" / "python")
    wanted = Path(__file__).with_name(f"{name}.txt").read_text()
    done = folder / "installed.txt"
    if done.is_file() and done.read_text() == wanted:
        return python
    print(f"Installing {name} into {folder.relative_to(ROOT)}", flush=True)
    *needed, itself = wanted.split()
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, *needed],
        [*pip, "--no-deps", itself],
    ):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            errors = [line for line in made.stderr.splitlines() if line.startswith("ERROR")] or [made.stderr.strip()]
            raise ContestantError(f"it cannot be installed: {errors[-1]}")
    done.write_text(wanted)
    return python
