"""RtMidi, by python-rtmidi: ALSA, CoreMIDI, WinMM, and JACK where JACK-Client is not installed."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from musiclstm.engine.ports.base import CLIENT, Receive
from musiclstm.engine.system.quiet import captured
from musiclstm.errors import PortError

log = logging.getLogger(__name__)

# ALSA's client (its port stays), WinMM's index. CoreMIDI and JACK have none: there "Bus 1" and "Bus 2" are two ports.
_NUMBER = re.compile(r" \d+$" if sys.platform == "win32" else r" \d+(?=:\d+$)")


def apis(*, jack: bool) -> tuple[int, ...]:
    """RtMidi's numbers of the systems worth trying here, best first. jack: whether to include JACK."""
    try:
        import rtmidi
    except ImportError as error:
        raise PortError(f"python-rtmidi cannot be loaded: {error}") from error
    useless = {rtmidi.API_RTMIDI_DUMMY, rtmidi.API_WEB_MIDI}
    if not jack:
        useless.add(rtmidi.API_UNIX_JACK)
    if sys.platform == "linux" and not Path("/dev/snd/seq").exists():
        # Without it, RtMidi would write an error to the terminal.
        useless.add(rtmidi.API_LINUX_ALSA)
    return tuple(api for api in rtmidi.get_compiled_api() if api not in useless)


class RtMidiSystem:
    """One of RtMidi's MIDI systems. Raises PortError if it does not work."""

    def __init__(self, api: int) -> None:
        self._api = api
        self._lock = threading.Lock()
        # Kept open, because in JACK and ALSA each is a client whose appearance others see.
        self._out = _make("MidiOut", api)
        self._in = _make("MidiIn", api)

    def outputs(self) -> tuple[str, ...]:
        return self._names(self._out)

    def inputs(self) -> tuple[str, ...]:
        return self._names(self._in)

    def open_output(self, name: str | None) -> RtMidiOutput:
        """Send to the port of exactly that name, or None: to every client that connects. Raises PortError."""
        midi = _make("MidiOut", self._api)
        _open(midi, name, "out")
        return RtMidiOutput(self, midi, name)

    def open_input(self, name: str | None, receive: Receive) -> RtMidiInput:
        """Listen to the port of exactly that name, or None: to every client that connects. Raises PortError."""
        midi = _make("MidiIn", self._api)
        # MIDI clock is needed; system exclusive and active sensing are not.
        midi.ignore_types(sysex=True, timing=False, active_sense=True)
        input_ = RtMidiInput(self, midi, name, receive)
        _open(midi, name, "in")
        return input_

    def close(self) -> None:
        """Close the clients that list the ports; opened ports stay open."""
        with self._lock:
            _delete(self._out)
            _delete(self._in)

    def _names(self, midi: Any) -> tuple[str, ...]:
        with self._lock, _translated("The MIDI ports cannot be listed"):
            return tuple(name for name in midi.get_ports() if not name.startswith(CLIENT))


class RtMidiOutput:
    """An `OutputPort` that sends at once. In JACK, messages arrive at the beginning of the next period.

    RtMidi does not report that the receiver is gone; the list of ports shows it.
    """

    lead = 0.0
    lossy = True

    def __init__(self, system: RtMidiSystem, midi: Any, name: str | None) -> None:
        self.name = name or "virtual"
        self._peer = name
        self._system = system
        self._midi = midi
        self._lock = threading.Lock()

    @property
    def alive(self) -> bool:
        return self._midi is not None and _exists(self._peer, self._system.outputs)

    def send(self, message: bytes, time: float) -> None:  # noqa: ARG002 - sends at once
        with self._lock:
            if self._midi is not None:
                with _translated(f"{self.name} does not accept a message"):
                    self._midi.send_message(message)

    def close(self) -> None:
        with self._lock:
            midi, self._midi = self._midi, None
        if midi is not None:
            if midi.get_current_api() == _jack():
                # The last messages are sent in the next period, of at most 2,048 frames.
                time.sleep(0.05)
            _delete(midi)


class RtMidiInput:
    """An `InputPort`. Times are RtMidi's, taken when the system delivered, not when Python had time for the message."""

    def __init__(self, system: RtMidiSystem, midi: Any, name: str | None, receive: Receive) -> None:
        self.name = name or "virtual"
        self._peer = name
        self._system = system
        self._midi = midi
        self._receive = receive
        self._stream = 0.0
        self._offset = float("inf")
        midi.set_callback(self._arrived)

    @property
    def alive(self) -> bool:
        return self._midi is not None and _exists(self._peer, self._system.inputs)

    def close(self) -> None:
        midi, self._midi = self._midi, None
        if midi is not None:
            midi.cancel_callback()
            _delete(midi)

    def _arrived(self, arrival: tuple[list[int], float], _: object) -> None:
        message, since = arrival
        self._stream += since
        # The shortest delay so far is the true offset; the slow leak follows clocks that drift apart.
        self._offset = min(self._offset + since * 50e-6, time.perf_counter() - self._stream)
        self._receive(bytes(message), self._stream + self._offset)


def stable_name(name: str) -> str:
    """The part of a port's name that stays the same when it reconnects: without ALSA's and WinMM's number."""
    return _NUMBER.sub("", name)


def _exists(name: str | None, names: Any) -> bool:
    try:
        return name is None or name in names()
    except PortError:
        return False


def _jack() -> int:
    import rtmidi

    return int(rtmidi.API_UNIX_JACK)


def _make(kind: str, api: int) -> Any:
    import rtmidi

    try:
        with captured():
            return getattr(rtmidi, kind)(api, name=CLIENT)
    except rtmidi.RtMidiError as error:
        raise PortError(f"{rtmidi.get_api_display_name(api)} does not respond: {error}") from error


def _open(midi: Any, name: str | None, kind: str) -> None:
    try:
        with _translated(f"{name or 'A virtual port'} cannot be opened"):
            if name is None:
                # CoreMIDI shows no client's name, only this one.
                midi.open_virtual_port(f"{CLIENT} {kind}")
            else:
                # ValueError: it no longer exists.
                midi.open_port(midi.get_ports().index(name), kind)
    except PortError:
        _delete(midi)
        raise


def _delete(midi: Any) -> None:
    with contextlib.suppress(Exception):  # its system may be gone
        midi.close_port()
        midi.delete()


@contextlib.contextmanager
def _translated(what: str) -> Iterator[None]:
    import rtmidi

    try:
        yield
    # NotImplementedError: WinMM has no virtual ports.
    except (rtmidi.RtMidiError, NotImplementedError, ValueError) as error:
        raise PortError(f"{what}: {error}") from error
