"""The sustain pedal, live: for how much of the time what sounds is what was planned, and how much of it is the pedal's.

    python -m tests.benchmarks.pedal [--minutes 10] [--model piano]

On a manual clock, with the usual horizon and a longer one, alone and with a person in *accompany*, whose every
key rolls the plan back. What sounds is what a piano makes of the messages at the port (`tests.engine.piano`).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from random import Random

from musiclstm import paths
from musiclstm.engine.scheduler.scheduler import Sent
from musiclstm.model.band import open_session
from musiclstm.model.modelfile import open_model
from musiclstm.music import midi_message
from musiclstm.protocol import commands
from tests.engine.piano import Piano, Span
from tests.engine.stage import Stage


def planned(sent: Iterable[Sent]) -> list[Span]:
    """The notes as they were sent, whoever ended them."""
    piano = Piano()
    notes = [each for each in sent if midi_message.is_note(each.entry.message) and 0 < each.entry.id < 1 << 61]
    return piano.hear((each.time, each.entry.message) for each in notes).spans


def same(one: list[Span], other: list[Span], end: float) -> float:
    """Share of the time up to `end` in which the very same notes sound."""
    changes = sorted({0.0, end, *(time for span in (*one, *other) for time in span[:2])})
    edges: dict[float, list[tuple[int, tuple[int, int], int]]] = {}
    for which, spans in enumerate((one, other)):
        for start, stop, *key in spans:
            edges.setdefault(start, []).append((which, (key[0], key[1]), 1))
            edges.setdefault(stop, []).append((which, (key[0], key[1]), -1))
    counts: tuple[dict[tuple[int, int], int], ...] = ({}, {})
    equal = 0.0
    for now, following in pairwise(changes):
        for which, at, step in edges.get(now, ()):
            counts[which][at] = counts[which].get(at, 0) + step
            if not counts[which][at]:
                del counts[which][at]
        if counts[0] == counts[1]:
            equal += following - now
    return equal / end


def measure(name: str, minutes: float, horizon: float, *, person: bool) -> None:
    (path,) = [path for path in paths.model_files() if path.stem == name]
    stage = Stage(open_session(open_model(path), 1))
    stage.scheduler.set_pedal(0, on=True)
    stage.do(commands.SetControl("horizon", horizon), commands.SetControl("thru", False))
    if person:
        stage.do(commands.SetControl("mode", "accompany"))
    stage.play()
    random = Random(1)
    while stage.now < 60 * minutes:
        stage.run(random.uniform(0.2, 2.0))
        if person:
            pitch = random.randrange(60, 80)
            stage.key(pitch)
            stage.run(random.uniform(0.1, 0.8))
            stage.key(pitch, 0)
    stage.do(commands.Stop())
    stage.run(2.0)
    wire = sorted(stage.messages(), key=lambda each: each[0])
    piano = Piano().hear(wire)
    notes = planned(stage.sent)
    keys = Piano().hear(each for each in wire if midi_message.is_note(each[1])).spans
    held = sum(end - start for start, end, *_ in keys) / sum(end - start for start, end, *_ in notes)
    exact = sum((rounded(notes) & rounded(piano.spans)).values()) / len(notes)
    print(
        f"{name}, {minutes:g} minutes, horizon {horizon:g} beats, {'a person plays along' if person else 'alone'}: "
        f"the same sounds for {same(notes, piano.spans, stage.now):.2%} of the time; of {len(notes):,} notes "
        f"{exact:.2%} last just as long; {piano.early / len(notes):.0%} let go of their keys, which are down for "
        f"{held:.0%} of the sound; {piano.pressed / minutes:.0f} pedals a minute; "
        f"{'all up' if piano.silent else 'SOMETHING HANGS'} at the end"
    )


def rounded(spans: Iterable[Span]) -> Counter[tuple[float, ...]]:
    """To the microsecond."""
    return Counter((round(start, 6), round(end, 6), *key) for start, end, *key in spans)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--model", default="piano")
    options = parser.parse_args()
    for person in (False, True):
        for horizon in (1.0, 4.0):
            measure(options.model, options.minutes, horizon, person=person)


if __name__ == "__main__":
    main()
