"""Tuning: at which temperatures and top-p a model's play is most like held-out pieces, and stays so for hours.

First in short stretches, one field after another: what has most in common with held-out pieces is best, the surprise of
notes counted in, for too cold is too dull and too hot too strange. How these go on says little of an hour, so the best
of each field, in every pairing, and at last what was learnt, as it is, are then played for hours, of other seeds than
the one that statistics are made of. The first that goes wrong in nothing (`training.study.endless`) is taken, or else
the one that goes wrong in the least.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from musiclstm.model.modelfile import ModelFile
from training.study import endless
from training.study.distributions import Histogram, histograms, overlap, overlaps
from training.study.playing import (
    FEW,
    MANY,
    Heard,
    constraints,
    enough,
    hour,
    minute_of,
    nats_per_note,
    notes_of,
    play,
    surprise,
    surprised,
)

STRETCHES = 16
# Play that surprises less than this share of what held-out pieces do is dull: in short stretches it may have as much in
# common with them as any, but in an hour it goes round in circles.
DULL = 0.85
TEMPERATURES = (0.9, 0.95, 1.0)
TOP_P = (0.9, 0.95, 0.98, 1.0)
BEST = 3  # of each field, played for hours
HOURS = 4
# What was learnt, as it is.
AS_LEARNT = {f"{name}.{what}": 1.0 for name in ("time", "pitch", "velocity") for what in ("temperature", "top_p")}

Settings = dict[str, Any]


def tune(
    model: ModelFile, train: Sequence[Heard], held_out: Sequence[Heard], seed: int = 0, minutes: int = 60
) -> tuple[Settings, list[dict[str, Any]]]:
    """Control defaults, and all that was tried: first by stretches, each field's best first, then by hours.

    The velocity's settings are the time's; those of controls that say nothing of how to draw are kept.
    """
    v, rng = model.vocabulary, np.random.default_rng(seed)
    wanted = histograms(notes_of(held_out), v)
    sample = [surprised(model, piece) for piece in enough(held_out, FEW, rng)]
    others = {name: value for name, value in model.defaults.items() if not name.endswith((".temperature", ".top_p"))}
    pitches = stretches(model, wanted, sample, seed, settings=others, fields=("pitch",))
    times = stretches(model, wanted, sample, seed, settings=pitches[0]["settings"], fields=("time", "velocity"))
    everything = notes_of(enough([*train, *held_out], MANY, rng))
    corpus = endless.corpus_hours(everything, v, minute_of(model), minutes)
    hours: list[dict[str, Any]] = []
    least = math.inf
    pairs = sorted(product(range(len(pitches[:BEST])), range(len(times[:BEST]))), key=sum)
    candidates = [times[time]["settings"] | pitches[pitch]["settings"] for pitch, time in pairs]
    if others | AS_LEARNT not in candidates:
        candidates.append(others | AS_LEARNT)
    for settings in candidates:
        wrong: list[str] = []
        for other in range(seed + 1, seed + 1 + HOURS):
            if len(wrong) < least:
                wrong += endless.wrong(endless.compare(hour(model, other, constraints(settings), minutes), corpus, v))
        hours.append({"settings": settings, "wrong": wrong})
        least = min(least, len(wrong))
        if not wrong:
            break
    return min(hours, key=lambda each: len(each["wrong"]))["settings"], [*pitches, *times, *hours]


def stretches(
    model: ModelFile,
    wanted: dict[str, Histogram],
    sample: Sequence[Heard],
    seed: int,
    *,
    settings: Settings,
    fields: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Every setting of `fields`, beside `settings` of the others, the best first.

    wanted: the distributions of held-out pieces. sample: some of them, with nats.
    """
    v, asked, expected = model.vocabulary, surprise(sample), nats_per_note(sample)
    meters = [sample[index % len(sample)].meters[0] for index in range(STRETCHES)]
    tried = []
    for temperature, top_p in product(TEMPERATURES, TOP_P):
        chosen = {f"{name}.temperature": temperature for name in fields} | {f"{name}.top_p": top_p for name in fields}
        how, length = constraints(settings | chosen), FEW // STRETCHES
        played = [play(model, seed + i, how, notes=length, meter=meter) for i, meter in enumerate(meters)]
        shares = overlaps(histograms(notes_of(played), v), wanted)
        shares["surprise"] = overlap(surprise(played), asked)
        if not v.percussive:
            # In which key a few stretches are is luck.
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
    return sorted(tried, key=by_merit)


def by_merit(tried: dict[str, Any]) -> tuple[bool, float]:
    """The best sorts first: of what is not dull that which has most in common."""
    return tried["nats_per_note"] < DULL * tried["nats_per_note_held_out"], -tried["overlap"]


def report(tried: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "field  temperature  top-p  overlap  nats a note (held-out pieces)"
    for each in tried:
        if "field" in each:
            nats = f"{each['nats_per_note']:13.2f} ({each['nats_per_note_held_out']:.2f})"
            yield f"{each['field']:5}{each['temperature']:13.2f}{each['top_p']:7.2f}{each['overlap']:9.3f}{nats}"
    yield f"{HOURS} hours at the best of these, or until as much goes wrong as at one before:"
    for each in tried:
        if "wrong" in each:
            settings = (
                f"{name} {each['settings'][f'{name}.temperature']} ({each['settings'][f'{name}.top_p']})"
                for name in ("pitch", "time")
            )
            yield f"{', '.join(settings)}: {'; '.join(each['wrong']) or 'nothing goes wrong'}"
    yield ""
