"""Checkpoint: the state of a training in a file, written whole or not at all; nothing but data is read from it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from musiclstm.errors import reason
from musiclstm.files import replacing
from musiclstm.model.net.network import ModelConfig
from musiclstm.music.vocabulary import Vocabulary

DAMAGED = "the checkpoint is damaged or of another version"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a training learns, and from what; only a training of the same origin may go on with its checkpoint.

    lanes: of all processes together. sources: the corpus and the models that it learns from or began with, by a name
    for a person, each with its fingerprint.
    """

    config: ModelConfig
    vocabulary: Vocabulary
    lanes: int
    sources: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        known = {"config": self.config.to_dict(), "vocabulary": json.dumps(self.vocabulary.to_dict())}
        return {**known, "sources": dict(self.sources)}

    def differs(self, saved: dict[str, Any]) -> str:
        """How the origin of a checkpoint differs, as a clause for a person; "" if it does not.

        Raises any exception where `saved` is no checkpoint.
        """
        if ModelConfig(**saved["config"]) != self.config or saved["vocabulary"] != json.dumps(
            self.vocabulary.to_dict()
        ):
            return "the checkpoint is of another network or vocabulary"
        sources = saved.get("sources", {})  # checkpoints of earlier versions have none
        for name, fingerprint in self.sources.items():
            if sources.get(name, fingerprint) != fingerprint:
                return f"this run began with another {name}"
        lanes: int = saved["h"].shape[1]
        return "" if lanes == self.lanes else f"this run began with --lanes {lanes}, not {self.lanes}"


def write(path: Path, state: dict[str, Any], origin: Origin) -> None:
    """Writes a checkpoint: the state from which a run goes on, and its origin. Raises OSError."""
    content = io.BytesIO()  # to a full disk PyTorch raises an error of its own
    torch.save({**origin.to_dict(), **state}, content)
    with replacing(path) as file:
        file.write(content.getbuffer())


def read(path: Path, device: torch.device, origin: Origin | None = None) -> dict[str, Any]:
    """What `write` has written. Raises ValueError for a checkpoint of another origin, and for what is none."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        differs = origin.differs(saved) if origin else ""
    except OSError as error:
        raise ValueError(f"it cannot be read ({reason(error)})") from error
    except Exception as error:  # what is no checkpoint fails in any way
        raise ValueError(DAMAGED) from error
    if differs:
        raise ValueError(differs)
    return saved
