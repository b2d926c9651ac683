"""The pipe between host and engine: pickled messages, each after its length."""

from __future__ import annotations

import pickle
import struct
from typing import Any, BinaryIO

_LENGTH = struct.Struct("<I")


def write_message(pipe: BinaryIO, message: object) -> None:
    """Blocks while the pipe is full. Raises OSError or ValueError if nobody reads any more."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def read_message(pipe: BinaryIO) -> Any:
    """The next message; raises EOFError when the other side is gone, also in the middle of one."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    # The other end is our own process, through a pipe that nobody else has.
    return pickle.loads(content)  # noqa: S301
