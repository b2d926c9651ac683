"""A file lock that ends with its process, however that ends."""

from __future__ import annotations

import os
import sys

_OFFSET = 1 << 40  # Windows locks bytes; this one is never written


def lock(file: int, *, shared: bool = False) -> bool:
    """Lock this open file until it is closed; False if another process has locked it.

    shared: with others that do the same (on Windows every lock is alone).
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _OFFSET, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_locked(path: str | os.PathLike[str]) -> bool:
    """Whether a process has locked the file; False also if the file cannot be opened."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not lock(file, shared=True)  # so that those who ask at the same time do not see each other
    finally:
        os.close(file)
