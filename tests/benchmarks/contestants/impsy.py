"""IMPSY: whole events of its TFLite model, two layers of 512 units, four dimensions, fed back. Random weights."""

from __future__ import annotations

import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from impsy import mdrnn, tflite_converter

from tests.benchmarks.contestants.answer import answer

DIMENSION, UNITS, MIXTURES, LAYERS = 4, 512, 5, 2


def main() -> None:
    network = mdrnn.build_mdrnn_model(DIMENSION, UNITS, MIXTURES, LAYERS, inference=True, seq_length=1)
    with tempfile.TemporaryDirectory() as folder:
        file = tflite_converter.model_to_tflite(network, Path(folder) / "model")
        model = mdrnn.TfliteMDRNN(file, DIMENSION, UNITS, MIXTURES, LAYERS)
    value = np.random.default_rng(1).random(DIMENSION, dtype=np.float32)

    def measure(events: int) -> list[float]:
        nonlocal value
        seconds = []
        for _ in range(events):
            begin = time.perf_counter()
            value = model.generate(value)
            seconds.append(time.perf_counter() - begin)
        return seconds

    answer(f"IMPSY {version('impsy')} with ai-edge-litert {version('ai-edge-litert')}", measure)


if __name__ == "__main__":
    main()
