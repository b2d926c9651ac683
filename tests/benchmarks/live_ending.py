"""Live endings: the real engine is asked to end at random moments.

    python -m tests.benchmarks.live_ending [--models chorales folk …] [--moments 16] [--bars 3] [--tempo 120]
                                           [--mode continue] [--busy 1]

In the other modes somebody plays notes of C major, one a beat, in half of the bars (`--busy 1`: in all of them), until
it has ended. `closed`: how often a note of the model sounded at the end (of drums: began in the last beats); of those,
the last notes as in `tests.benchmarks.ending`, in the key of all that was heard. `in the bar`: how often it stopped on
the bar line that it had named. `late`: the engine's own 99th percentile of its lateness while the close was looked for,
in ms, the worst of all moments. To no output, which is on time as any other.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from musiclstm.model.modelfile import open_model
from musiclstm.music.note import Note, Piece
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.benchmarks.ending import ends
from tests.benchmarks.figures import machine
from tests.engine.desk import Desk

MODELS = ("chorales", "folk", "quartet", "piano", "drums")


@dataclass(frozen=True)
class Person:
    """Plays in a mode, so much of the time."""

    mode: str
    busy: float

    def play(self, desk: Desk, chance: random.Random, stop: threading.Event, beat: float) -> None:
        """One note a beat, in a thread of its own. beat: seconds."""
        while not stop.is_set():
            playing = chance.random() < self.busy
            for _ in range(4):
                pitch = chance.choice((60, 60, 62, 64, 64, 65, 67, 67, 71, 72))
                if playing:
                    desk.host.send(commands.PlayerNote(pitch, 80))
                stop.wait(beat * 0.9)
                if playing:
                    desk.host.send(commands.PlayerNote(pitch, 0))
                stop.wait(beat * 0.1)


@dataclass(frozen=True)
class Moment:
    """What the model played, and what was heard; whether it stopped where it had said."""

    own: Piece
    heard: Piece
    in_the_bar: bool
    late: float
    closed: bool


def moment(model: str, chance: random.Random, bars: int, tempo: float, folder: Path, person: Person) -> Moment:
    options = EngineOptions(
        model, "null", tempo=tempo, seed=chance.randrange(10_000), journal=str(folder), play=True,
        controls=(("mode", person.mode),),
    )  # fmt: skip
    desk, stop = Desk(options), threading.Event()
    player = threading.Thread(target=person.play, args=(desk, random.Random(chance.random()), stop, 60 / tempo))
    try:
        wanted = chance.uniform(16, 40)
        if person.mode != "solo":
            desk.first(telemetry.Status, lambda status: status.playing)
            player.start()
        desk.until(lambda: any(x.beat >= wanted for x in desk.all(telemetry.Status)[-1:]), 120)
        desk.host.send(commands.End(bars))
        end = desk.until(lambda: [x.end for x in desk.all(telemetry.EndChanged)])[0] or 0.0
        since = len(desk.heard)
        desk.until(lambda: desk.all(telemetry.EndChanged)[-1].end is None, 120)
        stopped = desk.status(lambda status: not status.playing)
        late = max(x.lateness_p99 for x in desk.heard[since:] if isinstance(x, telemetry.Status))
        own, heard = _piece(model, desk, end, {False}), _piece(model, desk, end, {False, True})
        drums = all(part.percussive for part in own.parts)
        closed = any(note.end > end - 0.1 or (drums and note.onset > end - 4) for note in own.notes)
        return Moment(own, heard, abs(stopped.beat - end) < 0.1, late, closed)
    finally:
        stop.set()
        if player.is_alive():
            player.join()
        desk.host.close()


def _piece(model: str, desk: Desk, end: float, whose: set[bool]) -> Piece:
    vocabulary = open_model(model).vocabulary
    sounding: dict[int, telemetry.Played] = {}
    notes = []
    for each in desk.all(telemetry.Played):
        if each.by_person not in whose:
            continue
        if each.velocity:
            sounding[each.id] = each
        elif each.id in sounding:
            begun = sounding.pop(each.id)
            notes.append(Note(begun.beat, each.beat - begun.beat, begun.pitch, begun.velocity, begun.part))
    return Piece(tuple(sorted(note for note in notes if note.onset < end)), parts=vocabulary.parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--moments", type=int, default=16)
    parser.add_argument("--bars", type=int, default=3)
    parser.add_argument("--tempo", type=float, default=120.0)
    parser.add_argument("--mode", default="solo")
    parser.add_argument("--busy", type=float, default=0.5)
    options = parser.parse_args()
    print(machine("numpy"))
    print(f"{'':10}{'pieces':>8}{'tonic':>8}{'chord':>8}{'beats':>8}{'in the bar':>12}{'closed':>8}{'late':>8}")
    for model in options.models:
        chance = random.Random(1)
        moments = []
        for _ in range(options.moments):
            with tempfile.TemporaryDirectory() as folder:
                person = Person(options.mode, options.busy)
                moments.append(moment(model, chance, options.bars, options.tempo, Path(folder), person))
        closed = [each for each in moments if each.closed]
        figures = ends((each.own for each in closed), [each.heard for each in closed]) if closed else f"{0:8}{'':24}"
        right = sum(each.in_the_bar for each in moments) / len(moments)
        late = max(each.late for each in moments)
        print(f"{model:10}{figures}{right:12.0%}{len(closed) / len(moments):8.0%}{late:8.2f}", flush=True)


if __name__ == "__main__":
    main()
