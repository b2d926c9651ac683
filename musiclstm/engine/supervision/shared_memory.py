"""The memory that host, engine and guard share: everything that must outlive a sudden end of the engine.

A small file that all three map: which notes sound (`NoteLedger`), the engine's heartbeats, how many commands it has
acknowledged, and the last state that it can be restarted from. What a killed process has written stays. The file is in
a file system in memory where there is one, so that no writer ever waits for a disk.

Layout: two counters; the ledger, from _HEADER on; from _STATES on two slots for a state, each with a number, a length
and a checksum.
"""

from __future__ import annotations

import logging
import mmap
import os
import struct
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

from musiclstm.engine.ports.ledger import SIZE as LEDGER_SIZE
from musiclstm.engine.ports.ledger import NoteLedger
from musiclstm.engine.system.file_lock import lock
from musiclstm.errors import EngineError, reason

log = logging.getLogger(__name__)

_COUNTERS = struct.Struct("<QQ")  # heartbeats, acknowledged commands
_SLOT = struct.Struct("<QII")  # number of the state, its length, its CRC-32
STATE_SIZE = 8 << 20
"""The largest state, in bytes (four parts need 300 KB, eight bookmarks 1 to 2 MB)."""
_HEADER = 64
_STATES = _HEADER + (LEDGER_SIZE + 63) // 64 * 64
_SIZE = _STATES + 2 * (_SLOT.size + STATE_SIZE)
_BLOCK = 1 << 20

FOLDERS = ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR"), None)  # noqa: S108 - mkstemp is safe there
"""Where its file may be, the best place first; None is the folder for temporary files."""


class SharedMemory:
    """`SharedMemory.create()` in the host, `.open(path)` in engine and guard; each closes it, the host deletes it.

    The engine locks the file, so that a guard without a host notices the engine's death.

    Each value has one writer at a time and needs no lock: readers either read after the writer's death, or tolerate
    half-written values (there are two states, written alternately, each with a checksum).
    """

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file
        try:
            self._map = mmap.mmap(file, _SIZE)
        except (OSError, ValueError):
            os.close(file)
            raise
        self._view = memoryview(self._map)
        self.ledger = NoteLedger(self._view[_HEADER : _HEADER + LEDGER_SIZE])
        self._number = max((number for number, _ in self._states()), default=0)

    @classmethod
    def create(cls) -> SharedMemory:
        """Raises EngineError where no file of that size can be made."""
        reasons = []
        for folder in FOLDERS:
            try:
                file, name = tempfile.mkstemp(prefix="musiclstm-", dir=folder)
            except OSError as error:
                reasons.append(f"{folder or tempfile.gettempdir()}: {error.strerror}")
                continue
            try:
                _reserve(file)
                made = cls(Path(name), file)
            except (OSError, ValueError) as error:
                with suppress(OSError):
                    os.close(file)
                Path(name).unlink(missing_ok=True)
                reasons.append(f"{Path(name).parent}: {reason(error)}")
                continue
            if reasons:
                log.warning("the shared memory is in %s (%s)", made.path.parent, "; ".join(reasons))
            return made
        raise EngineError(f"There is no room for the {_SIZE >> 20} MB that the engine needs ({'; '.join(reasons)}).")

    @classmethod
    def open(cls, path: Path) -> SharedMemory:
        """Raises EngineError if the host's file is gone."""
        try:
            return cls(path, os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0)))
        except (OSError, ValueError) as error:
            raise EngineError(f"The shared memory {path} is gone: {reason(error)}") from error

    def lock(self) -> None:
        """Lock the file for as long as this process lives; called by the engine."""
        lock(self._file)

    # ---- counters ----------------------------------------------------------------------------------------------------

    @property
    def heartbeats(self) -> int:
        """Number of the engine's heartbeats so far."""
        return int(_COUNTERS.unpack_from(self._view)[0])

    @property
    def acknowledged(self) -> int:
        """Number of commands that engines have started to carry out; these are not sent again."""
        return int(_COUNTERS.unpack_from(self._view)[1])

    def write_counters(self, heartbeats: int, acknowledged: int) -> None:
        _COUNTERS.pack_into(self._view, 0, heartbeats, acknowledged)

    # ---- the state -------------------------------------------------------------------------------------------------

    def write_state(self, content: bytes) -> bool:
        """Write a state; the previous one stays valid until it is complete. False if it is too large."""
        if len(content) > STATE_SIZE:
            return False
        self._number += 1
        start = _STATES + (self._number % 2) * (_SLOT.size + STATE_SIZE)
        _SLOT.pack_into(self._view, start, 0, 0, 0)
        self._view[start + _SLOT.size : start + _SLOT.size + len(content)] = content
        _SLOT.pack_into(self._view, start, self._number, len(content), zlib.crc32(content))
        return True

    def read_state(self) -> bytes | None:
        """The last complete state, None if there is none."""
        states = self._states()
        return max(states)[1] if states else None

    def _states(self) -> list[tuple[int, bytes]]:
        found = []
        for slot in range(2):
            start = _STATES + slot * (_SLOT.size + STATE_SIZE)
            number, length, crc = _SLOT.unpack_from(self._view, start)
            if number and length <= STATE_SIZE:
                content = bytes(self._view[start + _SLOT.size : start + _SLOT.size + length])
                if zlib.crc32(content) == crc:
                    found.append((number, content))
        return found

    # ---- the end ---------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Unmap the memory; releases the lock. Idempotent."""
        if self._map.closed:
            return
        self.ledger.close()
        self._view.release()
        self._map.close()
        os.close(self._file)

    def delete(self) -> None:
        """Delete the file. Processes that have it open can still use it (Windows deletes it only when none has)."""
        with suppress(OSError):
            self.path.unlink()


def _reserve(file: int) -> None:
    """Take the space now; in a file with holes a full disk would show only as a SIGBUS when one is written."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, _SIZE)
        return
    # macOS and Windows.
    for _ in range(0, _SIZE, _BLOCK):
        os.write(file, bytes(_BLOCK))
    os.ftruncate(file, _SIZE)
