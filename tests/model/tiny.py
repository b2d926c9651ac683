"""A model file that is made in a moment, for tests that need one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musiclstm.model.modelfile import ModelFile, open_model
from musiclstm.music.note import Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary

if TYPE_CHECKING:
    from musiclstm.model.net.network import MusicLSTM

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


def tiny_network(vocabulary: Vocabulary, seed: int = 0, **config: Any) -> MusicLSTM:
    """Random weights, the same for the same seed."""
    import torch

    from musiclstm.model.net.network import ModelConfig, MusicLSTM

    sizes = {"layers": 2, "units": 24, "embedding": 16, "head": 12, **config}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MusicLSTM(ModelConfig(**sizes), vocabulary)
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
    return exported(tmp_path, tiny_vocabulary(base, parts, velocities), seed=seed, name=name, quantised=quantised)


def exported(
    tmp_path: Path, vocabulary: Vocabulary, *, seed: int = 0, name: str = "tiny", quantised: bool = True, **config: Any
) -> Path:
    """As `tiny_model`, of any vocabulary. config: as in `ModelConfig`."""
    from musiclstm.model.net.export import export

    path = tmp_path / f"{name}.onnx"
    card = {"corpus": "none, random weights", "licence": "public domain"}
    network = tiny_network(vocabulary, seed, **config)
    export(network, path, title=name.title(), card=card, defaults={"time.temperature": 0.9}, quantised=quantised)
    return path


def child(folder: Path, parent: ModelFile, *, seed: int = 1, name: str = "learnt", tied: int = 0) -> ModelFile:
    """A model with other weights that says it has learnt from `parent`, one that was made here."""
    from musiclstm.model.net.export import export

    card = {**parent.card, "parents": [*parent.parents, parent.fingerprint]}
    network = tiny_network(parent.vocabulary, seed, **({"tied": tied} if tied else {}))
    export(network, folder / f"{name}.onnx", title=name.title(), card=card, defaults=parent.defaults)
    return open_model(folder / f"{name}.onnx")


def every_kind() -> dict[str, Vocabulary]:
    """A vocabulary of each kind that is treated differently: voices, a kit, seconds, both; one velocity and many."""
    kit = Part("Kit", 0, 9, percussive=True)
    return {
        "voices": tiny_vocabulary(),
        "kit": tiny_vocabulary(parts=(kit,), velocities=8),
        "seconds": tiny_vocabulary(TimeBase.SECONDS, (Part("Piano"),), 32),
        "kit in seconds": tiny_vocabulary(TimeBase.SECONDS, (kit,), 8),
        "mixed": tiny_vocabulary(parts=(*SATB[:2], kit), velocities=127),
        "one pitch": replace(tiny_vocabulary(parts=(Part("Click"),)), low=127, high=127),
    }
