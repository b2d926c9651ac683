"""Restored: model file -> network, to train it further. The opposite of `export`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from musiclstm.model import onnx_file
from musiclstm.model.features.chords import CHORD_BLOCKS
from musiclstm.model.features.layout import FIELDS
from musiclstm.model.modelfile import ModelFile, content_of
from musiclstm.model.net.network import WEIGHTS, ModelConfig, MusicLSTM
from musiclstm.model.step_graph import Sizes, weights

CHORDS = "tied.chords"
"""The parameter through which chords that are told enter the network."""


def network_of(model: ModelFile, *, chords: bool = False) -> MusicLSTM:
    """The network of a model, with the weights as they are played, in 8 bits.

    chords: whether it is to be told chords (`ModelConfig.chords`); if it was not before, it ignores them at first.
    Raises ModelError.
    """
    config = ModelConfig.of(model.config)
    config = replace(config, chords=config.chords or chords)
    network = MusicLSTM(config, model.vocabulary)
    graph, _ = onnx_file.read(content_of(model))
    found = weights(graph, Sizes(*(model.config[key] for key in Sizes._fields)))
    values = {"input.weight": model.tables["input"]}
    for layer in range(config.layers):
        w, bias = found[f"W{layer}"].T, found[f"b{layer}"]
        values |= dict(
            zip(
                (f"cell.{each}_l{layer}" for each in WEIGHTS),
                (w[:, config.units :], w[:, : config.units], bias, np.zeros_like(bias)),
                strict=True,
            )
        )
    projections = np.split(found["P"].T, len(FIELDS)), np.split(found["P_bias"], len(FIELDS))
    names = {"table": "table.weight", "out": "out.weight", "bias": "out.bias", "echo": "echo", "near": "near"}
    for field, weight, bias in zip(FIELDS, *projections, strict=True):
        values |= {f"heads.{field}.projection.weight": weight, f"heads.{field}.projection.bias": bias}
        values |= {f"heads.{field}.{theirs}": model.tables[f"{field}.{ours}"] for ours, theirs in names.items()}
    values |= {key: table for key, table in model.tables.items() if key.startswith("tied.")}
    if config.chords and not model.config["chords"]:
        values[CHORDS] = np.zeros((12 * len(CHORD_BLOCKS), config.tied), dtype=np.float32)
    network.load_state_dict({key: torch.from_numpy(np.array(value)) for key, value in values.items()})
    return network
