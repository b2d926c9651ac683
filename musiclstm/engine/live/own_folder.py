"""OwnFolder: a folder for files of one engine, which several may be at a time; those of engines that ended are deleted.

Beside each folder lies a file that its engine keeps locked, and locks before the folder is there.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path

from musiclstm import paths
from musiclstm.engine.system.file_lock import is_locked, lock
from musiclstm.errors import EngineError, reason


class OwnFolder:
    """name: of the folder in the user's data, in which each engine has its own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._path: Path | None = None
        self._lock: int | None = None

    def open(self) -> Path:
        """The folder. The first time it is made, and those of engines that ended are deleted. Raises EngineError."""
        if self._path is None:
            all_ = paths.user_data() / self._name
            try:
                all_.mkdir(parents=True, exist_ok=True)
                _delete_old(all_)
                self._path = self._new(all_)
            except OSError as error:
                raise EngineError(f"There is no room for files in {all_}: {reason(error)}") from error
        return self._path

    def _new(self, all_: Path) -> Path:
        for number in count(1):
            folder = all_ / f"{os.getpid()}-{number}"
            file = os.open(_lock_of(folder), os.O_RDWR | os.O_CREAT, 0o600)
            if lock(file):
                self._lock = file
                break
            os.close(file)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def close(self) -> None:
        """The files stay until another engine is started, for those that still hear or save them."""
        if self._lock is not None:
            os.close(self._lock)
        self._path = self._lock = None


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _delete_old(all_: Path) -> None:
    for old in all_.iterdir():
        if old.is_dir() and not is_locked(_lock_of(old)):
            shutil.rmtree(old, ignore_errors=True)
        elif old.suffix == ".mid":  # where all engines had one folder
            with suppress(OSError):
                old.unlink()
