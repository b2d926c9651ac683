"""Model files: one .onnx file holds a whole model (weights, tables, vocabulary, card). No torch."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from musiclstm import paths
from musiclstm.errors import ModelError
from musiclstm.model.arrays import FloatArray
from musiclstm.music.timeline import NOMINAL_TEMPO
from musiclstm.music.vocabulary import Vocabulary

FORMAT = "musiclstm 7"


@dataclass(frozen=True)
class ModelFile:
    """An opened model file.

    runtime: the ONNX Runtime session of the step (one thread; may be shared, but not used by two threads at once).
    tables: the arrays of the numpy part, float32. defaults: values of `protocol.controls` that suit this model.
    card: corpus, licence, attribution, figures.
    """

    path: Path
    title: str
    vocabulary: Vocabulary
    config: dict[str, Any]
    runtime: Any = field(repr=False)
    tables: dict[str, FloatArray] = field(repr=False)
    defaults: dict[str, Any] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def tempo(self) -> float:
        """BPM that suit the music."""
        return float(self.card.get("tempo", NOMINAL_TEMPO))

    @property
    def layers(self) -> int:
        return int(self.config["layers"])

    @property
    def units(self) -> int:
        return int(self.config["units"])


def find(name: str | Path) -> Path:
    """The file of the model with that name, or the file at that path. Raises ModelError where there is none."""
    path = Path(name)
    known = paths.model_files()
    # First, so that a file in the working folder that happens to have this name is not taken for it.
    for candidate in known:
        if candidate.stem == str(name):
            return candidate
    if path.is_file():
        return path
    if path.suffix or len(path.parts) > 1:
        raise ModelError(f"There is no model file {name}.")
    names = ", ".join(each.stem for each in known) or "none"
    raise ModelError(f"There is no model called {name}. Models: {names}.")


def open_model(name: str | Path) -> ModelFile:
    """Open a model by name or path; takes about 20 ms. Raises ModelError for anything but a model of this version."""
    path = find(name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"The model file {path} cannot be read: {error.strerror}.") from error
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4  # errors are raised, and reported by us
    # Threads that spin while they wait would occupy a core that the music needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        runtime = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        metadata = runtime.get_modelmeta().custom_metadata_map
    except Exception as error:  # ONNX Runtime's own exceptions have no common base
        raise ModelError(f"{path} is not a model file.") from error
    if metadata.get("format") != FORMAT:
        raise ModelError(f"{path} is not a model of this instrument, or of another version of it.")
    try:
        return ModelFile(
            path=path,
            title=metadata["title"],
            vocabulary=Vocabulary.from_dict(json.loads(metadata["vocabulary"])),
            config=json.loads(metadata["config"]),
            runtime=runtime,
            tables=unpack(metadata["tables"]),
            defaults=json.loads(metadata["defaults"]),
            card=json.loads(metadata["card"]),
            fingerprint=hashlib.sha256(content).hexdigest()[:12],
        )
    except (KeyError, TypeError, ValueError, binascii.Error, zipfile.BadZipFile) as error:
        raise ModelError(f"The model file {path} is damaged.") from error


def pack(tables: dict[str, NDArray[Any]]) -> str:
    """Arrays as text for a model file; half precision is accurate enough and halves the size."""
    buffer = io.BytesIO()
    halves: dict[str, Any] = {name: np.asarray(table, dtype=np.float16) for name, table in tables.items()}
    np.savez_compressed(buffer, **halves)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def unpack(text: str) -> dict[str, FloatArray]:
    """The arrays of `pack`, float32. Raises ValueError or BadZipFile for any other text."""
    with np.load(io.BytesIO(base64.b64decode(text, validate=True)), allow_pickle=False) as archive:
        return {name: np.ascontiguousarray(archive[name], dtype=np.float32) for name in archive.files}
