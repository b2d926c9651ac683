"""Hold: a lock on a file that ends with the process that has it, however that ends."""

from __future__ import annotations

import os
import sys

_PLACE = 1 << 40  # Windows locks bytes; this one is never written


def hold(file: int) -> bool:
    """Hold this open file; False if somebody else does. It is let go when the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, _PLACE, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_held(path: str | os.PathLike[str]) -> bool:
    """Somebody holds it; False also if it cannot be opened."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return not hold(file)
    finally:
        os.close(file)
