"""Stopped: a training that was stopped, from the folder of its run alone: the files that it learns from may be gone."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch

from musiclstm.errors import CannotGoOnError
from musiclstm.model.net.network import ModelConfig
from musiclstm.music.vocabulary import Vocabulary
from training import checkpoint
from training.evaluate import Figures
from training.options import budget_of
from training.recipes import Recipe
from training.splits import title_of
from training.store import StoreError, open_store
from training.trainer import Trainer


def opened(path: Path, options: argparse.Namespace, device: torch.device) -> Trainer:
    """The training of a checkpoint, to be measured and kept as a model, not to go on. Raises CannotGoOnError."""
    try:
        saved = checkpoint.read(path, device)
        about = json.loads(saved.get("about", "{}"))  # checkpoints of earlier versions have none
        vocabulary = Vocabulary.from_dict(json.loads(saved["vocabulary"]))
        sources: dict[str, str] = saved["sources"]
        names = zip(("train", "valid"), sources["corpus"].split(), strict=False)
        train, *valid = [open_store(path.with_name(f"{label}-{name}"), vocabulary) for label, name in names]
        recipe = Recipe(
            about.get("title", title_of(options.output)), vocabulary, ModelConfig(**saved["config"]),
            lanes=saved["h"].shape[1], passes=about.get("passes"),
            defaults=about.get("defaults", {}), card=about.get("card", {}),
        )  # fmt: skip
        trainer = Trainer(
            recipe, train, valid[0] if valid else None, budget_of(options, recipe),
            seed=options.seed, device=device, chords_only=about.get("chords_only", False), sources=sources,
        )  # fmt: skip
        trainer.restore(saved)
        trainer.compared = {name: _figures(*each) for name, each in about.get("compared", {}).items()}
    except (StoreError, LookupError, TypeError, ValueError, AttributeError) as error:
        why = str(error) if isinstance(error, StoreError) else checkpoint.DAMAGED
        raise CannotGoOnError(
            f"Nothing can be kept of the training in {path.parent}: {why}. If the files are there, begin again "
            f"(without --keep)."
        ) from error
    return trainer


def _figures(notes: int, events: int, by_field: Any) -> Figures:
    time, symbol, pitch, velocity = by_field
    return Figures(notes, events, (time, symbol, pitch, velocity))
