"""Reaction: from a note that is played to the notes that answer it (`harmonise`), over real JACK ports.

    python -m tests.benchmarks.reaction [--model chorales] [--notes 1000] [--period 64] [--realtime] [--json]

The whole instrument plays, in its own process with its journal, guard and telemetry. A keyboard and a pair of ears, two
JACK clients in a process of their own, play notes of a melody at random moments, and take the frame at which each
leaves and at which thru and answers arrive, all by JACK's own clock. JACK's way in and out is included: what is sent in
one period is heard in the next at the earliest, so a period at most is JACK's; `thru` has that way and hardly anything
else. `inside` is the engine's own part: from the moment at which the played note was sent through to that at which the
last answer was sent.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import random
import tempfile
import threading
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import jack

from musiclstm.engine.supervision.host import EngineHost
from musiclstm.protocol import telemetry
from musiclstm.protocol.options import EngineOptions
from tests import servers

KEYS, EARS = "reaction-keys", "reaction-ears"
PATIENCE = 30.0
Frames = list[tuple[int, int, int]]  # thru, first and last answer: frames since the key; -1 for what did not come


class Keyboard:
    """Plays what it is told at a random frame of the next period. played: (frame, message)."""

    def __init__(self) -> None:
        self.client = jack.Client(KEYS, no_start_server=True)
        self._out = self.client.midi_outports.register("out")
        self._due: list[bytes] = []
        self.played: list[tuple[int, bytes]] = []
        self.client.set_process_callback(self._process)
        self.client.activate()

    def _process(self, frames: int) -> None:
        self._out.clear_buffer()
        due, self._due = self._due, []
        for message in due:
            offset = random.randrange(frames)
            self._out.write_midi_event(offset, message)
            self.played.append((self.client.last_frame_time + offset, message))

    def play(self, message: bytes) -> None:
        self._due = [message]


class Ears:
    """heard: (frame, message)."""

    def __init__(self) -> None:
        self.client = jack.Client(EARS, no_start_server=True)
        self._in = self.client.midi_inports.register("in")
        self.heard: list[tuple[int, bytes]] = []
        self.client.set_process_callback(self._process)
        self.client.activate()

    def _process(self, _frames: int) -> None:
        for offset, data in self._in.incoming_midi_events():
            self.heard.append((self.client.last_frame_time + offset, bytes(data)))


def person(pipe: Connection, notes: int) -> None:
    """The other process: play when told to, and send what was heard."""
    # The measuring must not be what is measured.
    gc.disable()
    keyboard, ears = Keyboard(), Ears()
    pipe.send(int(keyboard.client.samplerate))
    pipe.recv()
    found: Frames = []
    dice = random.Random(1)
    pitch = 70
    for _ in range(notes):
        pitch = min(79, max(62, pitch + dice.choice((-4, -2, -1, 1, 2, 4))))
        count = len(ears.heard)
        keyboard.play(bytes((0x90, pitch, dice.randrange(40, 110))))
        time.sleep(dice.uniform(0.06, 0.12))
        left, _ = keyboard.played[-1]
        back = [(frame, message) for frame, message in ears.heard[count:] if message[0] & 0xF0 == 0x90]
        thru = [frame - left for frame, message in back if message[0] & 0x0F == 0]
        answers = [frame - left for frame, message in back if message[0] & 0x0F]
        found.append((thru[0] if thru else -1, *((answers[0], answers[-1]) if answers else (-1, -1))))
        keyboard.play(bytes((0x80, pitch, 0)))
        time.sleep(dice.uniform(0.03, 0.09))
    pipe.send(found)
    for client in (keyboard.client, ears.client):
        client.deactivate()
        client.close()


class Inside:
    """What the engine says: when it sent the person's notes and the last of its own. answers: milliseconds."""

    def __init__(self) -> None:
        self.playing = threading.Event()
        self.answers: list[float] = []
        self.notices: list[str] = []
        self._thru = 0.0

    def __call__(self, message: telemetry.Telemetry) -> None:
        if isinstance(message, telemetry.Played) and message.velocity:
            if message.by_person:
                self._thru = message.time
                self.answers.append(0.0)
            elif self.answers:
                self.answers[-1] = (message.time - self._thru) * 1000
        elif isinstance(message, telemetry.Status) and message.playing and message.input_alive and message.output_alive:
            self.playing.set()
        elif isinstance(message, telemetry.Notice):
            self.notices.append(message.text)


def figures(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {name: ordered[min(len(ordered) - 1, int(len(ordered) * p))] for name, p in (("median", 0.5), ("p99", 0.99))}
    return {**{name: round(value, 2) for name, value in at.items()}, "max": round(ordered[-1], 2)}


def measure(model: str, notes: int, folder: Path) -> dict[str, object]:
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    other = spawn.Process(target=person, args=(theirs, notes), daemon=True)
    other.start()
    rate: int = ours.recv()
    inside = Inside()
    options = EngineOptions(
        model=model,
        output=f"{EARS}:in",
        input=f"{KEYS}:out",
        seed=1,
        journal=str(folder),
        controls=(("mode", "harmonise"),),
        play=True,
    )
    host = EngineHost(options, inside)
    host.start()
    try:
        if not inside.playing.wait(PATIENCE):
            raise SystemExit(f"It does not play: {inside.notices}")
        time.sleep(1.0)
        inside.answers.clear()
        ours.send(True)
        found: Frames = ours.recv()
    finally:
        host.close()
    other.join()
    whole = [frames for frames in found if min(frames) >= 0]
    thru, first, last = (figures([each[which] / rate * 1000 for each in whole]) for which in range(3))
    return {
        "thru": thru,
        "first answer": first,
        "last answer": last,
        "inside": figures([answer for answer in inside.answers if answer]),
        "notes": notes,
        "unanswered": len(found) - len(whole),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--model", default="chorales")
    parser.add_argument("--notes", type=int, default=1_000)
    parser.add_argument("--period", type=int, default=64)
    parser.add_argument("--realtime", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with servers.jack(folder / "jack.log", period=arguments.period, realtime=arguments.realtime) as server:
            os.environ.update(server.env)
            result = measure(arguments.model, arguments.notes, folder / "journal")
    result["machine"] = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}; jackd dummy{', realtime' if arguments.realtime else ''}, "
        f"{arguments.period} frames at 48 kHz"
    )
    if arguments.json:
        print(json.dumps(result))
        return
    print(f"{result['machine']}; {arguments.model}; {arguments.notes} notes, {result['unanswered']} unanswered")
    print(f"{'ms':16}{'median':>9}{'p99':>9}{'max':>9}")
    for name in ("thru", "first answer", "last answer", "inside"):
        row = result[name]
        assert isinstance(row, dict)
        print(f"{name:16}" + "".join(f"{value:9.2f}" for value in row.values()))


if __name__ == "__main__":
    main()
