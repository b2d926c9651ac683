"""A small model that has much to say, for tests of the engine's process."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from musiclstm.model.net.export import export
from musiclstm.music.note import Part
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary


def dense_model(folder: Path, parts: Sequence[Part] = SATB, name: str = "dense") -> Path:
    """Path of a model file with random weights that never pauses for longer than half a beat: four events a beat."""
    path = folder / f"{name}.onnx"
    network = tiny_network(replace(tiny_vocabulary(parts=parts), max_delta=12))
    export(network, path, title=name.title(), card={"corpus": "none", "licence": "public domain"}, defaults={})
    return path
