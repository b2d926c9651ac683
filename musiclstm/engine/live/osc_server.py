"""The OSC server: receives commands, and sends telemetry to its subscribers; `osc` has the addresses.

Listens on the loopback interface alone: anyone who can reach it can play.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from pythonosc import osc_packet

from musiclstm.engine.live import osc
from musiclstm.engine.live.outbox import Outbox
from musiclstm.errors import EngineError
from musiclstm.protocol.commands import Command
from musiclstm.protocol.limits import MAX_UDP_PORT
from musiclstm.protocol.telemetry import Telemetry

log = logging.getLogger(__name__)

_MAX_PACKET = 65_507  # bytes of payload in a UDP datagram
_MAX_SUBSCRIBERS = 8


class OscServer:
    """Listens on a UDP port of the loopback interface; two threads between `start` and `close`.

    on_command is called from the listening thread; it returns False for what is not carried out. Raises EngineError if
    the port is in use. `port` 0 takes any free one, which the attribute `port` names. subscribers: addresses that get
    telemetry, those given to begin with; on_subscribed is called from the listening thread when they have changed.
    """

    def __init__(
        self,
        port: int,
        on_command: Callable[[Command], object],
        subscribers: tuple[tuple[str, int], ...] = (),
        on_subscribed: Callable[[], object] = lambda: None,
    ) -> None:
        self._on_command = on_command
        self._on_subscribed = on_subscribed
        self.subscribers = subscribers
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
        if self.subscribers:
            self._outbox.put(message)

    def _deliver(self, message: Telemetry) -> None:
        try:
            packet = osc.encode(message)
        except Exception:  # python-osc raises what it meets; the subscribers are still there
            log.exception("%s is not sent", type(message).__name__)
            return
        if len(packet) <= _MAX_PACKET:
            for subscriber in self.subscribers:
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
        """All of a bundle is carried out, at once; or none of it, if there is something wrong in it."""
        try:
            _check_sizes(packet)
            messages = [timed.message for timed in osc_packet.OscPacket(packet).messages]
        except Exception:  # python-osc raises what it meets
            log.debug("OSC from %s", sender, exc_info=True)
            self._reply_error("That is not an OSC packet.", sender)
            return
        try:
            calls = [self._call(message.address, list(message.params), sender) for message in messages]
        except (ValueError, TypeError, OverflowError) as error:
            self._reply_error(str(error), sender)
            return
        except Exception:  # nothing that is sent to us may end this thread
            log.exception("OSC from %s", sender)
            self._reply_error("That packet could not be read.", sender)
            return
        if False in [call() for call in calls]:
            self._reply_error(
                "More commands wait than can be carried out; this one is not. Send fewer of them.", sender
            )

    def _call(self, path: str, values: list[Any], sender: tuple[str, int]) -> Callable[[], object]:
        """What a message asks for. Raises ValueError."""
        if path in (f"{osc.ROOT}/subscribe", f"{osc.ROOT}/unsubscribe"):
            port = values[0] if values else sender[1]
            if not isinstance(port, (int, float)) or port not in range(1, MAX_UDP_PORT + 1):
                raise ValueError(f"{path} takes port (i), 1 to {MAX_UDP_PORT}, not {port!r}")
            return partial(self._subscribe, (sender[0], int(port)), on=path.endswith("/subscribe"))
        address = osc.address_of(path)
        if address is None:
            raise ValueError(f"There is no address {path}.")
        command = address.command(values)
        return (lambda: None) if command is None else partial(self._on_command, command)

    def _subscribe(self, subscriber: tuple[str, int], *, on: bool) -> None:
        others = tuple(other for other in self.subscribers if other != subscriber)
        self.subscribers = (*others, subscriber)[-_MAX_SUBSCRIBERS:] if on else others
        self._on_subscribed()

    def _reply_error(self, text: str, sender: tuple[str, int]) -> None:
        log.info("OSC from %s: %s", sender, text)
        self._send(osc.encode_error(text), sender)


def _check_sizes(packet: bytes) -> None:
    """Raises ValueError for a bundle with an element of a size below 0, which python-osc would read for ever."""
    if not packet.startswith(b"#bundle\0"):
        return
    index = 16
    while index < len(packet):
        begin = index + 4
        size = int.from_bytes(packet[index:begin], "big", signed=True)
        if size < 0:
            raise ValueError("an element of the bundle has a size below 0")
        _check_sizes(packet[begin : begin + size])
        index = begin + size
