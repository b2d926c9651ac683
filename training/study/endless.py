"""Endless: an hour of play from one seed, minute by minute, beside the corpus played end to end.

Range    a statistic is outside the range of the corpus's minutes
Drift    a statistic's last quarter is outside that range, and farther from the first than one standard deviation of the
         corpus's minutes
Silence  no note starts for longer than in the corpus
Crowding more notes in a minute, or more at once, than in the corpus
Loops    a passage is repeated that is longer than any repeated passage in as much of the corpus played end to end
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.note import Note
from musiclstm.music.vocabulary import Vocabulary
from training.study.distributions import Notes, in_scale, polyphony
from training.study.repeats import longest_repeat

# Tracked from minute to minute.
STATISTICS = ("notes", "mean pitch", "lowest", "highest", "notes at once", "in a scale", "duration", "velocity")
RANGE = (1, 99)  # percentiles between which the corpus's minutes lie
OUTSIDE = 0.1  # share of the minutes that may lie outside (of the corpus's own, 0.02 do)
CORPUS_HOURS = 4  # at most, to compare with

Table = NDArray[np.float64]  # (minutes, STATISTICS)


@dataclass(frozen=True)
class Hour:
    """silence: the longest, in beats or seconds. peak: most notes at once. repeat: `longest_repeat`."""

    minutes: Table
    silence: float
    peak: int
    repeat: int


def concatenated(pieces: Sequence[Notes], length: float) -> Iterator[Notes]:
    """The pieces end to end, in random order, each once, cut into stretches of `length` beats or seconds."""
    stretch: list[Note] = []
    start = 0.0
    for index in np.random.default_rng(0).permutation(len(pieces)).tolist():
        notes = pieces[index]
        first = min(note.onset for note in notes)
        stretch += [replace(note, onset=note.onset - first + start) for note in notes]
        # Each piece starts on a beat or second.
        start = float(np.ceil(max(note.end for note in stretch)))
        while start >= length:
            yield [note for note in stretch if note.onset < length]
            stretch = [replace(note, onset=note.onset - length) for note in stretch if note.onset >= length]
            start -= length
    if stretch:
        yield stretch


def measure(notes: Notes, vocabulary: Vocabulary, minute: float, minutes: int) -> Hour:
    """What endless play has done minute by minute. minute: the length of one, in beats or seconds."""
    notes = [note for note in notes if note.onset < minutes * minute]
    cut: list[list[Note]] = [[] for _ in range(minutes)]
    for note in notes:
        cut[min(minutes - 1, int(note.onset // minute))].append(note)
    onsets = [0.0, *(note.onset for note in notes), minutes * minute]
    return Hour(
        np.array([statistics(each, vocabulary) for each in cut]),
        max(b - a for a, b in pairwise(onsets)),
        max(polyphony(notes, vocabulary), default=0),
        longest_repeat(notes, vocabulary) if len(notes) > 2 else 0,
    )


def statistics(notes: Notes, vocabulary: Vocabulary) -> list[float]:
    """`STATISTICS` of some notes; nan where there are none."""
    if not notes:
        return [0.0] + [float("nan")] * (len(STATISTICS) - 1)
    pitches = np.array([note.pitch for note in notes])
    return [
        len(notes),
        float(pitches.mean()),
        float(pitches.min()),
        float(pitches.max()),
        float(np.mean(list(polyphony(notes, vocabulary)))),
        in_scale(notes) / len(notes),
        float(np.mean([note.duration for note in notes])),
        float(np.mean([note.velocity for note in notes])),
    ]


def corpus_hours(pieces: Sequence[Notes], vocabulary: Vocabulary, minute: float, minutes: int) -> list[Hour]:
    """The corpus end to end, for some hours; less than an hour if the corpus is shorter."""
    found: list[Hour] = []
    for notes in concatenated(pieces, minutes * minute):
        whole = int(max((note.end for note in notes), default=0.0) // minute)
        if found and whole < minutes - 1:
            continue
        found.append(measure(notes, vocabulary, minute, max(1, min(minutes, whole))))
        if len(found) == CORPUS_HOURS:
            break
    return found


def tracked_statistics(vocabulary: Vocabulary) -> list[str]:
    """The `STATISTICS` that mean something for music of this kind."""
    kit = vocabulary.percussive
    idle = {"mean pitch", "in a scale", "duration"} if kit else set()
    return [name for name in STATISTICS if name not in idle and (name != "velocity" or vocabulary.velocities > 1)]


def compare(hour: Hour, corpus: Sequence[Hour], vocabulary: Vocabulary) -> dict[str, Any]:
    """Each statistic beside that of the corpus, and the verdicts, as plain values."""
    theirs = np.concatenate([each.minutes for each in corpus])
    table: dict[str, dict[str, float]] = {}
    quarter = max(1, len(hour.minutes) // 4)
    for name in tracked_statistics(vocabulary):
        index = STATISTICS.index(name)
        known = theirs[:, index][~np.isnan(theirs[:, index])]
        mine = hour.minutes[:, index]
        low, high = np.percentile(known, RANGE)
        spread = max(float(known.std()), 1e-9)
        beyond = np.mean(~((mine >= low - 1e-9) & (mine <= high + 1e-9)))
        first, last = mine[:quarter], mine[-quarter:]
        table[name] = {
            "low": float(low),
            "high": float(high),
            "mean": float(known.mean()),
            "mean here": mean(mine),
            "first quarter": mean(first),
            "last quarter": mean(last),
            "outside": float(beyond),
            "drift": (mean(last) - mean(first)) / spread if spread > 1e-6 else 0.0,
        }
    longest_silence = max(each.silence for each in corpus)
    peak = max(each.peak for each in corpus)
    repeat = max(each.repeat for each in corpus)
    outside = [name for name, row in table.items() if not row["outside"] <= OUTSIDE]
    drifted = [
        name
        for name, row in table.items()
        if not (row["low"] <= row["last quarter"] <= row["high"] or abs(row["drift"]) <= 1)
    ]
    crowded = table["notes"]["high"] < max(hour.minutes[:, 0]) and theirs[:, 0].max() < max(hour.minutes[:, 0])
    return {
        "table": table,
        "minutes": [dict(zip(STATISTICS, row, strict=True)) for row in hour.minutes.tolist()],
        "silence": hour.silence,
        "silence_corpus": longest_silence,
        "at_once": hour.peak,
        "at_once_corpus": peak,
        "fullest": max(hour.minutes[:, 0]),
        "fullest_corpus": theirs[:, 0].max(),
        "repeat": hour.repeat,
        "repeat_corpus": repeat,
        "verdicts": {
            "leaves the range": ", ".join(outside) or "no",
            "drifts": ", ".join(drifted) or "no",
            "falls silent": yes_or_no(hour.silence > longest_silence),
            "crowds": yes_or_no(bool(crowded) or hour.peak > peak),
            "loops": yes_or_no(hour.repeat > repeat),
        },
    }


def faults(found: dict[str, Any]) -> list[str]:
    """The faults that `compare` found, one by one."""
    return [
        name if what == "yes" else f"{name}: {what}"
        for name, verdict in found["verdicts"].items()
        if verdict != "no"
        for what in verdict.split(", ")
    ]


def mean(values: Table) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")


def yes_or_no(answer: bool) -> str:
    return "yes" if answer else "no"
