"""The OSC server: receives commands, and sends telemetry to its subscribers; `osc` has the addresses.

Listens on the loopback interface alone: anyone who can reach it can play.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from pythonosc import osc_bundle, osc_message, osc_packet

from musiclstm.engine.live import osc
from musiclstm.engine.live.outbox import Outbox
from musiclstm.errors import EngineError
from musiclstm.protocol.commands import Command
from musiclstm.protocol.limits import MAX_UDP_PORT
from musiclstm.protocol.telemetry import Telemetry

log = logging.getLogger(__name__)

_MAX_PACKET = 65_507  # bytes of payload in a UDP datagram
_MAX_SUBSCRIBERS = 8
# What python-osc raises when the bytes are not valid OSC.
_INVALID = (
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


class OscServer:
    """Listens on a UDP port of the loopback interface; two threads between `start` and `close`.

    on_command is called from the listening thread. Raises EngineError if the port is in use. `port` 0 takes any free
    one, which the attribute `port` names.
    """

    def __init__(self, port: int, on_command: Callable[[Command], None]) -> None:
        self._on_command = on_command
        self._subscribers: tuple[tuple[str, int], ...] = ()
        self._closing = False
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            self._socket.close()
            raise EngineError(f"OSC port {port} cannot be opened: {error}. Choose another.") from error
        self.port: int = self._socket.getsockname()[1]
        self._outbox = Outbox(self._deliver, "osc-out")
        self._thread = threading.Thread(target=self._listen, name="osc-in", daemon=True)

    def start(self) -> None:
        self._outbox.start()
        self._thread.start()

    def close(self) -> None:
        """End both threads. Earlier telemetry is sent first."""
        self._outbox.close(timeout=0.5)
        self._closing = True
        # A blocked recvfrom does not notice that its socket is closed; a datagram wakes it.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"\0", ("127.0.0.1", self.port))
        self._thread.join(2)
        self._socket.close()

    def emit(self, message: Telemetry) -> None:
        """Send telemetry to the subscribers, if any. Any thread; never blocks."""
        if self._subscribers:
            self._outbox.put(message)

    def _deliver(self, message: Telemetry) -> None:
        try:
            packet = osc.encode(message)
        except Exception:  # python-osc raises what it meets; the subscribers are still there
            log.exception("%s is not sent", type(message).__name__)
            return
        if len(packet) <= _MAX_PACKET:
            for subscriber in self._subscribers:
                self._send(packet, subscriber)

    def _send(self, packet: bytes, subscriber: tuple[str, int]) -> None:
        try:
            self._socket.sendto(packet, subscriber)
        except OSError as error:  # the subscriber is gone, or its buffers are full
            log.debug("OSC to %s: %s", subscriber, error)

    def _listen(self) -> None:
        while True:
            try:
                packet, sender = self._socket.recvfrom(_MAX_PACKET)
            except OSError as error:
                # On Windows: an earlier packet reached nobody.
                log.debug("OSC: %s", error)
                packet = b""
            if self._closing:
                return
            if packet:
                self._packet(packet, sender)

    def _packet(self, packet: bytes, sender: tuple[str, int]) -> None:
        try:
            for timed in osc_packet.OscPacket(packet).messages:
                self._receive(timed.message.address, list(timed.message.params), sender)
        except _INVALID as error:
            self._reply_error(str(error) or "not an OSC packet", sender)
        except Exception:  # nothing that is sent to us may end this thread
            log.exception("OSC from %s", sender)
            self._reply_error("that packet could not be read", sender)

    def _receive(self, path: str, values: list[Any], sender: tuple[str, int]) -> None:
        if path in (f"{osc.ROOT}/subscribe", f"{osc.ROOT}/unsubscribe"):
            port = osc.Argument("port", int).read(values[0]) if values else sender[1]
            if not isinstance(port, int) or not 0 < port <= MAX_UDP_PORT:
                raise ValueError(f"port cannot be {port}")
            others = tuple(subscriber for subscriber in self._subscribers if subscriber != (sender[0], port))
            added = ((sender[0], port),) if path.endswith("/subscribe") else ()
            self._subscribers = (*others, *added)[-_MAX_SUBSCRIBERS:]
            return
        address = osc.address_of(path)
        if address is None:
            raise ValueError(f"no address {path}")
        command = address.command(values)
        if command is not None:
            self._on_command(command)

    def _reply_error(self, text: str, sender: tuple[str, int]) -> None:
        log.info("OSC from %s: %s", sender, text)
        self._send(osc.encode_error(text), sender)
