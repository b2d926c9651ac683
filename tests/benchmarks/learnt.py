"""Lateness of the whole instrument over JACK: while the slider *Learnt* is dragged, and while `musiclstm learn` runs.

    python -m tests.benchmarks.learnt [--model piano] [--seconds 120] [--turn 20] [--period 256] [--realtime]

First somebody plays to the model for half a minute; `musiclstm learn` makes a model of that take. Then the learnt model
plays in turns, in an engine process of its own each time: alone; while its slider is moved 60 times a second, as the
window sends it; while it stands at 50 %; while `musiclstm learn`, with hours to go, trains a further model from the
take. The receiver is that of `tests.benchmarks.lateness`: what it says is when a message arrived by JACK's own clock,
beside when it was due. late: messages that were sent more than 5 ms late, as the engine counts them. Before that, what
an event of the learnt model costs at each mix, and what it costs to move the slider.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from statistics import median

from musiclstm import paths
from musiclstm.engine.supervision.host import EngineHost
from musiclstm.model.mixture import open_with_parent
from musiclstm.model.session import Session
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests import servers
from tests.benchmarks.lateness import RECEIVER, Sends, arrivals, receive, row

PATIENCE = 60.0
PLAYED, EACH = 300, 0.1  # notes that the person plays, and seconds that each lasts
DRAGGED = 60  # times a second
EVENTS = 200
SITUATIONS = ("alone", "dragged", "at 50 %", "learning")


@dataclass
class Listener:
    """What an engine says. sends: as `lateness` has them."""

    playing: threading.Event = field(default_factory=threading.Event)
    sends: Sends = field(default_factory=list)
    late: int = 0
    notices: list[str] = field(default_factory=list)

    def __call__(self, message: telemetry.Telemetry) -> None:
        if isinstance(message, telemetry.Played) and not message.by_person:
            status = 0x90 if message.velocity else 0x80
            self.sends.append((message.intended, message.time, bytes((status, message.pitch, 0)).hex()))
        elif isinstance(message, telemetry.Status):
            self.late = message.late
            if message.playing and message.output_alive:
                self.playing.set()
        elif isinstance(message, telemetry.Notice):
            self.notices.append(message.text)


@contextmanager
def engine(model: str, seed: int) -> Iterator[tuple[EngineHost, Listener]]:
    listener = Listener()
    host = EngineHost(EngineOptions(model=model, output=f"{RECEIVER}:in", seed=seed, play=True), listener)
    host.start()
    try:
        if not listener.playing.wait(PATIENCE):
            raise SystemExit(f"It does not play: {listener.notices}")
        yield host, listener
    finally:
        host.close()


def musiclstm(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "musiclstm", *arguments]


def take(model: str) -> None:
    """Somebody plays to the model."""
    dice = Random(1)
    with engine(model, 1) as (host, _):
        for _ in range(PLAYED):
            pitch = dice.choice((48, 52, 55, 60, 62, 64, 67, 72))
            for velocity in (80, 0):
                host.send(commands.PlayerNote(pitch, velocity))
                time.sleep(EACH / 2)


def turn(model: str, situation: str, seconds: float, number: int, pipe: Connection) -> tuple[Sends, int, list[float]]:
    """(what was sent, how many late, how far from its time each arrived) while the model plays so long."""
    learning: subprocess.Popen[bytes] | None = None
    with engine(model, number) as (host, listener):
        if situation == "learning":
            output = str(paths.user_models() / "further.onnx")
            command = musiclstm("learn", "--model", model, "--minutes", "60", "-o", output)
            learning = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(12.0)  # until it trains
        elif situation == "at 50 %":
            host.send(commands.SetControl("learnt", 50))
        time.sleep(1.0)
        pipe.send(True)
        pipe.recv()
        time.sleep(0.3)  # what is reported now has arrived since
        listener.sends.clear()
        late, end = listener.late, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if situation == "dragged":
                host.send(commands.SetControl("learnt", round(100 * abs(left % 2 - 1))))
            time.sleep(1 / DRAGGED)
        if learning is not None:
            if learning.poll() is not None:
                raise SystemExit("It had learnt all before the turn was over.")
            learning.kill()
            learning.wait()
        time.sleep(0.3)
        pipe.send(True)
        sends = list(listener.sends)
        return sends, listener.late - late, [each for each in arrivals(sends, pipe.recv()) if each is not None]


def speeds(name: str, report: Callable[[str], object]) -> None:
    """What a mix costs, in processor time."""
    model, begun = open_with_parent(name), 0.0
    taken: dict[float, list[float]] = {0.0: [], 0.5: [], 1.0: []}
    for share in list(taken) * 20:
        model.mix(share)
        session, begun = Session(model, 1), time.thread_time()
        for _ in range(EVENTS):
            session.draw()
        taken[share].append((time.thread_time() - begun) / EVENTS)
    moves = []
    for number in range(1, 100):
        begun = time.thread_time()
        model.mix(number / 100)
        moves.append(time.thread_time() - begun)
    events = ", ".join(f"{median(times) * 1e3:.3f} at {share:.0%}" for share, times in taken.items())
    report(f"an event, ms: {events}; moving the slider, ms: {median(moves) * 1e3:.2f}, at most {max(moves) * 1e3:.2f}")


def measure(model: str, seconds: float, each: float, jack: dict[str, str], report: Callable[[str], object]) -> None:
    os.environ.update(jack)
    ours, theirs = get_context("spawn").Pipe()
    receiver = get_context("spawn").Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    ours.recv()
    take(model)
    learnt = paths.user_models() / "learnt.onnx"
    learnt.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(musiclstm("learn", "--model", model, "--minutes", "0.3", "-o", str(learnt)), check=True)
    found: dict[str, list[float]] = {name: [] for name in SITUATIONS}
    speeds("learnt", report)
    sent, late = dict.fromkeys(SITUATIONS, 0), dict.fromkeys(SITUATIONS, 0)
    for number in range(max(1, round(seconds / each))):
        shift = number % len(SITUATIONS)
        for name in SITUATIONS[shift:] + SITUATIONS[:shift]:
            sends, more, arrived = turn("learnt", name, each, number, ours)
            sent[name] += len(sends)
            found[name] += arrived
            late[name] += more
    ours.send(False)
    receiver.join()
    heads = "".join(f"{head:>9}" for head in ("median", "p99", "p99.9", "max"))
    report(f"{'|actual - due|, ms':20}{heads}{'messages':>10}{'lost':>6}{'late':>6}")
    for name in SITUATIONS:
        report(f"{name:20}{row(found[name])}{sent[name]:10}{sent[name] - len(found[name]):6}{late[name]:6}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="piano")
    parser.add_argument("--seconds", type=float, default=120.0, help="of each situation")
    parser.add_argument("--turn", type=float, default=20.0, help="seconds at a time")
    parser.add_argument("--period", type=int, default=256, help="JACK's, in frames")
    parser.add_argument("--realtime", action="store_true", help="with a realtime JACK server (where that is permitted)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        # A home of its own: no takes but these, and no models.
        os.environ.update({f"XDG_{kind}_HOME": f"{home}/{kind.lower()}" for kind in ("CONFIG", "DATA", "STATE")})
        log = Path(home) / "jack.log"
        with servers.jack(log, period=options.period, realtime=options.realtime) as jack:
            measure(options.model, options.seconds, options.turn, jack.env, print)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}; jackd dummy{', realtime' if options.realtime else ''}, "
        f"{options.period} frames at 48 kHz"
    )


if __name__ == "__main__":
    main()
