"""The calls of a JACK process callback, made without releasing the interpreter lock; and the list of ports.

JACK-Client releases the lock for each call, which is right for calls that block. Those made in a process callback never
block, but there are half a dozen each period; after each of them another thread may have taken the lock, and keeps it
until its switch interval is over. While the LSTM answered a key, that alone made a callback miss the end of its period.
So these calls are made through `ctypes.PyDLL`, and the callback acquires the lock only once.
"""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

_IS_INPUT, _IS_OUTPUT = 1, 2  # JackPortFlags


class _Event(ctypes.Structure):
    """jack_midi_event_t."""

    _fields_ = (("time", ctypes.c_uint32), ("size", ctypes.c_size_t), ("buffer", ctypes.c_void_p))


def supported(module: Any) -> bool:
    """Whether this JACK-Client has the private names that the calls below need."""
    return all(hasattr(module, name) for name in ("_ffi", "_libname")) and hasattr(module.Client, "_ptr")


class Calls:
    """For one client of a `supported` JACK-Client. For its process callback; `ports` and `port` for other threads."""

    def __init__(self, client: Any) -> None:
        import jack

        self._cast = jack._ffi.cast  # noqa: SLF001 - see `supported`
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
        patient = ctypes.CDLL(jack._libname)  # noqa: SLF001 - releases the lock
        self._ports = _function(
            patient.jack_get_ports,
            *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_ulong),
        )
        self._free = _function(patient.jack_free, None, ctypes.c_void_p)

    def _address(self, owner: Any) -> int:
        return int(self._cast("uintptr_t", owner._ptr))  # noqa: SLF001

    def ports(self, *, inputs: bool) -> list[str]:
        """The MIDI ports that take messages, or those that give them.

        JACK-Client's list fails as a whole for one name that is not UTF-8, and for a port that vanishes meanwhile.
        Ports with such names are left out: they could not be asked for.
        """
        array = self._ports(self._client, None, b"midi", _IS_INPUT if inputs else _IS_OUTPUT)
        if not array:
            return []
        found: list[str] = []
        try:
            pointers = ctypes.cast(array, ctypes.POINTER(ctypes.c_char_p))
            for index in range(1 << 20):
                name = pointers[index]
                if name is None:
                    break
                with contextlib.suppress(UnicodeDecodeError):
                    found.append(name.decode())
        finally:
            self._free(array)
        return found

    def port(self, port: Any) -> int:
        """The address of a port, for `buffer`."""
        return self._address(port)

    def frame_time(self) -> int:
        """The present frame, 32 bits."""
        return int(self._frame_time(self._client))

    def last_frame_time(self) -> int:
        """The frame at which this period began."""
        return int(self._last_frame_time(self._client))

    def buffer(self, port: int, frames: int) -> int:
        """The address of a port's messages of this period."""
        return int(self._buffer(port, frames))

    def clear(self, buffer: int) -> None:
        self._clear(buffer)

    def write(self, buffer: int, offset: int, message: bytes) -> bool:
        """Add a message; offsets must not decrease. False if the buffer is full."""
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
