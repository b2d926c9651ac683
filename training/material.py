"""Material: what a run learns from, read before its first step."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from musiclstm.model.modelfile import ModelFile
from musiclstm.music.note import Piece
from musiclstm.paths import SIMILAR
from training import room
from training.cluster import each_by
from training.corpora import Corpus
from training.evaluate import Figures, baselines
from training.gather import gather, parent_of, stores, teachers_of
from training.processes import Share
from training.progress import Bar
from training.recipes import Recipe
from training.report import tell
from training.ship import some_of
from training.store import Store


@dataclass
class Material:
    """What a run learns from. parent: the model that it begins with, or None. valid: None without validation pieces.

    compared: figures to compare with, by name. some: pieces to score the 8-bit model on, read before the training,
    after which the files may be gone.
    """

    corpus: Corpus
    recipe: Recipe
    parent: ModelFile | None
    teachers: list[ModelFile]
    train: Store
    valid: Store | None
    compared: dict[str, Figures]
    some: list[Piece]

    @property
    def sources(self) -> dict[str, str]:
        """The sources of a `checkpoint.Origin`."""
        return {
            "corpus": " ".join(each.digest for each in (self.train, self.valid) if each),
            "model (--from)": self.parent.fingerprint if self.parent else "",
            "--teacher": " ".join(each.fingerprint for each in self.teachers),
        }


def prepare(
    options: argparse.Namespace, run: Path, progress: Bar, device: torch.device, share: Share
) -> Material | None:
    """Reads the corpus, in the first process before the others; None if the options ask for no more."""
    with share.first(), each_by(options.scheduler if share.leads else None) as each:
        similar = options.model == SIMILAR
        parent = parent_of(options, progress.reading, each)
        corpus, recipe = gather(options, progress.reading, each, parent)
        if similar and parent:
            corpus.notices.insert(0, f"It begins with {options.model}, which plays similar music.")
        if options.look:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.found(corpus, recipe, options.model or "")
            return None
        room.check(recipe, device, share)
        teachers = teachers_of(options, recipe.vocabulary)
        if teachers:
            taught = [f"{each.title} ({each.fingerprint})" for each in teachers]
            recipe = replace(recipe, card={**recipe.card, "teachers": taught})
        train, valid = stores(run, corpus, recipe, each)
        if options.prepare:
            if share.leads:
                tell(corpus, recipe, run, options.report)
                progress.done(f"{train.pieces + (valid.pieces if valid else 0)} pieces are prepared.")
            return None
        compared = baselines(train, valid or train, recipe.vocabulary) if share.leads else {}
    return Material(corpus, recipe, parent, teachers, train, valid, compared, some_of(corpus, recipe.vocabulary))
