"""A training that takes a moment."""

from __future__ import annotations

import random
from pathlib import Path

from musiclstm.model.net.network import ModelConfig
from musiclstm.music import midifile
from musiclstm.music.note import Note, Part, Piece
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.prepare import prepare
from training.recipes import Recipe
from training.trainer import Trainer

VOCABULARY = tiny_vocabulary(velocities=4)
RECIPE = Recipe("Tiny", VOCABULARY, ModelConfig("lstm", 2, 16, 12, 8), transpose=(-2, 2), lanes=3, window=16)
ARRAYS = prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in (9, 20, 33)], VOCABULARY)


def run(trainer: Trainer, steps: int) -> None:
    for _ in range(steps):
        trainer.train_step()
        if trainer.time_to_validate:
            trainer.validate()


def folder(tmp_path: Path) -> Path:
    """A corpus of 24 tunes in two parts, and a file that is no music."""
    found = tmp_path / "corpus"
    found.mkdir()
    parts = (Part("Top", 40, 0), Part("Bottom", 42, 1))
    for number in range(24):
        # Tunes of their own, or they would be taken for variants of one.
        notes, steps = [], random.Random(number).sample((0, 2, 4, 5, 7, 9, 11, 12), 8)
        for beat in range(24):
            pitch = 60 + steps[beat % 8]
            notes += [Note(beat, 1, pitch, 80, 0), Note(beat, 1, pitch - 12, 80, 1)]
        midifile.write(found / f"{number}.mid", Piece(tuple(sorted(notes)), parts=parts))
    (found / "bad.mid").write_text("text")
    return found
