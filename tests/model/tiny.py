"""A model file that is made in a moment, for tests that need one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from musiclstm.model.net.export import export
from musiclstm.model.net.network import ModelConfig, MusicLSTM
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary

SATB = (
    Part("Soprano", 52, 0, 60, 81),
    Part("Alto", 52, 1, 53, 76),
    Part("Tenor", 52, 2, 45, 69),
    Part("Bass", 52, 3, 36, 64),
)
METERS = ((4, 4), (3, 4), (6, 8))


def tiny_vocabulary(base: TimeBase = TimeBase.BEATS, parts: Sequence[Part] = SATB, velocities: int = 1) -> Vocabulary:
    """24 ticks per beat, or 100 per second; pitches 36 to 84; the longest time is a bar, or 1 s."""
    resolution = 24 if base is TimeBase.BEATS else 100
    return Vocabulary(base, resolution, 96, tuple(parts), 36, 84, velocities, meters=METERS)


def tiny_network(vocabulary: Vocabulary, seed: int = 0, **config: int) -> MusicLSTM:
    """Random weights, the same for the same seed."""
    sizes = {"layers": 2, "units": 24, "embedding": 16, "head": 12, **config}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MusicLSTM(ModelConfig(**sizes), vocabulary)  # type: ignore[arg-type]
    return network.eval()


def tiny_model(
    tmp_path: Path,
    base: TimeBase = TimeBase.BEATS,
    parts: Sequence[Part] = SATB,
    velocities: int = 1,
    *,
    seed: int = 0,
    name: str = "tiny",
    quantised: bool = True,
) -> Path:
    """Path of a model file with random weights: it plays randomly, within the rules."""
    path = tmp_path / f"{name}.onnx"
    network = tiny_network(tiny_vocabulary(base, parts, velocities), seed)
    card = {"corpus": "none, random weights", "licence": "public domain"}
    export(network, path, title=name.title(), card=card, defaults={"time.temperature": 0.9}, quantised=quantised)
    return path
