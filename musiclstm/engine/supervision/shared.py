"""The memory that the host and the engine process share: what must outlive the engine's sudden end.

A small file that both map: which notes sound (`NoteLedger`), the engine's sign of life, how many commands it has
taken, and the last state it can be restarted from. What a killed process wrote there stays. It lives in memory where
the system has a place for that, so that no disk is ever waited for.
"""

from __future__ import annotations

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
from musiclstm.errors import EngineError

_COUNTERS = struct.Struct("<QQ")  # signs of life, commands taken
_SLOT = struct.Struct("<QII")  # number of the state, its length, its CRC-32
STATE_SIZE = 8 << 20
"""Bytes a state may take (four parts need 300 KB, eight bookmarks 1 to 2 MB)."""
_HEADER = 64
_STATES = _HEADER + (LEDGER_SIZE + 63) // 64 * 64
_SIZE = _STATES + 2 * (_SLOT.size + STATE_SIZE)


class Shared:
    """`Shared.create()` by the host, `Shared.open(path)` by engine and guard; each closes, the host deletes.

    The engine holds the file (`hold`), so that the guard, left alone, knows at once when it has died.

    Each value has one writer and needs no lock: a reader looks only once the writer is dead, or tolerates what is half
    written (states carry a checksum and there are two of them, written in turn).
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
    def create(cls) -> Shared:
        """Raises EngineError where no such file can be made."""
        for folder in ("/dev/shm", os.environ.get("XDG_RUNTIME_DIR"), None):  # noqa: S108 - mkstemp makes it safely
            with suppress(OSError):
                file, name = tempfile.mkstemp(prefix="musiclstm-", dir=folder)
                os.truncate(name, _SIZE)
                return cls(Path(name), file)
        raise EngineError(f"No file can be made in {tempfile.gettempdir()}: is it full?")

    @classmethod
    def open(cls, path: Path) -> Shared:
        """Raises EngineError if the host's file is gone."""
        try:
            return cls(path, os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0)))
        except (OSError, ValueError) as error:
            raise EngineError(f"The engine's memory {path} is gone: {error}") from error

    def lock(self) -> None:
        """Be the engine, as long as this process lives."""
        lock(self._file)

    # ---- signs of life ---------------------------------------------------------------------------------------------

    @property
    def beats(self) -> int:
        """Signs of life so far."""
        return int(_COUNTERS.unpack_from(self._view)[0])

    @property
    def taken(self) -> int:
        """Commands the engine has begun to carry out."""
        return int(_COUNTERS.unpack_from(self._view)[1])

    def count(self, beats: int, taken: int) -> None:
        _COUNTERS.pack_into(self._view, 0, beats, taken)

    # ---- the state -------------------------------------------------------------------------------------------------

    def write_state(self, content: bytes) -> bool:
        """Keep a state; the one before stays whole until this one is. False if it is too large to be kept."""
        if len(content) > STATE_SIZE:
            return False
        self._number += 1
        start = _STATES + (self._number % 2) * (_SLOT.size + STATE_SIZE)
        _SLOT.pack_into(self._view, start, 0, 0, 0)
        self._view[start + _SLOT.size : start + _SLOT.size + len(content)] = content
        _SLOT.pack_into(self._view, start, self._number, len(content), zlib.crc32(content))
        return True

    def read_state(self) -> bytes | None:
        """The last state that is whole, None if there is none."""
        states = self._states()
        return max(states)[1] if states else None

    def clear_state(self) -> None:
        for slot in range(2):
            _SLOT.pack_into(self._view, _STATES + slot * (_SLOT.size + STATE_SIZE), 0, 0, 0)

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
        """Let go of the memory. Idempotent."""
        if self._map.closed:
            return
        self.ledger.close()
        self._view.release()
        self._map.close()
        os.close(self._file)

    def delete(self) -> None:
        """Delete the file; who has it open can still use it (Windows deletes only what nobody has open)."""
        with suppress(OSError):
            self.path.unlink()
