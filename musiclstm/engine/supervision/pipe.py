"""The pipe between host and engine: pickled messages, each preceded by its length."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

from musiclstm.protocol.options import EngineOptions

_LENGTH = struct.Struct("<I")


def write_message(pipe: BinaryIO, message: object) -> None:
    """Blocks while the pipe is full. Raises OSError or ValueError if the reader is gone."""
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(content)) + content)
    pipe.flush()


def read_message(pipe: BinaryIO) -> Any:
    """The next message. Blocks; raises EOFError if the writer is gone, also in the middle of a message."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    try:
        # The writer is a process of ours, at the other end of a pipe that nobody else has.
        return pickle.loads(content)  # noqa: S301
    except EOFError as error:  # of this message, not of the pipe
        raise ValueError("a message breaks off") from error


@dataclass(frozen=True, slots=True)
class Start:
    """The host's first message to an engine process.

    shared: the file of `SharedMemory`. session: the name of the journal's session. acknowledged: how many commands
    earlier engines have acknowledged. resume: continue from the state in the shared memory, if there is one.
    """

    options: EngineOptions
    shared: str
    session: str
    acknowledged: int = 0
    resume: bool = False
