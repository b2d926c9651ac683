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
    """What a training is of; one of something else does not go on with its checkpoint.

    lanes: of all processes together. sources: what it learns from and what it began with, by names for a person, each
    with its fingerprint.
    """

    config: ModelConfig
    vocabulary: Vocabulary
    lanes: int
    sources: Mapping[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        known = {"config": self.config.to_dict(), "vocabulary": json.dumps(self.vocabulary.to_dict())}
        return {**known, "sources": dict(self.sources)}

    def differs(self, saved: dict[str, Any]) -> str:
        """How a checkpoint is of something else, as a clause for a person, or nothing. Raises where it is none."""
        if ModelConfig(**saved["config"]) != self.config or saved["vocabulary"] != json.dumps(
            self.vocabulary.to_dict()
        ):
            return "the checkpoint is of another network or vocabulary"
        sources = saved.get("sources", {})  # those of before have none
        for name, fingerprint in self.sources.items():
            if sources.get(name, fingerprint) != fingerprint:
                return f"this run began with another {name}"
        lanes: int = saved["h"].shape[1]
        return "" if lanes == self.lanes else f"this run began with --lanes {lanes}, not {self.lanes}"


def write(path: Path, state: dict[str, Any], origin: Origin) -> None:
    """Write all that a run goes on from (state), and what it is of. Raises OSError."""
    content = io.BytesIO()  # to a full disk PyTorch raises an error of its own
    torch.save({**origin.to_dict(), **state}, content)
    with replacing(path) as file:
        file.write(content.getbuffer())


def read(path: Path, origin: Origin, device: torch.device) -> dict[str, Any]:
    """What was written. Raises ValueError if it is of something else, or is no checkpoint."""
    try:
        saved: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        differs = origin.differs(saved)
    except OSError as error:
        raise ValueError(f"it cannot be read ({reason(error)})") from error
    except Exception as error:  # what is no checkpoint fails in any way
        raise ValueError(DAMAGED) from error
    if differs:
        raise ValueError(differs)
    return saved
