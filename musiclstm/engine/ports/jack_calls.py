"""The calls of a JACK process callback, made without letting go of the interpreter.

JACK-Client lets go of the interpreter for each call, as is right for calls that wait. Those made in a process callback
never wait, but there are half a dozen each period; after each of them a thread that computes may have taken the
interpreter, and keeps it until it is asked for it. While the LSTM answers a key, that alone took a callback over the
end of its period. So these are made through `ctypes.PyDLL`, and the callback asks for the interpreter only once.
"""

from __future__ import annotations

import ctypes
from typing import Any


class _Event(ctypes.Structure):
    """jack_midi_event_t."""

    _fields_ = (("time", ctypes.c_uint32), ("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p))


def known(module: Any) -> bool:
    """Whether this JACK-Client has, under no public name, what is needed to make its calls in another way."""
    return all(hasattr(module, name) for name in ("_ffi", "_libname")) and hasattr(module.Client, "_ptr")


class Calls:
    """For one client of a `known` JACK-Client. In its process callback only, except `port` and the clocks."""

    def __init__(self, client: Any) -> None:
        import jack

        self._cast = jack._ffi.cast  # noqa: SLF001 - see `known`
        library = ctypes.PyDLL(jack._libname)  # noqa: SLF001
        self._client = ctypes.c_void_p(self._address(client))
        self._event = _Event()
        self._frame_time = _function(library.jack_frame_time, ctypes.c_uint32, ctypes.c_void_p)
        self._last_frame_time = _function(library.jack_last_frame_time, ctypes.c_uint32, ctypes.c_void_p)
        self._buffer = _function(library.jack_port_get_buffer, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
        self._clear = _function(library.jack_midi_clear_buffer, None, ctypes.c_void_p)
        self._count = _function(library.jack_midi_get_event_count, ctypes.c_uint32, ctypes.c_void_p)
        self._get = _function(
            library.jack_midi_event_get, ctypes.c_int, ctypes.POINTER(_Event), ctypes.c_void_p, ctypes.c_uint32
        )
        self._write = _function(
            library.jack_midi_event_write,
            *(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t),
        )

    def _address(self, owner: Any) -> int:
        return int(self._cast("uintptr_t", owner._ptr))  # noqa: SLF001

    def port(self, port: Any) -> int:
        """What `buffer` knows a port by."""
        return self._address(port)

    def frame_time(self) -> int:
        """The frame that it is now, of 32 bits."""
        return int(self._frame_time(self._client))

    def last_frame_time(self) -> int:
        """The frame at which this period began."""
        return int(self._last_frame_time(self._client))

    def buffer(self, port: int, frames: int) -> int:
        """A port's messages of this period."""
        return int(self._buffer(port, frames))

    def clear(self, buffer: int) -> None:
        self._clear(buffer)

    def write(self, buffer: int, offset: int, message: bytes) -> bool:
        """Add a message; none may be before another's offset. False if the buffer is full."""
        return not self._write(buffer, offset, message, len(message))

    def read(self, buffer: int) -> list[tuple[int, bytes]]:
        """(offset, message) of what arrived."""
        event = self._event
        return [
            (event.time, ctypes.string_at(event.buffer, event.size))
            for number in range(self._count(buffer))
            if not self._get(event, buffer, number)
        ]


def _function(function: Any, result: Any, *arguments: Any) -> Any:
    function.restype, function.argtypes = result, arguments
    return function
