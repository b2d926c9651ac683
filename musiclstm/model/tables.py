"""Tables: the arrays of a model's numpy part, packed as text in its file, and the sizes that they must have."""

from __future__ import annotations

import base64
import io
import zipfile
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musiclstm.model.arrays import FloatArray
from musiclstm.model.features.chords import CHORD_BLOCKS
from musiclstm.model.features.layout import AGREEMENTS, FIELDS, HEAD_GROUPS, LSTM_GROUPS, SPREAD, STRENGTHS, Layout
from musiclstm.model.features.pitches import AGES, INTERVALS, PLANES, WINDOW
from musiclstm.model.onnx_file import DamagedError
from musiclstm.model.sizes import LAGS, SPANS
from musiclstm.music.vocabulary import Vocabulary

Shapes = dict[str, tuple[int, ...]]

_HEADER = 4096  # bytes before an array, at most; numpy writes 128
_BYTES = {np.dtype(np.float16): 2, np.dtype(np.float32): 4}


def shapes(vocabulary: Vocabulary, config: dict[str, Any]) -> Shapes:
    """The shapes of the arrays of `net.export.tables`. config: what `labels.config` returns."""
    layout, width, echoes = Layout(vocabulary), config["head"], config["echoes"]

    def rows(groups: tuple[str, ...]) -> int:
        return layout.rows if layout.has_delays(groups) else layout.starts["held"] + layout.sizes["held"]

    found: Shapes = {"input": (rows(LSTM_GROUPS), config["embedding"])}
    choices = (vocabulary.times, vocabulary.symbols, vocabulary.pitches, vocabulary.velocities)
    for name, count in zip(FIELDS, choices, strict=True):
        expectations = echoes + len(layout.expectation_groups[name])
        found[f"{name}.table"] = (rows(HEAD_GROUPS[name]), width)
        found[f"{name}.out"] = (count + expectations, width)
        found[f"{name}.bias"] = (count + expectations,)
        found[f"{name}.echo"] = (echoes, STRENGTHS, AGREEMENTS)
        found[f"{name}.near"] = (expectations, 2 * SPREAD[name] + 1)
    if config["tied"]:
        found |= {f"tied.{name}": shape for name, shape in _tied(vocabulary, config).items()}
    return found


def _tied(vocabulary: Vocabulary, config: dict[str, Any]) -> Shapes:
    width, parts, tuned = config["tied"], len(vocabulary.parts), not vocabulary.percussive
    found: Shapes = {
        "age": (2 * AGES, width),
        "own": (vocabulary.pitches, width),
        "given.weight": (width, config["head"]),
        "given.bias": (width,),
        "middle.weight": (width, width),
        "middle.bias": (width,),
        "out.weight": (1, width),
    }
    if tuned:
        found["window"] = (PLANES * WINDOW, width)
    if config["past"]:
        found["past"] = (2 * len(LAGS), width)
    if config["classes"] and tuned:
        found["classes"] = (len(SPANS) * 12, width)
        if config["chords"]:
            found["chords"] = (len(CHORD_BLOCKS) * 12, width)
    if config["lines"] and tuned:
        found["leaps"] = ((config["recent"] - 1 + parts * parts) * INTERVALS, width)
    return found


def pack(tables: dict[str, NDArray[Any]]) -> str:
    """Arrays as text for a model file; half precision is accurate enough and halves the size."""
    buffer = io.BytesIO()
    halves: dict[str, Any] = {name: np.asarray(table, dtype=np.float16) for name, table in tables.items()}
    np.savez_compressed(buffer, **halves)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def unpack(text: str, expected: Shapes) -> dict[str, FloatArray]:
    """The arrays of `pack`, float32. Raises DamagedError unless they have these shapes and hold numbers.

    Takes no more memory than they need, whatever the text says that it holds.
    """
    most = sum(4 * prod(shape) + _HEADER for shape in expected.values())
    if len(text) > 2 * most:
        raise DamagedError("its tables are too large")
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text, validate=True))) as archive:
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            found = {name: _array(archive, name, shape) for name, shape in expected.items()}
    except DamagedError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise whatever they meet
        raise DamagedError("its tables cannot be read") from error
    if sorted(names) != sorted(expected):
        raise DamagedError("it has other tables than its vocabulary needs")
    return found


def _array(archive: zipfile.ZipFile, name: str, expected: tuple[int, ...]) -> FloatArray:
    with archive.open(f"{name}.npy") as file:
        # No more is unpacked than that, however much there is.
        content = io.BytesIO(file.read(4 * prod(expected) + _HEADER))
    np.lib.format.read_magic(content)
    shape, by_column, dtype = np.lib.format.read_array_header_1_0(content)
    if shape != expected or dtype not in _BYTES:
        raise DamagedError(f"its table {name} has another size")
    values = np.frombuffer(content.read(), dtype)
    table = values.reshape(shape, order="F" if by_column else "C")
    found: FloatArray = np.array(table, dtype=np.float32, order="C")
    # Half precision has no larger ones; so sums of them do not overflow either.
    if not np.all(np.abs(found) <= np.finfo(np.float16).max):
        raise DamagedError(f"its table {name} holds what is no number")
    return found
