"""How much denser and louder the bar before another section is: `python -m tests.benchmarks.fill`."""

from __future__ import annotations

import sys

from musiclstm.engine.offline import set_list
from musiclstm.model.modelfile import open_model
from musiclstm.music.form import Section, Song

MODELS = ("drums", "folk", "drums-under-folk", "quartet")
SEEDS = 16
BARS = 4


def main() -> None:
    for name in MODELS:
        models = {name: open_model(name)}
        for fill in (0.0, 0.5, 1.0):
            song = Song("", {letter: Section(bars=BARS) for letter in "AB"}, tuple("ABAB"), fill=fill)
            notes, loudness = [0, 0], [0, 0]
            for seed in range(SEEDS):
                piece = set_list.play(song, models, seed)
                for note in piece.notes:
                    bar = int(note.onset // piece.meters[0].bar_beats)
                    if bar < 3 * BARS:  # the last section leads nowhere
                        last = bar % BARS == BARS - 1
                        notes[last] += 1
                        loudness[last] += note.velocity
            ratio, louder = (BARS - 1) * notes[1] / notes[0], loudness[1] / notes[1] - loudness[0] / notes[0]
            sys.stdout.write(f"{name}, fill {fill:g}: {ratio:.2f} times the notes, velocity {louder:+.0f}\n")


if __name__ == "__main__":
    main()
