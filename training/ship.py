"""Ship: a trained network -> a model file with its card; while it learns, one to listen to."""

from __future__ import annotations

import argparse
import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from musiclstm.errors import printable
from musiclstm.model.modelfile import open_model
from musiclstm.model.net.export import export
from musiclstm.model.score import score_pieces
from musiclstm.music.note import Piece
from musiclstm.music.vocabulary import Vocabulary
from training import prepare
from training.card import relabel, write_card
from training.corpora import Corpus
from training.evaluate import evaluate
from training.trainer import Trainer
from training.voices import voices_of

# The 8-bit model is scored one event at a time; so many notes are enough to compare.
QUANTISED_CHECK_NOTES = 20_000


def some_of(corpus: Corpus, vocabulary: Vocabulary) -> list[Piece]:
    """Enough pieces, in the parts of the vocabulary, to score the 8-bit model on."""
    some: list[Piece] = []
    for piece in corpus.fitted(corpus.valid or corpus.train, vocabulary):
        some.append(piece)
        if sum(len(each.notes) for each in some) >= QUANTISED_CHECK_NOTES:
            break
    return some


def export_so_far(trainer: Trainer, path: Path) -> Path:
    """Writes the best model so far, to be listened to; before the first validation, the averaged one."""
    best = trainer.best_network if trainer.best_figures.events else trainer.average
    network = copy.deepcopy(best).cpu()
    export(network, path, title=f"{trainer.recipe.title} so far", card={}, defaults=trainer.recipe.defaults)
    return path


def ship(
    trainer: Trainer,
    options: argparse.Namespace,
    path: Path,
    some: list[Piece],
) -> None:
    """Writes the model file and its card. some: pieces that say what the 8-bit weights cost."""
    recipe, figures = trainer.recipe, trainer.best_figures
    card: dict[str, Any] = {
        "corpus": ", ".join(printable(name) for name in options.corpus),
        **recipe.card,
        "split": "by piece: the corpus's own table, else SHA-1 of the file's name without folder and ending (of an ABC "
        "tune its title), first 8 hex digits, modulo 20; 0 is test (never trained on), 1 is valid; pieces of the same "
        "notes, or nearly, are in one split",
        "pieces": trainer.train_store.pieces,
        "notes": int(trainer.train_store.notes.sum()),
        "voices": voices_of(map(trainer.train_store.piece, range(trainer.train_store.pieces)), recipe.vocabulary),
        "parameters": trainer.parameters,
        "config": asdict(recipe.config),
        "training_minutes": round(trainer.elapsed / 60, 1),
        "steps": trainer.step,
        "threads": torch.get_num_threads(),
        # Without validation pieces it is "train".
        trainer.measured_on: {"pieces": trainer.measured_store.pieces, **figures.to_dict()},
        **({"told": trainer.best_told.to_dict()} if recipe.config.chords else {}),
        "baselines": {name: each.to_dict() for name, each in trainer.compared.items()},
    }
    network = trainer.best_network.cpu()
    export(network, path, title=recipe.title, card=card, defaults=recipe.defaults)
    if some:
        store = prepare.prepare([(str(i), piece) for i, piece in enumerate(some)], recipe.vocabulary)
        exact = evaluate(network, store).per_note
        played = score_pieces(open_model(path), some).nats_per_note
        card["quantised_loss"] = played / exact - 1
        relabel(path, recipe.defaults, card)
    write_card(path.with_suffix(".md"), recipe.title, card)
