"""Steering: from a command to the first note that obeys it, at a real JACK port.

    python -m tests.benchmarks.steering [--model chorales] [--changes 200] [--period 64] [--realtime]

The whole instrument plays, in its own process, a beat ahead of time. Its scale is pentatonic, and at random moments its
key is changed from C to F sharp or back: the two scales share no note, so each note-on tells which command it obeys.
Another process hears, and tells by JACK's clock when. A command is to be heard within 10 ms plus the time to the next
note: no note-on that arrives later than that may disobey. How long it takes until one obeys is mostly up to the music.
Nor may planning anew make notes late: the engine says how late it sent its last 1,000 messages.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import tempfile
import threading
import time
from bisect import bisect_right
from multiprocessing import get_context
from pathlib import Path

from musiclstm.engine.supervision.host import EngineHost
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.harmony import KEYS, SCALES
from musiclstm.protocol.options import EngineOptions
from tests import servers
from tests.benchmarks.lateness import RECEIVER, receive

TEMPO = 160.0
ALLOWED = 0.010
PATIENCE = 30.0
CLASSES = {
    key: {(KEYS.index(key) + degree) % 12 for degree in SCALES["pentatonic"]} for key in ("C", "F#")
}  # disjoint: the white and the black keys' pentatonic


def play(
    options: EngineOptions, changes: int, control: str = "key"
) -> tuple[list[tuple[float, str]], telemetry.Status]:
    """(seconds, key) of each command, given while the engine plays; and what the engine says of itself then."""
    playing = threading.Event()
    notices: list[str] = []
    status: list[telemetry.Status] = []

    def hear(message: telemetry.Telemetry) -> None:
        if isinstance(message, telemetry.Status) and message.playing and message.output_alive:
            status[:] = [message]
            playing.set()
        elif isinstance(message, telemetry.Notice):
            notices.append(message.text)

    host = EngineHost(options, hear)
    host.start()
    dice = random.Random(1)
    given = []
    try:
        if not playing.wait(PATIENCE):
            raise SystemExit(f"It does not play: {notices}")
        time.sleep(2.0)
        for number in range(changes):
            key = ("F#", "C")[number % 2]
            given.append((time.perf_counter(), key))
            host.send(commands.SetControl(control, key))
            time.sleep(dice.uniform(0.2, 0.5))
    finally:
        host.close()
    return given, status[0]


def heard(
    model: str, tempo: float, changes: int, period: int, *, realtime: bool, control: str = "key"
) -> tuple[list[tuple[float, str]], telemetry.Status, list[tuple[float, bytes]]]:
    """(commands that were given, the last status, messages that arrived at a JACK port), each with its time."""
    with (
        tempfile.TemporaryDirectory() as name,
        servers.jack(Path(name) / "jack.log", period=period, realtime=realtime) as server,
    ):
        os.environ.update(server.env)
        spawn = get_context("spawn")
        ours, theirs = spawn.Pipe()
        receiver = spawn.Process(target=receive, args=(theirs,), daemon=True)
        receiver.start()
        ours.recv()
        options = EngineOptions(
            model=model,
            output=f"{RECEIVER}:in",
            tempo=tempo,
            seed=1,
            journal=str(Path(name) / "journal"),
            controls=(("scale", "pentatonic"), ("key", "C"), (control, "C")),
            play=True,
        )
        given, status = play(options, changes, control)
        ours.send(True)
        arrived: list[tuple[float, str]] = ours.recv()
        ours.send(False)
        receiver.join()
    return given, status, [(moment, bytes.fromhex(message)) for moment, message in arrived]


def measure(model: str, changes: int, period: int, *, realtime: bool) -> None:
    given, status, messages = heard(model, TEMPO, changes, period, realtime=realtime)
    notes = [(moment, message[1] % 12) for moment, message in messages if message[0] & 0xF0 == 0x90 and message[2]]
    moments = [moment for moment, _ in given]
    obeyed: dict[int, float] = {}
    disobeyed = []
    for moment, pitch_class in notes:
        number = bisect_right(moments, moment) - 1
        if number < 0:
            continue
        given_at, key = given[number]
        if pitch_class in CLASSES[key]:
            obeyed.setdefault(number, moment - given_at)
        else:
            disobeyed.append(moment - given_at)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load "
        f"{os.getloadavg()[0]:.1f}; jackd dummy{', realtime' if realtime else ''}, {period} frames at 48 kHz; {model}"
    )
    ordered = sorted(seconds * 1000 for seconds in obeyed.values())
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99, 1.0)]
    print(f"{changes} commands, {len(notes)} note-ons")
    print("command to the first note-on that obeys, ms: median {:.1f}, p99 {:.1f}, max {:.1f}".format(*at))
    late = sum(seconds > ALLOWED for seconds in disobeyed)
    last = f", the last after {max(disobeyed) * 1000:.1f} ms" if disobeyed else ""
    print(f"note-ons that disobeyed: {len(disobeyed)}{last}; later than {ALLOWED * 1000:.0f} ms: {late}")
    print(
        f"late at send, ms: median {status.lateness_median:.2f}, p99 {status.lateness_p99:.2f}; "
        f"over 5 ms: {status.late}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chorales")
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--period", type=int, default=64, help="JACK's, in frames")
    parser.add_argument("--realtime", action="store_true", help="with a realtime JACK server (where that is permitted)")
    options = parser.parse_args()
    measure(options.model, options.changes, options.period, realtime=options.realtime)


if __name__ == "__main__":
    main()
