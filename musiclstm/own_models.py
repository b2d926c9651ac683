"""Own models: the user's own model files, to throw away and to bring back. Shipped ones stay."""

from __future__ import annotations

import shutil
from pathlib import Path

from musiclstm import paths
from musiclstm.errors import UsageError, reason


def _bin() -> Path:
    return paths.user_models() / "deleted"


def delete(name: str) -> None:
    """Move it where `restore` finds it. A model of the same name that was deleted before is gone. Raises UsageError."""
    if Path(name).name != name or not _file(paths.user_models(), name).is_file():
        if any(path.stem == name for path in paths.model_files()):
            raise UsageError(f"{name} belongs to the program and cannot be deleted.")
        raise UsageError(f"There is no model {name} in {paths.user_models()}.")
    _move(name, paths.user_models(), _bin())


def restore(name: str) -> None:
    """Bring back what was deleted. Raises UsageError."""
    if not _file(_bin(), name).is_file() or _file(paths.user_models(), name).exists():
        raise UsageError(f"{name} cannot be brought back.")
    _move(name, _bin(), paths.user_models())


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.onnx"


def _move(name: str, source: Path, target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in (_file(source, name), _file(source, name).with_suffix(".md")):
            if file.is_file():
                shutil.move(file, target / file.name)
    except OSError as error:
        raise UsageError(f"{name} cannot be moved to {target}: {reason(error)}.") from error
