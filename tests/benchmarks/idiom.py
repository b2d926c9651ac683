"""Whether steering stays in the idiom: how many notes leave the parts and ranges of the corpus, and how soon that ends.

    python -m tests.benchmarks.idiom [--models chorales quartet] [--random 200] [--seed 0]

The performer plays in simulated time: `BARS` bars as the model likes it, as many under a setting, as many after
*Reset*. The settings: none, each control at both ends, and random ones of several controls at once, with a jump and a
morph of memories between. A note is outside if its pitch is out of its part's range, or if more notes sound in its part
than with 99.5 % of the notes in the corpus.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean

from musiclstm.engine.performer.time_machine import TimeMachine
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.model.session import Session
from musiclstm.music.note import Note
from musiclstm.protocol.commands import Back, Command, Morph, Reset, SetBookmark, SetControl
from musiclstm.protocol.controls import Control, Value, control
from tests.benchmarks.recovery import notes_of
from tests.engine.stage import Stage

BARS = 8
MODELS = ("chorales", "quartet", "folk", "piano", "drums")
STEERED = (
    "time.temperature", "time.top_p", "density", "pitch.temperature", "pitch.top_p", "range.low", "range.high",
    "polyphony", "scale",
)  # fmt: skip
Values = Mapping[str, Value]


@dataclass
class Figures:
    """Of some settings.

    notes, outside: how many under them. lasting: for each, the bars after Reset until the last note outside.
    """

    notes: int = 0
    outside: int = 0
    settings: int = 0
    lasting: list[int] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    sys.stdout.write("| model | settings | notes | outside | worst setting | bars until back: mean, most |\n")
    sys.stdout.write("|---|---|---|---|---|---|\n")
    for name in chosen.models:
        model = open_model(name)
        ends = [*at_the_ends(model)]
        rng = random.Random(chosen.seed)
        settings = [at_random(model, rng) for _ in range(chosen.random)]
        rows = {"none": measured(model, [{}] * 8, chosen.seed), "at the ends": measured(model, ends, chosen.seed)}
        rows["random, with jumps"] = measured(model, settings, chosen.seed, jumps=True)
        for label, (figures, worst) in rows.items():
            sys.stdout.write(f"| {name} | {label} ({figures.settings}) {_row(figures, worst)}\n")
            sys.stdout.flush()


def _row(found: Figures, worst: str) -> str:
    share = found.outside / max(1, found.notes)
    lasting = f"{mean(found.lasting):.2f}, {max(found.lasting)}" if found.lasting else ""
    return f"| {found.notes} | {share:.2%} | {worst} | {lasting} |"


# ---- settings --------------------------------------------------------------------------------------------------------


def at_the_ends(model: ModelFile) -> Iterator[Values]:
    for name in STEERED:
        each = control(name)
        for end in _ends(model, each):
            yield {name: end}


def _ends(model: ModelFile, each: Control) -> Sequence[Value]:
    if each.choices:
        return each.choices[1], each.choices[-1]
    v = model.vocabulary
    # At the very ends of a range no note is left. At these it is a few.
    ends = {"range.low": (v.low, v.high - 4), "range.high": (v.low + 4, v.high)}
    return ends.get(each.name, (each.low, each.high))


def at_random(model: ModelFile, rng: random.Random) -> Values:
    """One to four controls somewhere."""
    found: dict[str, Value] = {}
    for name in rng.sample(STEERED, rng.randint(1, 4)):
        each = control(name)
        if each.choices:
            found[name] = rng.choice(each.choices)
        else:
            low, high = _ends(model, each)
            assert isinstance(low, (int, float))
            assert isinstance(high, (int, float))
            found[name] = each.clamp(rng.uniform(low, high))
    return found


# ---- playing ---------------------------------------------------------------------------------------------------------


def measured(model: ModelFile, settings: Sequence[Values], seed: int, *, jumps: bool = False) -> tuple[Figures, str]:
    """The figures, and which setting was the worst."""
    found, worst = Figures(), (0.0, "")
    for number, values in enumerate(settings):
        notes, bar = played(model, values, seed + number, jumps=jumps)
        odd = outside(model, notes)
        steered = [note for note in notes if BARS * bar <= note.onset < 2 * BARS * bar]
        wrong = [note for note in odd if BARS * bar <= note.onset < 2 * BARS * bar]
        found.settings += 1
        found.notes += len(steered)
        found.outside += len(wrong)
        after = [note.onset for note in odd if note.onset >= 2 * BARS * bar]
        found.lasting.append(int((max(after) - 2 * BARS * bar) / bar) + 1 if after else 0)
        if steered and len(wrong) / len(steered) > worst[0]:
            worst = len(wrong) / len(steered), ", ".join(f"{name} {_shown(value)}" for name, value in values.items())
    return found, f"{worst[0]:.0%}: {worst[1]}" if worst[0] else ""


def _shown(value: Value) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def played(model: ModelFile, values: Values, seed: int, *, jumps: bool) -> tuple[list[Note], float]:
    """The notes of such a performance, in beats, and the length of a bar."""
    stage = Stage(Session(model, seed), time_machine=TimeMachine())
    state = stage.performer.state
    state.steering.load(model.vocabulary, model.defaults, model.voices)
    stage.do(*(SetControl(name, value) for name, value in model.defaults.items()))
    stage.play()
    bar = stage.performer.bar
    stage.run_beats(BARS * bar / 2)
    stage.do(SetBookmark("A"))
    stage.run_beats(BARS * bar / 2)
    stage.do(*(SetControl(name, value) for name, value in values.items()))
    moves: list[Command] = [SetBookmark("B"), Back(2), Morph("A", "B", 0.5)] if jumps else []
    for move in moves:
        stage.run_beats(bar * BARS / 4)
        stage.do(move)
    stage.run_beats(bar * (BARS - BARS / 4 * len(moves)))
    stage.do(Reset())
    stage.run_beats(BARS * bar + 0.1)
    return sorted(notes_of(stage)), bar


def outside(model: ModelFile, notes: Sequence[Note]) -> list[Note]:
    """Those that no note of the corpus is like, or hardly any."""
    found = []
    for index, note in enumerate(notes):
        part, most = model.vocabulary.parts[note.part], model.voices[note.part]
        # Notes are in the order of their onsets.
        before = [other for other in notes[max(0, index - 200) : index] if other.part == note.part]
        crowded = most is not None and sum(other.end > note.onset + 1e-3 for other in before) >= most
        if crowded or not part.low <= note.pitch <= part.high:
            found.append(note)
    return found


if __name__ == "__main__":
    main()
