"""Servers that the tests start for themselves and end, each by its own process."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

_PATIENCE = 20.0
"""Seconds a server may take to answer, on a machine busy with something else."""


def unavailable(reason: str) -> NoReturn:
    """Skip on a person's machine that lacks a program; fail in CI, which must have all of them."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def require(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            unavailable(f"{program} is not installed; `make setup` installs it")


@dataclass(frozen=True)
class JackServer:
    """A running JACK server with the dummy driver: real MIDI ports, no sound card."""

    name: str
    rate: int
    period: int

    @property
    def env(self) -> dict[str, str]:
        """What a client needs in its environment to find this server and start no other."""
        return {
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_START_SERVER": "1",
            "JACK_NO_AUDIO_RESERVATION": "1",
        }


@contextmanager
def jack(log: Path, rate: int = 48_000, period: int = 256, *, realtime: bool = False) -> Iterator[JackServer]:
    """Run a JACK server of our own while the block lasts.

    At 256 frames a period the dummy driver loses no messages; at 64 it does, at each XRUN. realtime: as musicians run
    it, before all that the machine does besides; only a user who may have such priority can.
    """
    require("jackd", "jack_wait")
    server = JackServer(f"musiclstm-{os.getpid()}-{log.stem}", rate, period)
    command = ["jackd", "--realtime" if realtime else "--no-realtime", "-n", server.name, "-d", "dummy"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "-r", str(rate), "-p", str(period)],
            env=os.environ | server.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        waited = subprocess.run(
            ["jack_wait", "-w", "-t", str(round(_PATIENCE)), "-s", server.name],
            env=os.environ | server.env,
            capture_output=True,
            timeout=2 * _PATIENCE,
            check=False,
        )
        if waited.returncode != 0 or process.poll() is not None:
            unavailable(f"jackd did not start:\n{log.read_text(errors='replace')}")
        yield server
    finally:
        end(process)


@contextmanager
def screen(log: Path, size: str = "1600x1000x24") -> Iterator[str]:
    """Run an X server without a screen; yields its DISPLAY."""
    require("Xvfb")
    readable, writable = os.pipe()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writable), "-screen", "0", size, "-nolisten", "tcp"],
            pass_fds=[writable],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    os.close(writable)
    # It writes the number of the free display that it chose. If it hangs it is killed, so that
    # the read ends too.
    watchdog = threading.Timer(_PATIENCE, process.kill)
    watchdog.start()
    try:
        with os.fdopen(readable) as numbers:
            number = numbers.readline().strip()
        watchdog.cancel()
        if not number:
            unavailable(f"Xvfb did not start:\n{log.read_text(errors='replace')}")
        yield f":{number}"
    finally:
        watchdog.cancel()
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Terminate a process, kill it after five seconds, and reap it."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
