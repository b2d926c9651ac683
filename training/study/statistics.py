"""Statistics: does it stay music? What a model plays, beside pieces it never saw.

python -m training.study.statistics MODEL CORPUS… [--tune] [--json] [--picture FILE.png] [--card]

Distributions  the overlap of the model's play with held-out pieces, beside that of as many training pieces with them,
               and that of two halves of the corpus (the ceiling)
An hour        endless play from one seed, minute by minute: see `training.study.endless`
Originality    the longest run of notes shared with a training piece, transposed or not, beside that of held-out pieces

--tune first chooses temperatures and top-p (see `training.study.tuning`); --card writes these and the results into the
model file and its page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from musiclstm.errors import CorpusError
from musiclstm.model.constraints import Constraints
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.together import together
from training import corpora
from training.command import run_command
from training.study import endless, tuning
from training.study.distributions import histograms, overlaps
from training.study.playing import (
    FEW,
    FIELDS,
    MANY,
    SOME,
    ScoredPiece,
    constraints,
    hour,
    minute_length,
    nats_per_note,
    notes_of,
    playing,
    quantise,
    sample_notes,
    scoring,
)
from training.study.repeats import RunIndex, longest_repeat


def play_like(
    model: ModelFile, pieces: Sequence[ScoredPiece], seed: int, how: Constraints, limit: int
) -> Iterator[ScoredPiece]:
    """For each piece, generated music of as many notes in the same meter; about `limit` notes in all at most."""
    longest = max(200, limit // len(pieces))
    return together(
        playing(model, seed + index, how, notes=min(longest, len(piece.notes)), meter=piece.meters[0])
        for index, piece in enumerate(pieces)
    )


# ---- all of it -------------------------------------------------------------------------------------------------------


def compare(
    model: ModelFile, train: Sequence[ScoredPiece], held_out: Sequence[ScoredPiece], seed: int = 0, minutes: int = 60
) -> dict[str, Any]:
    """All results, as plain values."""
    v, rng, how = model.vocabulary, np.random.default_rng(seed), constraints(model.defaults)
    asked = sample_notes(held_out, SOME, rng)
    played = list(play_like(model, asked, seed, how, SOME))
    ours = histograms(notes_of(played), v)
    wanted = histograms(notes_of(held_out), v)
    sample = sample_notes(train, sum(len(piece.notes) for piece in played), rng)
    everything = sample_notes([*train, *held_out], MANY, rng)
    halves = [histograms(notes_of(everything[side::2]), v) for side in (0, 1)]
    minute = minute_length(model)
    corpus = endless.corpus_hours(notes_of(everything), v, minute, minutes)
    found: dict[str, Any] = {
        "settings": {
            name: list(map(float, (getattr(how, name).temperature, getattr(how, name).top_p))) for name in FIELDS
        },
        "notes_played": sum(len(piece.notes) for piece in played),
        "overlap": overlaps(ours, wanted),
        "training": overlaps(histograms(notes_of(sample), v), wanted),
        "ceiling": overlaps(*halves),
        "nats_per_note": nats_per_note(played),
        "nats_per_note_held_out": nats_per_note(
            list(together(scoring(model, piece) for piece in sample_notes(asked, FEW, rng)))
        ),
        "minute": minute,
        "hour": endless.compare(hour(model, seed, how, minutes), corpus, v),
        "shared": {},
    }
    # Held-out pieces are cut to the length of what was played like them.
    cut = [piece.notes[: len(mine.notes)] for piece, mine in zip(asked, played, strict=True)]
    found["repeats"] = {
        "play": sorted(longest_repeat(piece.notes, v) for piece in played),
        "held out": sorted(longest_repeat(notes, v) for notes in cut),
    }
    for name, exact in (("transposed or not", False), ("at the same pitch", True)):
        known = RunIndex(notes_of(train), v, exact=exact)
        found["shared"][name] = {
            "play": sorted(known.longest_shared(piece.notes) for piece in played),
            "held out": sorted(known.longest_shared(notes) for notes in cut),
        }
    return found


def report(found: dict[str, Any]) -> str:
    lines = [f"{'Overlap with held-out pieces':32}{'play':>7}{'training':>10}{'two halves of the corpus':>26}"]
    for name, value in found["overlap"].items():
        lines.append(f"{name:32}{value:7.3f}{found['training'][name]:10.3f}{found['ceiling'][name]:26.3f}")
    means = (float(np.mean(list(found[each].values()))) for each in ("overlap", "training", "ceiling"))
    lines.append("{:32}{:7.3f}{:10.3f}{:26.3f}".format("mean", *means))
    lines.append(
        f"surprise, nats per note: play {found['nats_per_note']:.2f}, held-out pieces "
        f"{found['nats_per_note_held_out']:.2f}"
    )
    hour = found["hour"]
    lines += [
        "",
        f"Endless play, {len(hour['minutes'])} minutes from one seed, beside minutes of the corpus played end to end:",
    ]
    columns = ("mean", "play", "first 1/4", "last 1/4", "outside", "drift")
    lines.append(f"{'a minute':14}{'corpus, 98 %':>20}" + "".join(f"{name:>10}" for name in columns))
    for name, row in hour["table"].items():
        low_high = f"{row['low']:.2f} - {row['high']:.2f}"
        lines.append(
            f"{name:14}{low_high:>20}{row['mean']:10.2f}{row['mean here']:10.2f}{row['first quarter']:10.2f}"
            f"{row['last quarter']:10.2f}{row['outside']:10.0%}{row['drift']:+9.2f}σ"
        )
    for name, said, key in (
        ("leaves the range", "range", None),
        ("drifts", "drift", None),
        ("falls silent", "longest silence", "silence"),
        ("crowds", "most notes at once", "at_once"),
        ("loops", "longest repeated passage, notes", "repeat"),
    ):
        beside = f" ({said}: {hour[key]:.4g}; corpus {hour[key + '_corpus']:.4g})" if key else ""
        lines.append(f"{name}: {hour['verdicts'][name]}{beside}")
    lines += ["", "Longest run of notes shared with a training piece:"]
    lines += [f"{name}: {medians(runs)}" for name, runs in found["shared"].items()]
    lines += ["", f"Longest repeated passage within a piece, notes: {medians(found['repeats'])}"]
    return "\n".join(lines)


def medians(runs: dict[str, list[int]]) -> str:
    return "; ".join(f"{who} median {np.median(each):g}, most {max(each)}" for who, each in runs.items())


def draw(found: dict[str, Any], title: str, path: Path) -> None:
    """Draw the overlaps beside the ceiling, and the hour."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    names = list(found["overlap"])
    place = np.arange(len(names))
    bars = (("overlap", title, "#0072B2"), ("training", "as many training pieces", "#b9c2cf"))
    for index, (key, label, colour) in enumerate(bars):
        left.barh(place - 0.2 + 0.4 * index, [found[key][name] for name in names], 0.38, label=label, color=colour)
    left.plot([found["ceiling"][name] for name in names], place, "k|", markersize=14, label="two halves of the corpus")
    left.set(yticks=place, yticklabels=names, xlim=(0, 1), title="overlap with held-out pieces")
    left.invert_yaxis()
    hour = found["hour"]["minutes"]
    minutes = np.arange(len(hour))
    right.fill_between(minutes, [m["lowest"] for m in hour], [m["highest"] for m in hour], alpha=0.25, color="#0072B2")
    right.plot(minutes, [m["mean pitch"] for m in hour], color="#0072B2", label="pitch: mean, range")
    right.set(title="endless play from one seed", xlabel="minutes", ylabel="pitch")
    other = right.twinx()
    other.plot(minutes, [m["notes"] for m in hour], color="#D55E00", label="notes in a minute")
    other.set_ylim(bottom=0)
    figure.legend(loc="outside lower center", ncols=5, fontsize=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.study.statistics", description="Does it stay music?")
    p.add_argument("model")
    p.add_argument("corpus", nargs="+", help="as for `musiclstm train`; its test pieces are not read")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--minutes", type=int, default=60, help="of endless play")
    p.add_argument("--tune", action="store_true", help="try temperatures and top-p first, and use the best")
    p.add_argument("--card", action="store_true", help="write the results into the model file and its page")
    p.add_argument("--json", action="store_true")
    p.add_argument("--picture", type=Path)
    options = p.parse_args(argv)
    model = open_model(options.model)
    corpus = corpora.load(options.corpus, model.vocabulary.base)
    train, held_out = (quantise(list(corpus.read(pieces)), model.vocabulary) for pieces in (corpus.train, corpus.valid))
    if not train or not held_out:
        raise CorpusError("The corpus needs both training and validation pieces that fit this model.")
    minutes = max(1, options.minutes)
    tried: list[dict[str, Any]] = []
    if options.tune:
        settings, tried = tuning.tune(model, train, held_out, options.seed, minutes)
        model.defaults.update(settings)
        if not options.json:
            print("\n".join(tuning.report(tried)))
    found = compare(model, train, held_out, options.seed, minutes)
    found["tried"] = tried
    print(json.dumps(found, indent=1) if options.json else report(found))
    if options.picture:
        draw(found, model.title, options.picture)
    if options.card:
        from training.card import relabel, write_card

        relabel(model.path, model.defaults, {"statistics": for_card(found)})
        write_card(model.path.with_suffix(".md"), model.title, open_model(model.path).card)
    return 0


def for_card(found: dict[str, Any]) -> dict[str, Any]:
    """The results that belong on a card."""
    hour = found["hour"]
    return {
        **{name: found[name] for name in ("settings", "overlap", "training", "ceiling", "nats_per_note")},
        "nats_per_note_held_out": found["nats_per_note_held_out"],
        "minutes": len(hour["minutes"]),
        "hour": {name: value for name, value in hour.items() if name not in {"table", "minutes"}},
        "shared": {
            name: {who: [float(np.median(each)), max(each)] for who, each in runs.items()}
            for name, runs in [*found["shared"].items(), ("in the same piece", found["repeats"])]
        },
    }


if __name__ == "__main__":
    run_command(main)
