"""Own models: the user's own model files, to throw away and to bring back. Shipped ones stay.

What is thrown away can be brought back as long as takes are kept.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from musiclstm import paths
from musiclstm.errors import UsageError, reason
from musiclstm.files import is_file
from musiclstm.protocol.options import KEEP_DAYS


def _bin() -> Path:
    return paths.user_models() / "deleted"


def has(name: str) -> bool:
    """Whether a model of this name is the user's own."""
    return Path(name).name == name and _is_there(_file(paths.user_models(), name))


def delete(name: str) -> None:
    """Move it where `restore` finds it. A model of the same name that was deleted before is gone. Raises UsageError."""
    if not has(name):
        if _file(paths.resources(), name) in paths.model_files():
            raise UsageError(f"{name} belongs to the program and cannot be deleted.")
        raise UsageError(f"There is no model {name} in {paths.user_models()}.")
    _move(name, paths.user_models(), _bin())
    for file in _both(_bin(), name):
        with suppress(OSError):
            os.utime(file)  # it is kept from now on
    forget_old()


def restore(name: str) -> None:
    """Bring back what was deleted. Raises UsageError."""
    if not _is_there(_file(_bin(), name)) or has(name):
        raise UsageError(f"{name} cannot be brought back.")
    _move(name, _bin(), paths.user_models())


def forget_old() -> None:
    """What was deleted longer ago than takes are kept is gone for good."""
    oldest = time.time() - KEEP_DAYS * 86_400
    for file in [*_bin().glob("*.onnx"), *_bin().glob("*.md")]:
        with suppress(OSError):  # another process does the same
            if file.stat().st_mtime < oldest:
                file.unlink()


def _both(folder: Path, name: str) -> list[Path]:
    """The model and its page, where they are."""
    file = _file(folder, name)
    return [each for each in (file, file.with_suffix(".md")) if _is_there(each)]


def _is_there(file: Path) -> bool:
    """Also a link to a file that is gone, or that was not moved with it."""
    return is_file(file) or os.path.islink(file)  # noqa: PTH114 - as `is_file`


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.onnx"


def _move(name: str, source: Path, target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in _both(source, name):
            shutil.move(file, target / file.name)
    except OSError as error:
        raise UsageError(f"{name} cannot be moved to {target}: {reason(error)}.") from error
