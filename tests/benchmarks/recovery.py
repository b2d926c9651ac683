"""How soon music is in style again after an extreme setting: with Reset, and when the controls are only turned back.

    python -m tests.benchmarks.recovery [--model chorales] [--seeds 8]

The performer plays in simulated time: `BARS` bars as the model likes it, as many at an extreme setting, as many after
it. Every two bars are scored by the model itself, from an empty memory: nats a note, as in `musiclstm evaluate`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.errors import MidiFileError
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.score import score_pieces
from musiclstm.model.session import Session
from musiclstm.music.note import Note, Piece, TimeBase
from musiclstm.protocol.commands import Command, Reset, SetControl
from musiclstm.protocol.telemetry import Played
from tests.engine.stage import Stage

BARS, WINDOW = 8, 2
SHORTEST = 0.1
"""Beats. What is shorter is the rest of a note that was held where the music goes on, not a note of the model's."""
EXTREMES: dict[str, dict[str, float]] = {
    "bold and wild": {"pitch.temperature": 2.0, "pitch.top_p": 1.0, "time.temperature": 2.0, "time.top_p": 1.0},
    "safe and calm": {"pitch.temperature": 0.1, "time.temperature": 0.1},
    "dense": {"density": 1.0},
    "high": {"range.low": 76},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="chorales")
    parser.add_argument("--seeds", type=int, default=8)
    chosen = parser.parse_args()
    model = open_model(chosen.model)
    starts = [bar + 1 for bar in range(0, 3 * BARS, WINDOW)]
    sys.stdout.write("| nats a note, bars | " + " | ".join(f"{s}–{s + WINDOW - 1}" for s in starts) + " |\n")
    sys.stdout.write("|---" * (len(starts) + 1) + "|\n")
    for name, values in EXTREMES.items():
        for recovers in (True, False):
            figures = curve(model, values, range(chosen.seeds), recovers=recovers)
            how = "Reset" if recovers else "turned back"
            sys.stdout.write(f"| {name}, {how} | " + " | ".join(figures) + " |\n")
            sys.stdout.flush()


def curve(model: ModelFile, values: dict[str, float], seeds: Sequence[int], *, recovers: bool) -> list[str]:
    """Nats a note and notes a bar of each window, over all seeds."""
    runs = [list(windows(played(model, values, seed, recovers=recovers), model)) for seed in seeds]
    return [_figure(model, [run[index] for run in runs]) for index in range(len(runs[0]))]


def _figure(model: ModelFile, pieces: Sequence[Piece]) -> str:
    nats = notes = 0.0
    for piece in pieces:
        try:
            score = score_pieces(model, [piece])
        except MidiFileError:  # silence
            continue
        nats += score.nats
        notes += score.notes
    return f"{nats / notes:.2f}" if notes else "silent"


def played(model: ModelFile, values: dict[str, float], seed: int, *, recovers: bool) -> list[Note]:
    """The notes of such a performance, in beats."""
    stage = Stage(Session(model, seed), time_machine=TimeMachine())
    before: list[Command] = [SetControl(name, value) for name, value in model.defaults.items()]
    stage.performer.state.steering.load(model.vocabulary, model.defaults, model.voices)
    stage.do(*before)
    stage.play()
    beats = BARS * stage.performer.bar
    stage.run_beats(beats)
    stage.do(*(SetControl(name, value) for name, value in values.items()))
    stage.run_beats(beats)
    steering = stage.performer.steering
    back = [SetControl(name, steering.default(name)) for name in values]
    stage.do(*([Reset()] if recovers else back))
    stage.run_beats(beats + 0.1)
    return list(notes_of(stage))


def notes_of(stage: Stage) -> Iterator[Note]:
    begun: dict[int, Played] = {}
    for message in stage.telemetry:
        if isinstance(message, Played):
            if message.velocity:
                begun[message.id] = message
            elif (start := begun.pop(message.id, None)) is not None and message.beat > start.beat + SHORTEST:
                yield Note(start.beat, message.beat - start.beat, start.pitch, start.velocity, start.part)


def windows(notes: Sequence[Note], model: ModelFile) -> Iterator[Piece]:
    """The music of every `WINDOW` bars, as a piece each."""
    beats = WINDOW * 4.0
    for number in range(3 * BARS // WINDOW):
        begin = number * beats
        inside = [
            replace(note, onset=note.onset - begin, duration=min(note.duration, begin + beats - note.onset))
            for note in sorted(notes)
            if begin - 1e-3 <= note.onset < begin + beats - 1e-3
        ]
        yield Piece(tuple(inside), TimeBase.BEATS, tempo=model.tempo, parts=model.vocabulary.parts)


if __name__ == "__main__":
    main()
