"""Voices: how many notes at once each part of a corpus has, for the model's card.

python -m training.voices MODEL CORPUS… writes them into a model file that has none.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence

import numpy as np

from musiclstm.model.modelfile import find, open_model
from musiclstm.music.event import Kind
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from training import corpora
from training.card import relabel
from training.command import run_command
from training.packing import packed_parts
from training.recipes import RECIPES

USUAL = 0.995
"""The share of a part's notes that never sound together with more notes than the part has voices."""


def voices_of(pieces: Iterable[Packed], vocabulary: Vocabulary) -> list[int | None]:
    """For each part the fewest voices that are enough for the share `USUAL` of its notes.

    None for a drum kit, for a part without notes, and for the only part, which can leave its notes to no other.
    """
    pitched = [not part.percussive for part in vocabulary.parts]
    if sum(pitched) < 2:
        return [None] * len(pitched)
    counts = [np.zeros(129, dtype=np.int64) for _ in pitched]
    for events in pieces:
        for part in np.flatnonzero(pitched):
            own = events[(events["part"] == part) & (events["kind"] != Kind.WAIT)]
            starts = own["kind"] == Kind.ON
            at_once = np.cumsum(np.where(starts, 1, -1))[starts]
            counts[part] += np.bincount(np.clip(at_once, 0, 128), minlength=129)
    return [_enough(each) if each.any() else None for each in counts]


def _enough(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    share = np.cumsum(counts) / counts.sum()
    return max(1, int(np.argmax(share >= USUAL)))


def main(argv: Sequence[str]) -> int:
    p = argparse.ArgumentParser("python -m training.voices", description="Write a corpus's voices into a model file.")
    p.add_argument("model")
    p.add_argument("corpus", nargs="+")
    options = p.parse_args(argv)
    path = find(options.model)
    model = open_model(path)
    corpus = corpora.load(options.corpus, model.vocabulary.base)
    recipe = RECIPES.get(model.name)
    pieces = [each for each in corpus.train if recipe is None or not recipe.misfit(each.summary)]
    packed = (packed_parts(piece, model.vocabulary) for piece in corpus.fitted(pieces, model.vocabulary))
    found = voices_of((each.events for each in packed if not isinstance(each, str)), model.vocabulary)
    relabel(path, model.defaults, {"voices": found})
    print(f"{model.name}: {found}")
    return 0


if __name__ == "__main__":
    run_command(main)
