"""Statistics: does it stay music? What a model plays beside pieces it never heard.

python -m training.statistics MODEL CORPUS… [--json] [--picture FILE.png]

Distributions  the share that a model's play has in common with held-out pieces, beside what training pieces have in
               common with them (the ceiling)
An hour        endless play from one seed, five minutes at a time: range, density, polyphony, the longest silence, the
               longest passage that comes again just as it was, beside the longest in a piece of the corpus
Originality    the longest run of notes shared with a training piece, transposed or not, beside that of held-out pieces
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.errors import CorpusError, MusicLSTMError
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.sampling import Constraints, Draw
from musiclstm.model.session import Session
from musiclstm.music import voices
from musiclstm.music.note import Note, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from training import corpora

Notes = Sequence[Note]
Histogram = Counter[Hashable]

# Semitones above the key, of a major scale; the minor ones are among its rotations.
MAJOR = (0, 2, 4, 5, 7, 9, 11)
SECONDS_GRID = 20  # performed onsets are alike if they agree to 1/20 s


# ---- distributions ---------------------------------------------------------------------------------------------------


def pitch_class(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    return (note.pitch % 12 for note in notes)


def interval(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Semitones from one note of a part to the next."""
    last: dict[int, int] = {}
    for note in notes:
        if note.part in last:
            yield max(-24, min(24, note.pitch - last[note.part]))
        last[note.part] = note.pitch


def between_onsets(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    """Ticks, two of them alike in performed music."""
    grid = tick_grid(vocabulary)
    return (min(200, round((b.onset - a.onset) * grid)) for a, b in pairwise(notes))


def duration(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    grid = tick_grid(vocabulary)
    return (min(200, round(note.duration * grid)) for note in notes if not vocabulary.parts[note.part].percussive)


def polyphony(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """How many notes sound where a note begins."""
    ends: list[float] = []
    for note in notes:
        ends = [end for end in ends if end > note.onset + 1e-6]
        ends.append(note.end)
        yield len(ends)


def velocity(notes: Notes, vocabulary: Vocabulary) -> Iterable[Hashable]:
    return (vocabulary.velocity_bin(note.velocity) for note in notes)


def scale(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Of 32 notes each, how many lie in the major scale that holds the most of them."""
    for first in range(0, len(notes) - 31, 32):
        classes = Counter(note.pitch % 12 for note in notes[first : first + 32])
        yield max(sum(classes[(key + degree) % 12] for degree in MAJOR) for key in range(12))


def density(notes: Notes, _: Vocabulary) -> Iterable[Hashable]:
    """Notes in each four beats or seconds."""
    if notes:
        bins = np.floor(np.array([note.onset for note in notes]) / 4).astype(int)
        yield from np.bincount(bins - bins[0]).tolist()


MEASURES: dict[str, Callable[[Notes, Vocabulary], Iterable[Hashable]]] = {
    "pitch class": pitch_class,
    "interval": interval,
    "time between onsets": between_onsets,
    "duration": duration,
    "polyphony": polyphony,
    "velocity": velocity,
    "scale": scale,
    "density": density,
}


def tick_grid(vocabulary: Vocabulary) -> int:
    """Parts of a beat or second within which times count as the same."""
    return vocabulary.resolution if vocabulary.base is TimeBase.BEATS else SECONDS_GRID


def histograms(pieces: Sequence[Notes], vocabulary: Vocabulary) -> dict[str, Histogram]:
    found: dict[str, Histogram] = {}
    for name, measure in MEASURES.items():
        found[name] = Counter()
        for notes in pieces:
            found[name].update(measure(notes, vocabulary))
    return found


def overlap(a: Histogram, b: Histogram) -> float:
    """Share of two distributions that is common, 0..1; 1 if both are empty."""
    all_a, all_b = a.total(), b.total()
    if not all_a or not all_b:
        return float(all_a == all_b)
    return sum(min(a[key] / all_a, b[key] / all_b) for key in a)


# ---- repeats and originality -----------------------------------------------------------------------------------------


def steps(notes: Notes, vocabulary: Vocabulary) -> NDArray[np.uint64]:
    """Each note as the interval and the time from the one before, as a number; the same wherever it is transposed."""
    grid = tick_grid(vocabulary)
    pitches = np.array([note.pitch for note in notes], dtype=np.int64)
    times = np.array([round(note.onset * grid) for note in notes], dtype=np.int64)
    return (np.diff(pitches) * 100_003 + np.diff(times) + (1 << 40)).astype(np.uint64)


def runs(sequence: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """A hash of every run of so many steps."""
    count = len(sequence) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    total = np.zeros(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        mixed = sequence * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        for offset in range(length):
            total = total * np.uint64(0xBF58476D1CE4E5B9) + mixed[offset : offset + count]
    return total


def longest(found: Callable[[int], bool], limit: int) -> int:
    """Greatest length for which something is found, given that shorter ones are found then, too."""
    low, high = 0, 1
    while high <= limit and found(high):
        low, high = high, 2 * high
    high = min(high, limit + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if found(middle) else (low, middle)
    return low


def longest_shared(notes: Notes, others: Sequence[NDArray[np.uint64]], vocabulary: Vocabulary) -> int:
    """Notes of the longest run that is also in one of the others (as steps)."""
    mine = steps(notes, vocabulary)

    def shared(length: int) -> bool:
        here = np.unique(runs(mine, length))
        return any(bool(np.isin(here, runs(other, length)).any()) for other in others)

    found = longest(shared, len(mine))
    return found + 1 if found else 0


def longest_repeat(notes: Notes, vocabulary: Vocabulary) -> int:
    """Notes of the longest run that comes twice."""
    mine = steps(notes, vocabulary)

    def twice(length: int) -> bool:
        found = runs(mine, length)
        return len(np.unique(found)) < len(found)

    found = longest(twice, len(mine) - 1)
    return found + 1 if found else 0


# ---- play ------------------------------------------------------------------------------------------------------------


def constraints(model: ModelFile) -> Constraints:
    """What the model's own defaults make of the controls."""
    time, pitch, velocity = (
        Draw(model.defaults.get(f"{name}.temperature", 1.0), model.defaults.get(f"{name}.top_p", 1.0))
        for name in ("time", "pitch", "velocity")
    )
    return Constraints(time, pitch, velocity)


def play(model: ModelFile, seed: int, *, notes: int | None = None, length: float | None = None) -> Notes:
    """So many notes, or beats or seconds, from an empty memory."""
    session, how = Session(model, seed), constraints(model)
    events = []
    count = 0
    end = length * model.vocabulary.resolution if length is not None else float("inf")
    while (notes is None or count < notes) and session.tick < end:
        event = session.generate(how).event
        count += event.velocity > 0
        events.append(event)
    return model.vocabulary.decode(events)


@dataclass(frozen=True)
class Window:
    """Five minutes of an hour. silence: beats or seconds, the longest in which nothing begins."""

    notes: int
    low: int
    high: int
    mean_pitch: float
    polyphony: float
    silence: float


def hour(notes: Notes, vocabulary: Vocabulary, length: float, count: int = 12) -> list[Window]:
    """Endless play cut into windows."""
    found = []
    for index in range(count):
        begin, end = index * length / count, (index + 1) * length / count
        here = [note for note in notes if begin <= note.onset < end]
        onsets = [begin, *(note.onset for note in here), end]
        pitches = [note.pitch for note in here] or [0]
        found.append(
            Window(
                len(here),
                min(pitches),
                max(pitches),
                float(np.mean(pitches)),
                float(np.mean(list(polyphony(here, vocabulary)) or [0])),
                max(b - a for a, b in pairwise(onsets)),
            )
        )
    return found


# ---- all of it -------------------------------------------------------------------------------------------------------


def compare(model: ModelFile, train: Sequence[Notes], held_out: Sequence[Notes], seed: int = 0) -> dict[str, Any]:
    """Everything, as plain values."""
    vocabulary = model.vocabulary
    sizes = [len(notes) for notes in held_out]
    generated = [play(model, seed + index, notes=size) for index, size in enumerate(sizes)]
    rng = np.random.default_rng(seed)
    sample = [train[index] for index in rng.permutation(len(train))[: len(held_out)].tolist()]
    wanted, ours, ceiling = (histograms(pieces, vocabulary) for pieces in (held_out, generated, sample))
    beats = vocabulary.base is TimeBase.BEATS
    length = 60.0 * float(model.card.get("tempo", 120)) if beats else 3600.0
    endless = [note for note in play(model, seed, length=length) if note.onset < length]
    known = [steps(notes, vocabulary) for notes in train]
    return {
        "overlap": {name: overlap(ours[name], wanted[name]) for name in MEASURES},
        "ceiling": {name: overlap(ceiling[name], wanted[name]) for name in MEASURES},
        "hour": [asdict(window) for window in hour(endless, vocabulary, length)],
        "hour_notes": len(endless),
        "longest_repeat": longest_repeat(endless, vocabulary),
        "longest_repeat_in_a_piece": max(longest_repeat(notes, vocabulary) for notes in [*held_out, *sample]),
        "shared_with_training": sorted(longest_shared(notes, known, vocabulary) for notes in generated),
        "shared_with_training_held_out": sorted(longest_shared(notes, known, vocabulary) for notes in held_out),
    }


def report(found: dict[str, Any]) -> str:
    lines = [f"{'overlap with held-out pieces':30}{'model':>8}{'ceiling':>9}"]
    for name, value in found["overlap"].items():
        lines.append(f"{name:30}{value:8.3f}{found['ceiling'][name]:9.3f}")
    lines += ["", "An hour of endless play, five minutes a line:", "notes  pitches  mean  at once  longest silence"]
    for window in found["hour"]:
        lines.append(
            f"{window['notes']:5d}  {window['low']:3d}-{window['high']:<3d}  {window['mean_pitch']:4.1f}"
            f"  {window['polyphony']:7.2f}  {window['silence']:15.1f}"
        )
    shared, others = (np.array(found[key]) for key in ("shared_with_training", "shared_with_training_held_out"))
    lines.append(
        f"\nLongest passage that comes again: {found['longest_repeat']} notes; in a piece of the corpus "
        f"{found['longest_repeat_in_a_piece']}."
    )
    lines.append(
        f"Longest run shared with a training piece: median {np.median(shared):g}, most {shared.max()} notes; "
        f"held-out pieces {np.median(others):g}, {others.max()}."
    )
    return "\n".join(lines)


def draw(found: dict[str, Any], title: str, path: Path) -> None:
    """Overlaps beside the ceiling, and the hour."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    names = list(found["overlap"])
    place = np.arange(len(names))
    left.barh(place - 0.2, [found["overlap"][name] for name in names], 0.38, label=title, color="#3b7dd8")
    left.barh(place + 0.2, [found["ceiling"][name] for name in names], 0.38, label="training pieces", color="#b9c2cf")
    left.set(yticks=place, yticklabels=names, xlim=(0, 1), title="in common with held-out pieces")
    left.invert_yaxis()
    left.legend(loc="lower left")
    minutes = 5 * np.arange(len(found["hour"]))
    right.fill_between(
        minutes, [w["low"] for w in found["hour"]], [w["high"] for w in found["hour"]], alpha=0.25, color="#3b7dd8"
    )
    right.plot(minutes, [w["mean_pitch"] for w in found["hour"]], color="#3b7dd8", label="pitch: mean, range")
    right.set(title="an hour from one seed", xlabel="minutes", ylabel="pitch")
    other = right.twinx()
    other.plot(minutes, [w["notes"] for w in found["hour"]], color="#d8743b", label="notes in five minutes")
    other.set_ylim(bottom=0)
    figure.legend(loc="outside lower right", ncols=2)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.statistics", description="Does it stay music?")
    p.add_argument("model")
    p.add_argument("corpus", nargs="+", help="as for `musiclstm train`; its test pieces are left alone")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--json", action="store_true")
    p.add_argument("--picture", type=Path)
    options = p.parse_args(argv)
    model = open_model(options.model)
    corpus = corpora.load(options.corpus, model.vocabulary.base)

    def heard(pieces: list[tuple[str, Any]]) -> list[Notes]:
        """As the model hears them: its parts, its grid."""
        v = model.vocabulary
        decoded = (v.decode(v.encode(voices.assign(piece, v))) for _, piece in pieces)
        return [notes for notes in decoded if len(notes) > 1]

    train, held_out = heard(corpus.train), heard(corpus.valid)
    if not train or not held_out:
        raise CorpusError("There must be pieces to train on and held-out ones.")
    found = compare(model, train, held_out, options.seed)
    print(json.dumps(found, indent=1) if options.json else report(found))
    if options.picture:
        draw(found, model.title, options.picture)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MusicLSTMError as error:
        sys.exit(str(error))
