"""Chords taken from a player of a band: which share of the others' notes belong to what it plays.

    python -m tests.benchmarks.player_chords [--band chorales-and-quartet] [--player chorales] [--bars 32] [--seeds 4]

The player's chord of each beat is recognised afterwards, from all that it plays in that beat; beats without a clear one
do not count. The guide knows no more than what was played until each note.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence

from musiclstm.engine.offline.render import Bars, Request, generate
from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.chord_recognition import Chord, recognise, weighed
from musiclstm.music.note import Note
from musiclstm.protocol.controls import Value
from tests.benchmarks.hearing import players

WAYS: dict[str, dict[str, Value]] = {
    "deaf": {"hear.harmony": 0.0},
    "hearing harmony": {},
    "led, 0.5": {"chords": 0.5},
    "led, 0.75": {"chords": 0.75},
    "led, 1": {"chords": 1.0},
}


def chord_of_beat(notes: Sequence[Note], beat: int) -> Chord | None:
    inside = [note for note in notes if note.onset < beat + 1 and note.end > beat]
    spans = [(note.pitch, max(note.onset, beat) - beat, min(note.end, beat + 1) - beat) for note in inside]
    return recognise([(pitch, weighed(begin, end, 0.5)) for pitch, begin, end in spans])


def measure(model: ModelFile, player: int, controls: Mapping[str, Value], bars: int, seeds: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(seeds):
        piece = generate(model, Request(Bars(bars), seed=seed, controls=controls))
        of_each = players(model, [note for note in piece.notes if not piece.parts[note.part].percussive])
        chords = {beat: chord_of_beat(of_each[player], beat) for beat in range(round(piece.length) + 1)}
        found["beats"] += len(chords)
        found["clear"] += sum(chord is not None for chord in chords.values())
        for note in (note for number, notes in enumerate(of_each) if number != player for note in notes):
            chord = chords.get(int(note.onset))
            if chord is not None:
                where = "on" if abs(note.onset - round(note.onset)) < 0.02 else "between"
                found[where] += 1
                found[f"{where} in"] += note.pitch % 12 in chord.tones
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--band", default="chorales-and-quartet")
    parser.add_argument("--player", default="chorales")
    parser.add_argument("--bars", type=int, default=32)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    model = open_model(options.band)
    player = [name for name, _ in model.players].index(options.player)
    print(f"{model.name}, {options.seeds} pieces of {options.bars} bars, chords of {options.player}")
    print(f"{'the others are':20}{'on the beat':>14}{'between':>10}{'beats with a clear chord':>28}{'notes':>8}")
    for name, controls in WAYS.items():
        led: dict[str, Value] = {"chords.player": str(player)} if name.startswith("led") else {}
        found = measure(model, player, {**controls, **led}, options.bars, options.seeds)
        on, between = (found[f"{where} in"] / max(1, found[where]) for where in ("on", "between"))
        clear = found["clear"] / max(1, found["beats"])
        print(f"{name:20}{on:14.1%}{between:10.1%}{clear:28.1%}{found['on'] + found['between']:8}")


if __name__ == "__main__":
    main()
