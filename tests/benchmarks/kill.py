"""Whoever dies: whether the notes end on the real port, how soon, and how the music goes on.

    python -m tests.benchmarks.kill [--times 20] [--period 256]

A JACK server with the dummy driver; a listener in this process; the engine plays dense music of four parts at 240 beats
a minute. `ended` is the time from the kill to the moment at which the listener heard the last missing note-off, `back`
the time to the first note after that. A port is lost by closing the listener's client. JACK without real-time rights
loses a message now and then; what hangs for that reason is ended by the repeats, and counted here if it is not.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from musiclstm.engine.supervision.host import EngineHost
from musiclstm.protocol import telemetry
from musiclstm.protocol.options import EngineOptions
from tests import servers
from tests.engine.dense import dense_model
from tests.engine.ears import Ears, ears

CHORD = 3
PATIENCE = 20.0

PARENT = """
import sys
from musiclstm.protocol.options import EngineOptions
from musiclstm.cli.stream import play
model, output, journal = sys.argv[1:]
play(EngineOptions(model=model, output=output, tempo=240, journal=journal, play=True))
"""


class Figures:
    """What one experiment found; times in seconds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ended: list[float] = []
        self.back: list[float] = []
        self.hanging = 0

    def row(self) -> str:
        def figures(values: list[float]) -> str:
            if not values:
                return "–"
            return f"{statistics.median(values) * 1000:.0f} ({max(values) * 1000:.0f})"

        count = max(len(self.ended), len(self.back))
        return f"| {self.name} | {count} | {figures(self.ended)} | {figures(self.back)} | {self.hanging} |"


def chord(listener: Ears) -> None:
    if not listener.wait(lambda: sum(listener.sounding().values()) >= CHORD, PATIENCE):
        sys.exit("no chord was played")


def silence(listener: Ears, figures: Figures, killed: float) -> None:
    """Wait for the end of what sounded when it was killed."""
    notes = listener.sounding()
    before = len(listener.messages)

    def ended() -> bool:
        offs = [message for _, message in listener.messages[before:] if message[0] & 0xF0 == 0x80]
        return all(bytes((0x80 | channel, pitch, 0)) in offs for channel, pitch in notes)

    if listener.wait(ended, 5):
        figures.ended.append(time.perf_counter() - killed)
    else:
        figures.hanging += 1


def kill_engines(listener: Ears, options: EngineOptions, times: int) -> Figures:
    figures = Figures("engine killed in a chord")
    exits: list[telemetry.Exited] = []
    host = EngineHost(
        options,
        lambda message: exits.append(message) if isinstance(message, telemetry.Exited) else None,
        crashes=(times + 1, 1.0),
    )
    host.start()
    for number in range(1, times + 1):
        chord(listener)
        pid = host.pid
        if pid is None:
            sys.exit("there is no engine")
        os.kill(pid, signal.SIGKILL)
        killed = time.perf_counter()
        silence(listener, figures, killed)
        while len(exits) < number:
            time.sleep(0.005)
        played = listener.ons()
        if listener.wait(lambda: listener.ons() > played, PATIENCE):  # noqa: B023 - called at once
            figures.back.append(time.perf_counter() - killed)
    host.close()
    time.sleep(0.5)
    figures.hanging += sum(listener.sounding().values())
    return figures


def kill_parents(listener: Ears, options: EngineOptions, times: int, *, engine_too: bool) -> Figures:
    figures = Figures("host and engine killed" if engine_too else "host killed")
    for _ in range(times):
        command = [sys.executable, "-c", PARENT, options.model, options.output, str(options.journal)]
        with subprocess.Popen(command, start_new_session=True) as process:
            chord(listener)
            # The host first: it must not have the time to help.
            killing = [process.pid, *(_engines(process.pid) if engine_too else ())]
            for pid in killing:
                os.kill(pid, signal.SIGKILL)
            silence(listener, figures, time.perf_counter())
        time.sleep(0.5)
        figures.hanging += sum(listener.sounding().values())
    return figures


def _engines(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rsplit(") ", 1)[1].split()
            if int(fields[1]) == parent and b"engine.live.process" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def lose_ports(options: EngineOptions, name: str, times: int) -> Figures:
    figures = Figures("port lost and back")
    host = EngineHost(options, lambda _: None)
    with ears(name):
        host.start()
        time.sleep(2)
    for _ in range(times):
        time.sleep(1)
        with ears(name) as listener:
            opened = time.perf_counter()
            if listener.wait(lambda: listener.ons() > 0, PATIENCE):
                figures.back.append(time.perf_counter() - opened)
            else:
                figures.hanging += 1
    with ears(name) as listener:
        listener.wait(lambda: listener.ons() > 2, PATIENCE)
        host.close()
        time.sleep(0.5)
        figures.hanging += sum(listener.sounding().values())
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--period", type=int, default=256, help="frames, at 48 kHz")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.jack(Path(folder) / "kill.log", period=arguments.period) as server,
    ):
        os.environ.update(server.env)
        model = str(dense_model(Path(folder)))
        experiments: list[Callable[[Ears, EngineOptions], Figures]] = [
            lambda listener, options: kill_engines(listener, options, arguments.times),
            lambda listener, options: kill_parents(listener, options, arguments.times, engine_too=False),
            lambda listener, options: kill_parents(listener, options, arguments.times, engine_too=True),
        ]
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
            f"Python {platform.python_version()}, JACK dummy driver, {arguments.period} frames at 48 kHz"
        )
        print("\n| | times | ended, ms: median (most) | back, ms | hanging |\n|---|---|---|---|---|")
        options = EngineOptions(model=model, tempo=240, journal=str(Path(folder) / "journal"), play=True)
        for experiment in experiments:
            with ears() as listener:
                print(
                    experiment(
                        listener,
                        EngineOptions(
                            model=model, output=listener.full_name, tempo=240, journal=options.journal, play=True
                        ),
                    ).row(),
                    flush=True,
                )
        name = "comes and goes"
        print(
            lose_ports(
                EngineOptions(model=model, output=f"{name}:in", tempo=240, journal=options.journal, play=True),
                name,
                arguments.times,
            ).row()
        )


if __name__ == "__main__":
    main()
