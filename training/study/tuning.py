"""Tuning: temperatures and top-p with which a model's play is most like held-out pieces, and stays so for hours.

First, short stretches are played, one field after another: the best setting has the largest overlap with held-out
pieces, also in the surprise of the notes, because too cold is dull and too hot is strange. Short stretches say little
about an hour. So all combinations of the best settings of each field, and at last the model's own distribution, are
played for hours, from other seeds than those of the statistics. The first setting without a fault
(`training.study.endless`) is taken, or else the one with the fewest faults.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from musiclstm.model.modelfile import ModelFile
from musiclstm.model.together import together
from training.study import endless
from training.study.distributions import Histogram, histograms, overlap, overlaps
from training.study.playing import (
    FEW,
    MANY,
    ScoredPiece,
    constraints,
    hour,
    minute_length,
    nats_per_note,
    notes_of,
    playing,
    sample_notes,
    scoring,
    surprise,
)

STRETCHES = 16
# Play is dull if its surprise is below this share of that of held-out pieces: its overlap in short stretches may be as
# large as any, but in an hour it goes round in circles.
MIN_SURPRISE = 0.85
TEMPERATURES = (0.9, 0.95, 1.0)
TOP_P = (0.9, 0.95, 0.98, 1.0)
BEST = 3  # of each field, played for hours
HOURS = 4
# The model's own distribution, unchanged.
UNCHANGED = {f"{name}.{what}": 1.0 for name in ("time", "pitch", "velocity") for what in ("temperature", "top_p")}

Settings = dict[str, Any]


def tune(
    model: ModelFile, train: Sequence[ScoredPiece], held_out: Sequence[ScoredPiece], seed: int = 0, minutes: int = 60
) -> tuple[Settings, list[dict[str, Any]]]:
    """Control defaults, and all that was tried: stretches, the best of each field first, then hours.

    Velocity uses the settings of time; defaults of controls other than temperature and top-p are kept.
    """
    v, rng = model.vocabulary, np.random.default_rng(seed)
    wanted = histograms(notes_of(held_out), v)
    sample = list(together(scoring(model, piece) for piece in sample_notes(held_out, FEW, rng)))
    others = {name: value for name, value in model.defaults.items() if not name.endswith((".temperature", ".top_p"))}
    pitches = try_settings(model, wanted, sample, seed, settings=others, fields=("pitch",))
    times = try_settings(model, wanted, sample, seed, settings=pitches[0]["settings"], fields=("time", "velocity"))
    everything = notes_of(sample_notes([*train, *held_out], MANY, rng))
    corpus = endless.corpus_hours(everything, v, minute_length(model), minutes)
    hours: list[dict[str, Any]] = []
    least = math.inf
    pairs = sorted(product(range(len(pitches[:BEST])), range(len(times[:BEST]))), key=sum)
    candidates = [times[time]["settings"] | pitches[pitch]["settings"] for pitch, time in pairs]
    if others | UNCHANGED not in candidates:
        candidates.append(others | UNCHANGED)
    for settings in candidates:
        wrong: list[str] = []
        for other in range(seed + 1, seed + 1 + HOURS):
            if len(wrong) < least:
                wrong += endless.faults(endless.compare(hour(model, other, constraints(settings), minutes), corpus, v))
        hours.append({"settings": settings, "wrong": wrong})
        least = min(least, len(wrong))
        if not wrong:
            break
    return min(hours, key=lambda each: len(each["wrong"]))["settings"], [*pitches, *times, *hours]


def try_settings(
    model: ModelFile,
    wanted: dict[str, Histogram],
    sample: Sequence[ScoredPiece],
    seed: int,
    *,
    settings: Settings,
    fields: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Try every setting of `fields`, with `settings` for the others; the best first.

    wanted: the distributions of held-out pieces. sample: some of them, with nats.
    """
    v, asked, expected = model.vocabulary, surprise(sample), nats_per_note(sample)
    meters = [sample[index % len(sample)].meters[0] for index in range(STRETCHES)]
    tried = []
    for temperature, top_p in product(TEMPERATURES, TOP_P):
        chosen = {f"{name}.temperature": temperature for name in fields} | {f"{name}.top_p": top_p for name in fields}
        how, length = constraints(settings | chosen), FEW // STRETCHES
        tasks = (playing(model, seed + i, how, notes=length, meter=meter) for i, meter in enumerate(meters))
        played = list(together(tasks))
        shares = overlaps(histograms(notes_of(played), v), wanted)
        shares["surprise"] = overlap(surprise(played), asked)
        if not v.percussive:
            # The keys of a few stretches are random.
            shares = {name: share for name, share in shares.items() if name not in {"pitch", "pitch class"}}
        tried.append(
            {
                "field": fields[0],
                "temperature": temperature,
                "top_p": top_p,
                "overlap": float(np.mean(list(shares.values()))),
                "nats_per_note": nats_per_note(played),
                "nats_per_note_held_out": expected,
                "overlaps": shares,
                "settings": settings | chosen,
            }
        )
    return sorted(tried, key=merit)


def merit(tried: dict[str, Any]) -> tuple[bool, float]:
    """Sort key, the best first: not dull, then the largest overlap."""
    return tried["nats_per_note"] < MIN_SURPRISE * tried["nats_per_note_held_out"], -tried["overlap"]


def report(tried: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "field  temperature  top-p  overlap  nats per note (held-out pieces)"
    for each in tried:
        if "field" in each:
            nats = f"{each['nats_per_note']:13.2f} ({each['nats_per_note_held_out']:.2f})"
            yield f"{each['field']:5}{each['temperature']:13.2f}{each['top_p']:7.2f}{each['overlap']:9.3f}{nats}"
    yield f"{HOURS} hours at the best of these, or until there are as many faults as with an earlier setting:"
    for each in tried:
        if "wrong" in each:
            settings = (
                f"{name} {each['settings'][f'{name}.temperature']} ({each['settings'][f'{name}.top_p']})"
                for name in ("pitch", "time")
            )
            yield f"{', '.join(settings)}: {'; '.join(each['wrong']) or 'no fault'}"
    yield ""
