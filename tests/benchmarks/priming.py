"""Priming: how long a file of many notes takes, and how long a key waits meanwhile.

    python -m tests.benchmarks.priming [--model piano] [--notes 100000]

An engine plays to nobody. Keys come by the host's pipe at random moments, first with nothing else to do, then while the
file is read; from the moment at which the command is given to that at which its note was sent through.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from pathlib import Path

from musiclstm.engine.supervision.host import EngineHost
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions

KEYS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description="Key latency while a long file is read.")
    parser.add_argument("--model", default="piano")
    parser.add_argument("--notes", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "long.mid")
        midifile.write(file, piece(options.notes))
        measure(options.model, file, folder)


def piece(count: int) -> Piece:
    """Two notes at a time."""
    rng = random.Random(1)
    notes = [Note(index // 2 * 0.5, rng.choice((0.25, 0.5)), rng.randint(40, 84), 80, 0) for index in range(count)]
    return Piece(tuple(sorted(notes)), parts=(Part("Piano"),))


def measure(model: str, file: str, folder: str) -> None:
    heard: list[telemetry.Telemetry] = []
    host = EngineHost(EngineOptions(model=model, output="null", journal=folder, play=True, seed=1), heard.append)
    host.start()
    try:
        while not any(isinstance(each, telemetry.Played) for each in heard):
            time.sleep(0.05)
        print("alone", describe([latency(host, heard) for _ in range(KEYS)]))
        begin = time.perf_counter()
        host.send(commands.Prime(file))
        meanwhile = []
        while not any(isinstance(each, telemetry.Jumped) for each in heard):
            meanwhile.append(latency(host, heard))
        print("while it reads", describe(meanwhile))
        print(f"read after {time.perf_counter() - begin:.2f} s")
    finally:
        host.close()


def latency(host: EngineHost, heard: list[telemetry.Telemetry]) -> float:
    """Of one key, in seconds."""
    time.sleep(random.uniform(0.001, 0.02))
    since = len(heard)
    begin = time.perf_counter()
    host.send(commands.PlayerNote(60, 64))
    while not (played := [x for x in heard[since:] if isinstance(x, telemetry.Played) and x.by_person and x.velocity]):
        time.sleep(0.0005)
    host.send(commands.PlayerNote(60, 0))
    return played[0].time - begin


def describe(latencies: list[float]) -> str:
    ordered = sorted(1000 * each for each in latencies)
    median, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"{len(ordered)} keys: median {median:.2f}, p99 {high:.2f}, longest {ordered[-1]:.2f} ms"


if __name__ == "__main__":
    main()
