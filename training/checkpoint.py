"""Checkpoint: the state of a training in a file, written whole or not at all; nothing but data is read from it."""

from __future__ import annotations

import json
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from musiclstm.files import replacing
from musiclstm.model.net.network import ModelConfig
from musiclstm.music.vocabulary import Vocabulary

DAMAGED = "the checkpoint is damaged or of another version"


def write(path: Path, state: dict[str, Any], config: ModelConfig, vocabulary: Vocabulary) -> None:
    """Write all that a run goes on from (state), and which network it is of."""
    of = {"config": config.to_dict(), "vocabulary": json.dumps(vocabulary.to_dict())}
    with replacing(path) as file:
        torch.save({**of, **state}, file)


def read(path: Path, config: ModelConfig, vocabulary: Vocabulary, device: torch.device) -> dict[str, Any]:
    """What was written. Raises ValueError if it is of another network, or is no checkpoint."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        fits = ModelConfig(**saved["config"]) == config and saved["vocabulary"] == json.dumps(vocabulary.to_dict())
    except (RuntimeError, LookupError, TypeError, EOFError, UnpicklingError) as error:
        raise ValueError(DAMAGED) from error
    if not fits:
        raise ValueError("the checkpoint is of another network or vocabulary")
    return saved
