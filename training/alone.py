"""Alone: one process at a time in the folder of a run. The system frees it when that process ends, however it ends."""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import IO

from musiclstm.errors import UsageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def claimed(folder: Path) -> IO[bytes]:
    """A lock: the folder is ours as long as this file is open. Raises UsageError if another process has the folder.

    Some network disks have no locks; there it is always ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "lock").open("wb")
    try:
        if sys.platform == "win32":
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            return file
        file.close()
        raise UsageError(f"Another process is training in {folder}; wait until it has ended.") from error
    return file
