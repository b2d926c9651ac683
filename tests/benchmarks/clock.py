"""MIDI clock with real peers: following Debian's jack_midi_clock, and leading its jack_mclk_dump.

    python -m tests.benchmarks.clock [--seconds 20] [--period 256] [--rtmidi] [--realtime]
    python -m tests.benchmarks.clock --blocks

Following: the leader's ticks are received a second time, by another process that knows the frame of each. The beat
error is how far from a tick the clock's timeline had its beat, by the timeline in force just before the tick came; in
milliseconds, from two seconds after the start on. Settled: the last time within the first ten seconds that the error
was above 2 ms. The ramp is JACK's own tempo map, bent by 5 quarters a minute each second.

With --blocks, without any peer: made-up ticks of two minutes that arrive in blocks, with 0.2 ms of jitter. Phase: from
two seconds on, from the middle of a block. Tempo: the largest error from half a minute on; settled: the last time that
it was above 0.2 %. Wrong: the largest error of the tempo while the clock said it was locked.

Leading: what the listener says of our tempo, by its own filter, at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import platform
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from musiclstm.engine.clock.base import ClockChange, InternalClock
from musiclstm.engine.clock.midi import TICK, MidiClockFollower
from musiclstm.engine.ports import rtmidi as ports_rtmidi
from musiclstm.engine.ports.registry import list_ports, open_input, open_output
from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.music.timeline import Timeline
from tests import servers
from tests.benchmarks.lateness import RECEIVER, receive
from tests.engine.clock import made_up

LEADER = "jack_midi_clock:mclk_out"
LISTENER = "jack_mclk_dump:mclk_in"
TEMPOS = (60.0, 120.0, 187.5)


def steady(tempo: float, _: float) -> float:
    return tempo


def ramp(seconds: float) -> float:
    """90 quarters a minute for five seconds, then 5 more each second, to 150."""
    return min(150.0, 90 + 5 * max(0.0, seconds - 5))


@contextlib.contextmanager
def transport(tempo: Callable[[float], float]) -> Iterator[Any]:
    """Lead JACK's transport, with that many quarters a minute so many seconds after its start."""
    import jack

    client = jack.Client("transport", no_start_server=True)

    def timebase(_state: object, _frames: int, position: Any, _new: bool) -> None:
        position.valid = 0x10  # JackPositionBBT
        position.beats_per_bar = position.beat_type = 4
        position.ticks_per_beat = 1920
        position.bar = position.beat = 1
        position.beats_per_minute = tempo(position.frame / client.samplerate)

    client.set_timebase_callback(timebase)
    client.activate()
    client.transport_stop()
    client.transport_locate(0)
    time.sleep(0.2)
    try:
        yield client
    finally:
        client.transport_stop()
        time.sleep(0.2)
        client.release_timebase()
        client.deactivate()
        client.close()


def wait_for_port(name: str) -> None:
    until = time.monotonic() + 10
    while not any(name in ports for ports in list_ports()):
        if time.monotonic() > until:
            raise SystemExit(f"{name} did not appear")
        time.sleep(0.05)
    # It is there before it can be connected to.
    time.sleep(0.3)


def follow(tempo: Callable[[float], float], seconds: float, *, rtmidi_input: bool) -> tuple[list[float], float, float]:
    """(beat errors in seconds once settled, when it settled, when it was locked)."""
    spawn = get_context("spawn")
    clock = MidiClockFollower()
    history: list[tuple[float, Timeline]] = []
    locked = 0.0

    def feed(message: bytes, moment: float) -> None:
        nonlocal locked
        clock.feed(message, moment)
        if message[0] == TICK:
            history.append((moment, clock.timeline))
            if not locked and clock.locked:
                locked = moment

    starts: list[ClockChange] = []
    clock.subscribe(lambda change: starts.append(change) if change.change.value == "start" else None)
    ours, theirs = spawn.Pipe()
    receiver = spawn.Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    ours.recv()
    # -P: no song position, for which it would make a pause.
    command = ["jack_midi_clock", "-P", f"{RECEIVER}:in"]
    leader = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(LEADER)
        if rtmidi_input:
            import rtmidi

            port: Any = ports_rtmidi.RtMidiSystem(rtmidi.API_UNIX_JACK).open_input(LEADER, feed)
        else:
            port = open_input(LEADER, feed)
        with transport(tempo) as client:
            client.transport_start()
            time.sleep(seconds)
        time.sleep(0.3)
        port.close()
    finally:
        servers.end(leader)
    ours.send(True)
    ticks = [moment for moment, message in ours.recv() if message == "f8"]
    ours.send(False)
    receiver.join()
    return (*errors(ticks, history, tempo), locked - ticks[0])


def errors(
    ticks: list[float], history: list[tuple[float, Timeline]], tempo: Callable[[float], float]
) -> tuple[list[float], float]:
    """Compare each tick with the timeline that was in force before it came."""
    found: list[tuple[float, float]] = []
    place = number = 0
    last = ticks[0]
    for moment in ticks:
        # Its number by the time since the last, for JACK loses some at its XRUNs, here as there.
        period = 2.5 / tempo(moment - ticks[0])
        number += round((moment - last) / period)
        last = moment
        # Half a tick before it, whatever the two receivers' delays.
        before = moment - period / 2
        while place + 1 < len(history) and history[place + 1][0] < before:
            place += 1
        timeline = history[place][1]
        if number > 2:
            found.append((moment - ticks[0], (timeline.beat_at(moment) - number / 24) * 60 / timeline.tempo))
    settled = max((moment for moment, error in found if abs(error) > 0.002 and moment < 10), default=0.0)
    return [error for moment, error in found if moment > 2], settled


def lead(tempo: float, seconds: float) -> float:
    """The tempo that jack_mclk_dump reports."""
    with tempfile.TemporaryFile() as said:
        listener = subprocess.Popen(["jack_mclk_dump", "-n"], stdout=said, stderr=subprocess.STDOUT)
        try:
            wait_for_port(LISTENER)
            clock = InternalClock(tempo)
            output = open_output(LISTENER)
            scheduler = Scheduler(clock, [output])
            scheduler.start()
            sender = MidiClockSender(scheduler, clock, [0])
            clock.start()
            time.sleep(seconds)
            clock.stop()
            sender.close()
            scheduler.close()
            output.close()
            time.sleep(0.3)
        finally:
            servers.end(listener)
        said.seek(0)
        reported = re.findall(rb"flt:\s*([\d.]+)\[BPM\]", said.read())
    return float(reported[-1])


def measure(seconds: float, period: int, *, rtmidi_input: bool, realtime: bool) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.jack(Path(folder) / "jack.log", period=period, realtime=realtime) as server,
    ):
        os.environ.update(server.env)
        print(
            f"jackd dummy{', realtime' if realtime else ''}, {period} frames at 48 kHz ({period / 48:.2f} ms); "
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"load {os.getloadavg()[0]:.1f}"
        )
        print(f"Following jack_midi_clock, {'RtMidi' if rtmidi_input else 'JACK-Client'} in, {seconds:g} s each:")
        print(f"{'':12}{'beat error, ms':^36}")
        print(f"{'tempo':12}{'median':>9}{'p99':>9}{'max':>9}{'mean':>9}{'settled, s':>12}{'locked, s':>11}")
        tempos = [(f"{tempo:g}", functools.partial(steady, tempo)) for tempo in TEMPOS]
        curves: list[tuple[str, Callable[[float], float]]] = [*tempos, ("90 to 150", ramp)]
        for name, tempo in curves:
            found, settled, locked = follow(tempo, max(seconds, 18 if tempo is ramp else 0), rtmidi_input=rtmidi_input)
            ordered = sorted(abs(error) * 1000 for error in found)
            at = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
            mean = sum(found) / len(found) * 1000
            print(f"{name:12}{''.join(f'{value:9.3f}' for value in (*at, mean))}{settled:12.2f}{locked:11.2f}")
        print("Leading jack_mclk_dump:")
        print(f"{'tempo':12}{'reported':>9}{'off by':>9}")
        for tempo_sent in TEMPOS:
            reported = lead(tempo_sent, seconds)
            print(f"{tempo_sent:<12g}{reported:9.2f}{abs(reported / tempo_sent - 1):9.3%}")


def measure_blocks(tempos: Sequence[float] = (20, 60, 90, 114, 120, 174, 240, 300), seconds: float = 120) -> None:
    print(
        f"{'block':>9}{'tempo':>8}{'miscounted':>12}{'phase p99':>11}{'max':>8}{'tempo':>9}{'settled':>9}{'wrong':>8}"
    )
    print(f"{'ms':>9}{'BPM':>8}{'ticks':>12}{'ms':>11}{'ms':>8}{'%':>9}{'s':>9}{'%':>8}")
    for block in (0.0, 0.001, 256 / 48000, 512 / 48000, 0.016, 1024 / 48000, 0.025):
        for tempo in tempos:
            true = made_up.steady(tempo, seconds)
            seen = made_up.with_jitter(made_up.in_blocks(true, block, 0.3), 0.0002, np.random.default_rng(1)) - 0.0001
            found = made_up.follow(true, seen)
            print(
                f"{block * 1000:9.2f}{tempo:8g}{found.counted - len(true):12d}{found.phase_p99(2) * 1000:11.2f}"
                f"{found.phase_max(2) * 1000:8.2f}{found.tempo_max(30) * 100:9.3f}{found.tempo_settled(0.002):9.1f}"
                f"{found.tempo_max(0, while_steady=True) * 100:8.2f}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each tempo")
    parser.add_argument("--period", type=int, default=256, help="JACK's, in frames")
    parser.add_argument("--rtmidi", action="store_true", help="receive by RtMidi, which does not know the frame")
    parser.add_argument("--realtime", action="store_true", help="with a realtime JACK server (where that is permitted)")
    parser.add_argument("--blocks", action="store_true", help="made-up ticks that arrive in blocks")
    options = parser.parse_args()
    if options.blocks:
        measure_blocks()
        return
    measure(options.seconds, options.period, rtmidi_input=options.rtmidi, realtime=options.realtime)


if __name__ == "__main__":
    main()
