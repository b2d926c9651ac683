"""A band beside one model: time for an event, lateness, and how soon steering is obeyed, at a real JACK port.

    python -m tests.benchmarks.band [--changes 100] [--period 64] [--rate 20] [--realtime]

The band are the four shipped models that count beats. The tempo is such that so many notes a second are played, by the
one model as by the four together. As in `steering`, the scale is pentatonic and the key changes between C and F sharp,
for all players or for the first alone, whose notes the others then must not follow; drums have no key.
"""

from __future__ import annotations

import argparse
import time
from bisect import bisect_right
from statistics import median

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import ModelFile, open_model
from tests.benchmarks.figures import machine, p99
from tests.benchmarks.steering import ALLOWED, CLASSES, heard

ONE = "quartet"
BAND = "quartet+folk+chorales+drums"
EVENTS = 2_000


def tempo_for(model: ModelFile, rate: float) -> float:
    """BPM at which it plays so many notes a second."""
    piece = generate(model, Request(Bars(32), seed=1))
    return rate * 60 * piece.length / len(piece.notes)


def event_time(model: ModelFile) -> tuple[float, float]:
    """Milliseconds for an event, median and 99th percentile."""
    session, times = open_session(model, 1), []
    for _ in range(EVENTS):
        begin = time.perf_counter()
        session.draw()
        times.append(1000 * (time.perf_counter() - begin))
    return median(times), p99(times)


def steered(name: str, tempo: float, control: str, changes: int, period: int, *, realtime: bool) -> str:
    """A row of figures."""
    model = open_model(name)
    player = [number for number, (_, parts) in enumerate(model.players) for _ in range(parts)]
    listening = {
        part.channel
        for number, part in enumerate(model.vocabulary.parts)
        if not part.percussive and (control == "key" or player[number] == 0)
    }
    drums = {part.channel for part in model.vocabulary.parts if part.percussive}
    given, status, messages = heard(name, tempo, changes, period, realtime=realtime, control=control)
    notes = [(moment, m[0] & 0x0F, m[1] % 12) for moment, m in messages if m[0] & 0xF0 == 0x90 and m[2]]
    moments = [moment for moment, _ in given]
    late, obeyed, strays = dict[int, list[float]](), dict[int, float](), 0
    for moment, channel, pitch_class in notes:
        number = bisect_right(moments, moment) - 1
        if number < 0 or channel in drums:
            continue
        if channel not in listening:
            strays += pitch_class not in CLASSES["C"]
        elif pitch_class in CLASSES[given[number][1]]:
            obeyed.setdefault(number, 1000 * (moment - given[number][0]))
        elif moment - given[number][0] > ALLOWED:
            late.setdefault(number, []).append(1000 * (moment - given[number][0]))
    inside = [moment for moment, _, _ in notes if moments[0] <= moment <= moments[-1]]
    rate = len(inside) / (moments[-1] - moments[0])
    last = max((each for found in late.values() for each in found), default=0.0)
    return (
        f"{rate:8.1f}{status.lateness_median:9.2f}{status.lateness_p99:9.2f}{status.late:6}"
        f"{median(obeyed.values()):10.0f}{len(late):10}{sum(map(len, late.values())):8}{last:8.0f}{strays:8}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--period", type=int, default=64, help="JACK's, in frames")
    parser.add_argument("--rate", type=float, default=20.0, help="notes a second")
    parser.add_argument("--realtime", action="store_true", help="with a realtime JACK server (where that is permitted)")
    options = parser.parse_args()
    print(f"{machine()}; jackd dummy{', realtime' if options.realtime else ''}, {options.period} frames at 48 kHz")
    for name in (ONE, BAND):
        middle, slowest = event_time(open_model(name))
        print(f"{name:30} {middle:.2f} ms an event, p99 {slowest:.2f}")
    print("late, ms: median and p99 at send, messages over 5 ms; obeyed: ms from a command to the first note that does")
    print(f"disobeyed: commands that note-ons later than {ALLOWED * 1000:.0f} ms do not obey, how many, the last, ms")
    print("(players that count alike begin their notes together: one late command is one of each)")
    print("strays: note-ons of other players that followed a command that was not for them")
    print(
        f"{'':38}{'notes/s':>8}{'late':>9}{'p99':>9}{'>5':>6}{'obeyed':>10}{'disobeyed':>10}{'notes':>8}{'last':>8}{'strays':>8}"
    )
    for name, control in ((ONE, "key"), (BAND, "key"), (BAND, "0:key")):
        tempo = tempo_for(open_model(name), options.rate)
        row = steered(name, tempo, control, options.changes, options.period, realtime=options.realtime)
        print(f"{name:30} {control:6} {row}", flush=True)


if __name__ == "__main__":
    main()
