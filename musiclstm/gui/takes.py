"""The files of takes: where they go and what they are called."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from musiclstm.errors import UsageError


def new_take(folder: Path, name: str, when: datetime | None = None) -> Path:
    """A file in the takes folder, called after `name` and a time (None: now); makes the folder.

    Raises UsageError where the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The take cannot be saved in {folder}: {error.strerror}.") from error
    stamp = (when or datetime.now().astimezone()).strftime("%Y-%m-%d %H.%M.%S")
    return folder / f"{name} {stamp}.mid"
