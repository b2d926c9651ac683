"""A small model that has much to say, for tests of the engine's process."""

from dataclasses import replace
from pathlib import Path

from musiclstm.model.net.export import export
from tests.model.tiny import tiny_network, tiny_vocabulary


def dense_model(folder: Path) -> Path:
    """Path of a model file with random weights that never pauses for longer than half a beat: four events a beat."""
    path = folder / "dense.onnx"
    network = tiny_network(replace(tiny_vocabulary(), max_delta=12))
    export(network, path, title="Dense", card={"corpus": "none", "licence": "public domain"}, defaults={})
    return path
