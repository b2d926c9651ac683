"""Lateness at a real JACK port: this scheduler beside isobar's Timeline and mido's `MidiFile.play()`.

    python -m tests.benchmarks.lateness [--minutes 10] [--period 256] [--realtime] [--window]

All play the same notes, 20 a second, in turns of some seconds, each in a process of its own, to a receiver in yet
another, which tells by JACK's clock at which frame a message arrived. Times are of CLOCK_MONOTONIC. `at send` is how
far from its time the call was that sends (for the frame-accurate port, which is given messages a period ahead, how far
from that moment); `at arrival` includes what JACK adds. Nothing is subtracted. isobar does not say when it begins: in
each turn its earliest message is taken as on time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from musiclstm.engine.ports.base import OutputPort
from tests import servers

RATE = 20  # notes a second
GATE = 0.5  # of the time to the next
LEAD = 0.5  # seconds before the first
CONTESTANTS = ("musiclstm, JACK-Client", "musiclstm, RtMidi", "isobar", "mido")
RECEIVER = "lateness"


def pitch(number: int) -> int:
    return 36 + number % 48


def score(notes: int) -> list[tuple[float, bytes]]:
    """(seconds, message) of so many notes, in order."""
    events = []
    for number in range(notes):
        events.append((number / RATE, bytes((0x90, pitch(number), 64))))
        events.append(((number + GATE) / RATE, bytes((0x80, pitch(number), 0))))
    return events


# -- the contestants: each gives (intended, sent, message) of all it sent


Sends = list[tuple[float, float, str]]


def play_ours(notes: int, *, frame_accurate: bool) -> Sends:
    """With the horizon of the instrument: one beat is queued, and thought about, while the one before plays."""
    from musiclstm.engine.clock.base import InternalClock
    from musiclstm.engine.ports import rtmidi as ports_rtmidi
    from musiclstm.engine.ports.registry import open_output
    from musiclstm.engine.scheduler.scheduler import Scheduler
    from musiclstm.engine.system.priority import prepare_process

    clock = InternalClock(60)
    output: OutputPort
    if frame_accurate:
        output = open_output(f"{RECEIVER}:in")
    else:
        import rtmidi

        output = ports_rtmidi.RtMidiSystem(rtmidi.API_UNIX_JACK).open_output(f"{RECEIVER}:in")
    timed = _Timed(output)
    scheduler = Scheduler(clock, [timed])
    scheduler.start()
    prepare_process()
    clock.start(-LEAD)
    begin = clock.timeline.time_at(0.0)
    for seconds, message in score(notes):
        while clock.timeline.beat_at(clock.now()) < seconds - 1:
            time.sleep(0.01)
        scheduler.put(seconds, message)
    while len(timed.calls) < 2 * notes:
        time.sleep(0.05)
    scheduler.close()
    output.close()
    return [
        (begin + seconds, call, message.hex())
        for (seconds, message), call in zip(score(notes), timed.calls, strict=True)
    ]


class _Timed:
    """An output that notes when it was called. It repeats no note-offs, so that there are as many calls as messages."""

    alive = True
    lossy = False

    def __init__(self, output: OutputPort) -> None:
        self.name = output.name
        self.lead = output.lead
        self.calls: list[float] = []
        self._output = output

    def send(self, message: bytes, moment: float) -> None:
        # Called when it is to be: a `lead` ahead.
        self.calls.append(time.perf_counter() + self.lead)
        self._output.send(message, moment)

    def close(self) -> None:
        self._output.close()


def play_isobar(notes: int) -> Sends:
    import isobar
    import mido
    from isobar.io.midi import MidiOutputDevice

    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    device = MidiOutputDevice(f"{RECEIVER}:in")
    sent: list[tuple[float, bytes]] = []
    send = device.midi.send

    def noted(message: Any) -> None:
        sent.append((time.perf_counter(), bytes(message.bytes())))
        send(message)

    device.midi.send = noted
    timeline = isobar.Timeline(60, output_device=device)
    timeline.stop_when_done = True
    timeline.schedule(
        {
            "note": isobar.PSequence([pitch(number) for number in range(notes)], 1),
            "duration": 1 / RATE,
            "gate": GATE,
            "amplitude": 64,
        }
    )
    timeline.run()
    time.sleep(0.1)
    whole = score(notes)
    # The same order: a note ends before the next begins.
    begin = min(moment - seconds for (moment, _), (seconds, _) in zip(sent, whole, strict=False))
    return [
        (begin + seconds, moment, message.hex()) for (moment, message), (seconds, _) in zip(sent, whole, strict=False)
    ]


def play_mido(notes: int) -> Sends:
    import mido

    mido.set_backend("mido.backends.rtmidi/UNIX_JACK")
    file = mido.MidiFile(type=0, ticks_per_beat=960)
    track = mido.MidiTrack()
    file.tracks.append(track)
    # 120 quarters a minute, so a second is 1,920 ticks, and all times are whole ones.
    last = 0
    for seconds, message in score(notes):
        tick = round((seconds + LEAD) * 1920)
        track.append(mido.Message.from_bytes(list(message), time=tick - last))
        last = tick
    sends: Sends = []
    with mido.open_output(f"{RECEIVER}:in") as port:
        begin = time.perf_counter() + LEAD
        for (seconds, _), message in zip(score(notes), file.play(), strict=False):
            moment = time.perf_counter()
            port.send(message)
            sends.append((begin + seconds, moment, bytes(message.bytes()).hex()))
        time.sleep(0.1)
    return sends


PLAYERS: dict[str, Callable[[int], Sends]] = {
    CONTESTANTS[0]: lambda notes: play_ours(notes, frame_accurate=True),
    CONTESTANTS[1]: lambda notes: play_ours(notes, frame_accurate=False),
    CONTESTANTS[2]: play_isobar,
    CONTESTANTS[3]: play_mido,
}


# -- the other processes


def receive(pipe: Connection) -> None:
    """Collect (arrival, message) by JACK's own clock; answers every word with what came since the last."""
    import jack

    client = jack.Client(RECEIVER, no_start_server=True)
    port = client.midi_inports.register("in")
    arrived: list[tuple[float, str]] = []

    def process(_: int) -> None:
        before, frame, now = time.perf_counter(), client.frame_time, time.perf_counter()
        if now - before > 0.0001:
            frame, now = client.frame_time, time.perf_counter()
        begin = now - (frame - client.last_frame_time) / client.samplerate
        arrived.extend(
            (begin + offset / client.samplerate, bytes(message).hex())
            for offset, message in port.incoming_midi_events()
        )

    client.set_process_callback(process)
    client.activate()
    pipe.send([])
    while pipe.recv():
        count = len(arrived)
        pipe.send(arrived[:count])
        del arrived[:count]
    client.deactivate()
    client.close()


def paint() -> None:
    """Be a window that paints notes at 60 frames a second."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QColor, QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    class Roll(QWidget):
        def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802 - Qt's
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor("#15171c"))
            shift = time.perf_counter() * 100
            for number in range(500):
                left = (number * 37 - shift) % self.width()
                painter.fillRect(int(left), number * 13 % self.height(), 30, 6, QColor.fromHsv(number % 360, 150, 220))
            painter.end()

    app = QApplication([])
    roll = Roll()
    roll.resize(1280, 720)
    roll.show()
    timer = QTimer()
    timer.timeout.connect(roll.update)
    timer.start(16)
    app.exec()


# -- the figures


def turn(contestant: str, notes: int) -> Sends:
    """Let it play, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sends.json"
        command = [sys.executable, "-m", "tests.benchmarks.lateness", "--contestant", contestant]
        log = Path(folder) / "log"
        with log.open("wb") as noise:
            process = subprocess.run(
                [*command, "--notes", str(notes), "--result", str(file)], stdout=noise, stderr=noise, check=False
            )
        if process.returncode != 0:
            raise SystemExit(f"{contestant} failed:\n{log.read_text(errors='replace')}")
        sends: Sends = [
            (float(due), float(moment), str(message)) for due, moment, message in json.loads(file.read_text())
        ]
        return sends


def arrivals(sends: Sends, arrived: list[tuple[float, str]]) -> list[float | None]:
    """How far from its intended time each arrived; None: lost. A pitch comes again after 2.4 s only."""
    by_message: dict[str, list[float]] = {}
    for moment, message in arrived:
        by_message.setdefault(message[:4], []).append(moment)
    errors: list[float | None] = []
    for due, _, message in sends:
        near = [moment - due for moment in by_message.get(message[:4], []) if abs(moment - due) < 0.2]
        errors.append(min(near, key=abs) if near else None)
    return errors


def row(values: list[float]) -> str:
    """Median, p99, p99.9 and maximum of the absolute values, in milliseconds."""
    ordered = sorted(abs(value) * 1000 for value in values)
    if not ordered:
        return "-"
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99, 0.999)]
    return "".join(f"{value:9.3f}" for value in (*at, ordered[-1]))


def measure(minutes: float, period: int, *, realtime: bool, window: bool, seconds: float, chosen: list[str]) -> None:
    spawn = get_context("spawn")
    found: dict[str, list[float]] = {name: [] for name in chosen}
    sent: dict[str, list[float]] = {name: [] for name in chosen}
    lost = dict.fromkeys(chosen, 0)
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.jack(Path(folder) / "jack.log", period=period, realtime=realtime) as server,
    ):
        os.environ.update(server.env)
        ours, theirs = spawn.Pipe()
        receiver = spawn.Process(target=receive, args=(theirs,), daemon=True)
        receiver.start()
        ours.recv()
        painter = spawn.Process(target=paint, daemon=True)
        if window:
            painter.start()
        rounds = max(1, round(minutes * 60 / seconds))
        for number in range(rounds):
            # In another order each time.
            for name in chosen[number % len(chosen) :] + chosen[: number % len(chosen)]:
                sends = turn(name, int(seconds * RATE))
                time.sleep(0.3)
                ours.send(True)
                arrived = arrivals(sends, ours.recv())
                sent[name] += [moment - due for due, moment, _ in sends]
                found[name] += [error for error in arrived if error is not None]
                lost[name] += arrived.count(None)
        ours.send(False)
        receiver.join()
        if window:
            painter.terminate()
            painter.join()
    print(
        f"{RATE} notes a second, {rounds * seconds / 60:.1f} minutes each; jackd dummy"
        f"{', realtime' if realtime else ''}, {period} frames at 48 kHz "
        f"({period / 48:.2f} ms), {'a window painting at 60 fps, ' if window else ''}load {os.getloadavg()[0]:.1f}"
    )
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python "
        f"{platform.python_version()}; isobar {version('isobar')}, mido {version('mido')}"
    )
    heads = "".join(f"{head:>9}" for head in ("median", "p99", "p99.9", "max"))
    print(f"{'|actual - intended|, ms':26}{'at send':^36}{'at arrival':^36}")
    print(f"{'':26}{heads}{heads}{'messages':>10}{'lost':>6}")
    for name in chosen:
        print(f"{name:26}{row(sent[name])}{row(found[name])}{len(sent[name]):10}{lost[name]:6}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="of music for each contestant")
    parser.add_argument("--turn", type=float, default=15.0, help="seconds that each plays at a time")
    parser.add_argument("--period", type=int, default=256, help="JACK's, in frames")
    parser.add_argument("--realtime", action="store_true", help="with a realtime JACK server (where that is permitted)")
    parser.add_argument("--window", action="store_true", help="with a window painting meanwhile")
    parser.add_argument("--only", action="append", choices=CONTESTANTS, help="leave the others out")
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    parser.add_argument("--notes", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        options.result.write_text(json.dumps(PLAYERS[options.contestant](options.notes)))
        # isobar leaves threads behind.
        os._exit(0)
    measure(
        options.minutes,
        options.period,
        realtime=options.realtime,
        window=options.window,
        seconds=options.turn,
        chosen=options.only or list(CONTESTANTS),
    )


if __name__ == "__main__":
    # A benchmark that hangs says where.
    threading.excepthook = threading.__excepthook__
    main()
