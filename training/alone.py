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
    """A file to be kept open as long as the folder is ours. Raises UsageError if another process has it.

    Some network disks cannot tell; there it is ours.
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
