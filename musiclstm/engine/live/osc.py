"""OSC: every command in, all telemetry out, for people who script the instrument or play it from another program.

The addresses follow from the messages of `protocol` by one rule, so there is nothing to keep in step:

- a command `SetTempo(tempo)` is `/musiclstm/set_tempo` with its fields as arguments, in order; fields that have a
  default may be left out from the end;
- a command that leaves alone what is left out also has an address for each such field, `/musiclstm/set_part/transpose
  part value`;
- a control `time.temperature` is `/musiclstm/control/time/temperature value`;
- telemetry `Played(…)` is `/musiclstm/played` with its fields as arguments, to everyone who sent
  `/musiclstm/subscribe`.

Numbers may come as any of OSC's number types (controllers send floats for everything). None is OSC's nil. A command
without arguments ignores a single 0: buttons send 1 when pressed and 0 when let go. A bad packet changes nothing; its
sender is told why at `/musiclstm/error`. Listens on the loopback interface alone: anyone who can reach it can play.
"""

from __future__ import annotations

import json
import logging
import re
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import cache, partial
from typing import Any, get_args, get_type_hints

import numpy as np
from pythonosc import osc_bundle, osc_message, osc_packet
from pythonosc.osc_message_builder import OscMessageBuilder

from musiclstm.engine.live.outbox import Outbox
from musiclstm.errors import EngineError
from musiclstm.protocol.commands import Command, SetControl
from musiclstm.protocol.controls import CONTROLS, Control, Value
from musiclstm.protocol.telemetry import Telemetry

ROOT = "/musiclstm"
log = logging.getLogger(__name__)
_LARGEST = 65_507  # bytes of payload in a UDP datagram
_MOST_LISTENERS = 8
# Moments on the machine's monotonic clock need more digits than OSC's usual 32-bit float has.
_PRECISE = ("time", "intended")
# What python-osc lets through when bytes are not what they say they are.
_UNREADABLE = (
    osc_packet.ParseError,
    osc_message.ParseError,
    osc_bundle.ParseError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an address: its name, what it may be, and whether it can be left out."""

    name: str
    hint: Any
    optional: bool = False

    def read(self, value: Any) -> Value:
        """The value as the message wants it. Raises ValueError where it cannot be."""
        kinds = get_args(self.hint) or (self.hint,)
        if value is None and type(None) in kinds:
            return None
        if float in kinds and str in kinds and isinstance(value, (float, int, str)):  # a control's value
            return value
        if str in kinds and isinstance(value, str):
            return value
        if isinstance(value, (bool, int, float)):
            if bool in kinds:
                return bool(value)
            if int in kinds and float(value).is_integer():
                return int(value)
            if float in kinds and float("-inf") < value < float("inf"):
                return float(value)
        raise ValueError(f"{self.name} cannot be {value!r}")

    @property
    def letters(self) -> str:
        """OSC type letters for the table."""
        kinds = get_args(self.hint) or (self.hint,)
        if float in kinds and str in kinds:
            return "f, s or N"
        found = {bool: "T/F", int: "i", str: "s", float: "d" if self.name in _PRECISE else "f"}
        known = [found[kind] for kind in kinds if kind in found]
        if not known:
            return "b" if "ndarray" in str(self.hint) else "s"
        return known[0] + (" or N" if type(None) in kinds else "")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that takes a command, its arguments, and how they become the command."""

    path: str
    arguments: tuple[Argument, ...]
    make: Callable[[list[Value]], Command]
    about: str

    def command(self, values: list[Any]) -> Command | None:
        """The command for these OSC arguments; None for a button let go. Raises ValueError or TypeError."""
        if not self.arguments and len(values) == 1 and isinstance(values[0], (bool, int, float)):
            if not values[0]:
                return None
            values = []
        needed = sum(not argument.optional for argument in self.arguments)
        if not needed <= len(values) <= len(self.arguments):
            raise ValueError(f"{self.path} takes {self.usage or 'no arguments'}, not {len(values)} arguments")
        return self.make([argument.read(value) for argument, value in zip(self.arguments, values, strict=False)])

    @property
    def usage(self) -> str:
        return _usage(self.arguments)


def _usage(arguments: tuple[Argument, ...]) -> str:
    named = [f"{argument.name} ({argument.letters})" for argument in arguments]
    return ", ".join(
        f"[{text}]" if argument.optional else text for text, argument in zip(named, arguments, strict=True)
    )


def _arguments(kind: type) -> tuple[Argument, ...]:
    hints = get_type_hints(kind)
    return tuple(Argument(field.name, hints[field.name], field.default is not MISSING) for field in fields(kind))


def _path(kind: type) -> str:
    return f"{ROOT}/{re.sub(r'(?<!^)(?=[A-Z])', '_', kind.__name__).lower()}"


def _about(kind: type) -> str:
    """First sentence of the class's docstring ("" where dataclasses made one up)."""
    text = " ".join((kind.__doc__ or "").split()).replace("*May drop.* ", "").replace("`", "")
    return "" if text.startswith(f"{kind.__name__}(") else re.split(r"(?<=\.) ", text)[0]


@cache
def addresses() -> dict[str, Address]:
    """Every address that takes a command, by its path."""
    return {address.path: address for address in (*_command_addresses(), *_control_addresses())}


def _command_addresses() -> Iterator[Address]:
    for kind in get_args(Command):
        arguments = _arguments(kind)
        yield Address(_path(kind), arguments, partial(_whole, kind), _about(kind))
        needed = tuple(argument for argument in arguments if not argument.optional)
        for one in _free(kind):
            own = (*needed, Argument(one.name, one.hint))
            about = f"{_path(kind)} with nothing else changed."
            yield Address(f"{_path(kind)}/{one.name}", own, partial(_partly, kind, one.name), about)


def _whole(kind: Callable[..., Command], values: list[Value]) -> Command:
    return kind(*values)


def _partly(kind: Callable[..., Command], name: str, values: list[Value]) -> Command:
    return kind(*values[:-1], **{name: values[-1]})


def _free(kind: type[Command]) -> tuple[Argument, ...]:
    """The fields that may each be said alone: several, all None (left alone) where not said."""
    optional = [field for field in fields(kind) if field.default is not MISSING]
    if len(optional) < 2 or any(field.default is not None for field in optional):
        return ()
    return tuple(argument for argument in _arguments(kind) if argument.optional)


def _control_addresses() -> Iterator[Address]:
    for control in CONTROLS:
        path = f"{ROOT}/control/{control.name.replace('.', '/')}"
        argument = Argument(*_control_argument(control))
        yield Address(path, (argument,), partial(_turned, control.name), control.hint)


def _turned(name: str, values: list[Value]) -> Command:
    return SetControl(name, values[0])


def _control_argument(control: Control) -> tuple[str, Any]:
    if control.choices:
        return "one of " + ", ".join(control.choices), str
    if isinstance(control.default, bool):
        return "switch", bool
    kind: Any = int if control.integer else float
    name = f"{control.low:g} to {control.high:g}" + (f" {control.unit}" if control.unit else "")
    return name, kind | None if control.optional else kind


def encode(message: Telemetry) -> bytes:
    """Telemetry as an OSC message: tuples as JSON text, arrays as blobs of little-endian numbers."""
    builder = OscMessageBuilder(_path(type(message)))
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, np.ndarray):
            builder.add_arg(value.astype(value.dtype.newbyteorder("<")).tobytes(), "b")
        elif isinstance(value, tuple):
            builder.add_arg(json.dumps(value), "s")
        elif isinstance(value, float):
            builder.add_arg(value, "d" if field.name in _PRECISE else "f")
        else:
            builder.add_arg(value)
    return bytes(builder.build().dgram)


def table() -> str:
    """The whole interface as Markdown, for the README (`python -m musiclstm.engine.live.osc` prints it)."""
    lines = ["| to the instrument | arguments | |", "|---|---|---|"]
    for kind in get_args(Command):
        lines.append(_row(_path(kind), _usage(_arguments(kind)), _about(kind)))
        if free := _free(kind):
            needed = tuple(argument for argument in _arguments(kind) if not argument.optional)
            about = "Only that: " + ", ".join(argument.name for argument in free) + "."
            lines.append(_row(f"{_path(kind)}/FIELD", f"{_usage(needed)}, value", about))
    lines += [_row(address.path, address.usage, address.about) for address in _control_addresses()]
    lines += [
        _row(f"{ROOT}/subscribe", "[port (i)]", "Sends telemetry to this port of yours, or to the one you sent from."),
        _row(f"{ROOT}/unsubscribe", "[port (i)]", "No more telemetry."),
        "",
        "| from the instrument | arguments | |",
        "|---|---|---|",
    ]
    for kind in get_args(Telemetry):
        every = tuple(Argument(argument.name, argument.hint) for argument in _arguments(kind))
        lines.append(_row(_path(kind), _usage(every), _about(kind)))
    lines.append(_row(f"{ROOT}/error", "message (s)", "What you sent makes no sense."))
    return "\n".join(lines) + "\n"


def _row(path: str, usage: str, about: str) -> str:
    about = about.replace("|", "or")
    return f"| `{path}` | {usage} | {about} |"


class OscServer:
    """Listens on a UDP port of the loopback interface; two threads between `start` and `close`.

    on_command is called from the listening thread. Raises EngineError if the port is taken. `port` 0 takes any free
    one; the attribute `port` says which.
    """

    def __init__(self, port: int, on_command: Callable[[Command], None]) -> None:
        self._on_command = on_command
        self._listeners: tuple[tuple[str, int], ...] = ()
        self._closing = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise EngineError(f"OSC port {port} cannot be used: {error}") from error
        self.port: int = self._socket.getsockname()[1]
        self._outbox = Outbox(self._deliver, "osc-out")
        self._thread = threading.Thread(target=self._listen, name="osc-in", daemon=True)

    def start(self) -> None:
        self._outbox.start()
        self._thread.start()

    def close(self) -> None:
        """End both threads. What was said before is sent first."""
        self._outbox.close(timeout=0.5)
        self._closing = True
        # A blocked recvfrom does not notice that its socket is closed; a datagram wakes it.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"\0", ("127.0.0.1", self.port))
        self._thread.join(2)
        self._socket.close()

    def emit(self, message: Telemetry) -> None:
        """Send telemetry to the subscribers, if any. Any thread; never blocks."""
        if self._listeners:
            self._outbox.put(message)

    def _deliver(self, message: Telemetry) -> None:
        packet = encode(message)
        if len(packet) <= _LARGEST:
            for listener in self._listeners:
                self._send(packet, listener)

    def _send(self, packet: bytes, listener: tuple[str, int]) -> None:
        try:
            self._socket.sendto(packet, listener)
        except OSError as error:  # nobody there any more, or its buffers are full
            log.debug("OSC to %s: %s", listener, error)

    def _listen(self) -> None:
        while True:
            try:
                packet, sender = self._socket.recvfrom(_LARGEST)
            except OSError as error:
                # Windows says here that an earlier answer found nobody.
                log.debug("OSC: %s", error)
                packet = b""
            if self._closing:
                return
            if not packet:
                continue
            try:
                for timed in osc_packet.OscPacket(packet).messages:
                    self._receive(timed.message.address, list(timed.message.params), sender)
            except _UNREADABLE as error:
                self._complain(str(error) or "that is not OSC", sender)

    def _receive(self, path: str, values: list[Any], sender: tuple[str, int]) -> None:
        if path in (f"{ROOT}/subscribe", f"{ROOT}/unsubscribe"):
            port = Argument("port", int).read(values[0]) if values else sender[1]
            if not isinstance(port, int) or not 0 < port < 65_536:
                raise ValueError(f"port cannot be {port}")
            others = tuple(listener for listener in self._listeners if listener != (sender[0], port))
            wanted = ((sender[0], port),) if path.endswith("/subscribe") else ()
            self._listeners = (*others, *wanted)[-_MOST_LISTENERS:]
            return
        address = addresses().get(path.lower())
        if address is None:
            raise ValueError(f"no such address: {path}")
        command = address.command(values)
        if command is not None:
            self._on_command(command)

    def _complain(self, text: str, sender: tuple[str, int]) -> None:
        log.info("OSC from %s: %s", sender, text)
        builder = OscMessageBuilder(f"{ROOT}/error")
        builder.add_arg(text[:500])
        self._send(builder.build().dgram, sender)


if __name__ == "__main__":
    sys.stdout.write(table())
