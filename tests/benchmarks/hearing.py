"""What a band's players do of what they hear: together and apart, with and without each way of hearing.

    python -m tests.benchmarks.hearing [--band quartet+drums] [--bars 64] [--seeds 4]

together: the share of a player's onsets that begin with another's, all players' mean. density: the correlation, over
bars, of a player's onsets with the others'. loudness: the same of the mean velocities of bars.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from itertools import combinations
from statistics import StatisticsError, correlation, fmean

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Note
from musiclstm.protocol.controls import Value

NOTHING: dict[str, Value] = {"hear.harmony": 1.0, "hear.density": 0.0, "hear.onsets": 0.0, "hear.loudness": 0.0}
WAYS: dict[str, dict[str, Value]] = {
    "not at all": {},
    "onsets 0.5": {"hear.onsets": 0.5},
    "onsets 1": {"hear.onsets": 1.0},
    "density 1 (joins in)": {"hear.density": 1.0},
    "density -1 (leaves room)": {"hear.density": -1.0},
    "loudness 1": {"hear.loudness": 1.0},
    "all of 1": {"hear.onsets": 1.0, "hear.density": 1.0, "hear.loudness": 1.0},
}


def players(model: ModelFile, notes: Iterable[Note]) -> list[list[Note]]:
    """The notes of each player."""
    player = [number for number, each in enumerate(model.members) for _ in each.vocabulary.parts]
    found: list[list[Note]] = [[] for _ in model.members]
    for note in notes:
        found[player[note.part]].append(note)
    return found


def together(one: list[Note], other: list[Note]) -> float:
    onsets, others = ({round(note.onset, 3) for note in each} for each in (one, other))
    return len(onsets & others) / len(onsets) if onsets else 0.0


def by_bar(notes: list[Note], bars: int, beats: float) -> tuple[list[float], list[float]]:
    """Onsets and mean velocity of each bar."""
    counts, velocities = [], []
    for bar in range(bars):
        inside = [note for note in notes if bar * beats <= note.onset < (bar + 1) * beats]
        counts.append(float(len({note.onset for note in inside})))
        velocities.append(fmean(note.velocity for note in inside) if inside else 0.0)
    return counts, velocities


def correlated(one: list[float], other: list[float]) -> float:
    """0 where one never changes."""
    try:
        return correlation(one, other)
    except StatisticsError:
        return 0.0


def measure(
    model: ModelFile, controls: Mapping[str, Value], bars: int, seeds: int
) -> tuple[float, float, float, float]:
    """Notes a beat; together, density and loudness as above."""
    beats = 4.0 * model.vocabulary.meters[0][0] / model.vocabulary.meters[0][1]
    rows = []
    for seed in range(seeds):
        piece = generate(model, Request(Bars(bars), seed=seed, controls={**NOTHING, **controls}))
        for one, other in combinations(players(model, piece.notes), 2):
            shared = fmean((together(one, other), together(other, one)))
            first, second = by_bar(one, bars, beats), by_bar(other, bars, beats)
            alike = [correlated(a, b) for a, b in zip(first, second, strict=True)]
            rows.append((len(piece.notes) / bars / beats, shared, *alike))
    rate, shared, density, loudness = (fmean(column) for column in zip(*rows, strict=True))
    return rate, shared, density, loudness


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--band", default="quartet+drums")
    parser.add_argument("--bars", type=int, default=64)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    model = open_model(options.band)
    print(f"{model.name}, {options.seeds} pieces of {options.bars} bars")
    print(f"{'hears':26}{'notes/beat':>12}{'together':>10}{'density':>10}{'loudness':>10}")
    for name, controls in WAYS.items():
        rate, shared, density, loudness = measure(model, controls, options.bars, options.seeds)
        print(f"{name:26}{rate:12.2f}{shared:10.2f}{density:10.2f}{loudness:10.2f}")


if __name__ == "__main__":
    main()
