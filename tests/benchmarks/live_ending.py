"""Live endings: the real engine is asked to end at random moments.

    python -m tests.benchmarks.live_ending [--models chorales folk …] [--moments 16] [--bars 3] [--tempo 120]

`in the bar`: how often it stopped on the bar line that it had named;
the last notes as of `tests.benchmarks.ending`. `late`: the engine's own 99th percentile of its lateness
while the close was looked for, in ms, the worst of all moments. To no output, which is on time as any other.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

from musiclstm.model.modelfile import open_model
from musiclstm.music.note import Note, Piece
from musiclstm.protocol import commands, telemetry
from musiclstm.protocol.options import EngineOptions
from tests.benchmarks.ending import ends
from tests.benchmarks.figures import machine
from tests.engine.desk import Desk

MODELS = ("chorales", "folk", "quartet", "piano", "drums")


def moment(model: str, chance: random.Random, bars: int, tempo: float, folder: Path) -> tuple[Piece, bool, float]:
    """(what was played, whether it stopped where it had said, lateness)."""
    options = EngineOptions(model, "null", tempo=tempo, seed=chance.randrange(10_000), journal=str(folder), play=True)
    desk = Desk(options)
    try:
        wanted = chance.uniform(16, 40)
        desk.until(lambda: any(x.beat >= wanted for x in desk.all(telemetry.Status)[-1:]), 120)
        desk.host.send(commands.End(bars))
        end = desk.until(lambda: [x.end for x in desk.all(telemetry.EndChanged)])[0] or 0.0
        since = len(desk.heard)
        desk.until(lambda: desk.all(telemetry.EndChanged)[-1].end is None, 120)
        stopped = desk.status(lambda status: not status.playing)
        late = max(x.lateness_p99 for x in desk.heard[since:] if isinstance(x, telemetry.Status))
        return _piece(model, desk, end), abs(stopped.beat - end) < 0.1, late
    finally:
        desk.host.close()


def _piece(model: str, desk: Desk, end: float) -> Piece:
    vocabulary = open_model(model).vocabulary
    sounding: dict[int, telemetry.Played] = {}
    notes = []
    for each in desk.all(telemetry.Played):
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
    options = parser.parse_args()
    print(machine("numpy"))
    print(f"{'':10}{'pieces':>8}{'tonic':>8}{'chord':>8}{'beats':>8}{'in the bar':>12}{'late':>8}")
    for model in options.models:
        chance = random.Random(1)
        pieces, right, late = [], 0, 0.0
        for _ in range(options.moments):
            with tempfile.TemporaryDirectory() as folder:
                piece, stopped, p99 = moment(model, chance, options.bars, options.tempo, Path(folder))
            pieces.append(piece)
            right += stopped
            late = max(late, p99)
        print(f"{model:10}{ends(pieces)}{right / len(pieces):12.0%}{late:8.2f}", flush=True)


if __name__ == "__main__":
    main()
