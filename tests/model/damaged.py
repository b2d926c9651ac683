"""Model files that are changed, and what may come of them: they play, or are refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx

from musiclstm.cli.evaluate import _from_card, _row
from musiclstm.errors import ModelError
from musiclstm.model.modelfile import open_model
from musiclstm.model.session import Session


def plays_or_is_refused(path: Path) -> bool:
    """Whether it plays; asserts that it is refused in one line that names it otherwise."""
    try:
        session = Session(open_model(path))
    except ModelError as error:
        line = str(error)
    else:
        for _ in range(20):
            session.generate()
        for figures in _from_card(session.model).values():
            _row("model", figures)
        return True
    assert "\n" not in line
    assert path.stem in line
    return False


def refused(path: Path) -> None:
    assert not plays_or_is_refused(path)


def changed(whole: bytes, path: Path, change: Callable[[onnx.ModelProto], object]) -> Path:
    """As a stranger would write it: without a checksum."""
    model = onnx.load_from_string(whole)
    labels = [each for each in model.metadata_props if each.key != "checksum"]
    del model.metadata_props[:]
    model.metadata_props.extend(labels)
    change(model)
    path.write_bytes(model.SerializeToString())
    return path


def relabelled(whole: bytes, path: Path, key: str, value: str | None) -> Path:
    def change(model: onnx.ModelProto) -> None:
        for each in list(model.metadata_props):
            if each.key == key:
                model.metadata_props.remove(each)
        if value is not None:
            model.metadata_props.add(key=key, value=value)

    return changed(whole, path, change)


def label(whole: bytes, key: str) -> str:
    return str({each.key: each.value for each in onnx.load_from_string(whole).metadata_props}[key])
