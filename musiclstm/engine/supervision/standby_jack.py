"""Standby connections in JACK, by JACK-Client: a client that stays inactive until it is needed.

An inactive client costs nothing and can still ask for the connections of others. So the guard also knows the listeners
of the engine's virtual outputs, ends their notes, and connects them with the outputs of the next engine; and what plays
to its virtual inputs.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from musiclstm.engine.ports.base import CLIENT
from musiclstm.engine.ports.jack_ports import own_port
from musiclstm.engine.supervision.standby_rtmidi import RETRY
from musiclstm.errors import PortError

log = logging.getLogger(__name__)

_TIMEOUT = 1.0  # seconds for the messages to be written


class JackStandby:
    """A `standby.System`: JACK, whenever its server runs. Connections are made for each `send`."""

    def __init__(self) -> None:
        self._client: _Client | None = None
        self._failed = -RETRY

    def refresh(self, names: dict[int, str]) -> None:
        if self._client is not None and not self._client.alive:
            self._client.close()
            self._client = None
        if self._client is None and names and time.monotonic() - self._failed > RETRY:
            self._failed = time.monotonic()
            self._client = _Client()
        for place, name in names.items():
            if self._client is not None and (own := own_port(name)):
                self._client.refresh_virtual(place, own)

    def send(self, name: str, messages: list[bytes]) -> bool:
        if self._client is None or not self._client.alive:
            self._client = _Client()
        if not self._client.has_target(name):
            return False
        self._client.send(name, messages)
        return True

    def disconnect(self) -> None:
        pass


class _Client:
    """Not thread-safe. Raises PortError where JACK-Client, JACK or its server is missing."""

    def __init__(self) -> None:
        try:
            import jack

            jack.set_error_function(lambda message: log.debug("JACK: %s", message))
            jack.set_info_function(lambda message: log.debug("JACK: %s", message))
            self._client: Any = jack.Client(f"{CLIENT}-guard", no_start_server=True)
        except (ImportError, OSError) as error:
            raise PortError("JACK, or the Python package JACK-Client, is not installed") from error
        except Exception as error:  # jack.JackOpenError, which has no name where the import failed
            raise PortError("No JACK server is running") from error
        self.alive = True
        # What is connected to the engine's ports, by their places in the ledger: another engine may number them anew.
        self._peers: dict[int, tuple[str, ...]] = {}
        self._places: dict[str, int] = {}
        self._gone: set[int] = set()  # those that ended with their engine
        self._client.set_shutdown_callback(self._shut_down)

    def has_target(self, name: str) -> bool:
        """Whether this port can be sent to; the virtual port can if something listens to it."""
        return bool(self._listeners(own)) if (own := own_port(name)) else name in self._names()

    def _listeners(self, own: str) -> list[str]:
        peers = self._peers.get(self._places.get(own, -1), ())
        return [peer for peer in peers if peer in self._names()]

    def refresh_virtual(self, place: int, own: str) -> None:
        """Remember what is connected to a virtual port of the engine, and connect it with the next engine's."""
        self._places[own] = place
        with _translated():
            found = self._client.get_ports(f"^{re.escape(own)}$", is_midi=True)
            if found:
                self._look(place, found[0])
            elif place in self._peers:
                self._gone.add(place)

    def _look(self, place: int, port: Any) -> None:
        peers = tuple(peer.name for peer in self._client.get_all_connections(port))
        if place in self._gone and not peers:
            there = {each.name for each in self._client.get_ports(is_midi=True)}
            peers = tuple(peer for peer in self._peers[place] if peer in there)
            for peer in peers:
                log.info("reconnecting %s with %s", port.name, peer)
                self._client.connect(*((peer, port) if port.is_input else (port, peer)))
        self._peers[place] = peers
        self._gone.discard(place)

    def send(self, name: str, messages: list[bytes]) -> None:
        """Send at the beginning of the next period; blocks until that is over. Raises PortError."""
        targets = [name]
        if own := own_port(name):
            targets = self._listeners(own)
            self._gone.update(self._peers)
        waiting = deque(messages)
        connected, written = threading.Event(), threading.Event()
        periods = 0
        with _translated():
            port = self._client.midi_outports.register("out")

            def process(_frames: int) -> None:
                nonlocal periods
                port.clear_buffer()
                periods += connected.is_set()
                if not waiting:
                    written.set()  # what was written in the period before has been read
                # A connection made now takes effect in the next period.
                with suppress(Exception):  # the buffer is full: the rest in the next period
                    while waiting and periods > 2:
                        port.write_midi_event(0, waiting[0])
                        waiting.popleft()

            self._client.set_process_callback(process)
            try:
                self._client.activate()
                for target in targets:
                    self._client.connect(port, target)
                connected.set()
                if not written.wait(_TIMEOUT):
                    raise PortError(f"{name} does not accept its note-offs")
            finally:
                self._client.deactivate()
                port.unregister()

    def close(self) -> None:
        self.alive = False
        with suppress(Exception):  # its server may be gone
            self._client.close()

    def _names(self) -> list[str]:
        with _translated():
            return [port.name for port in self._client.get_ports(is_midi=True, is_input=True)]

    def _shut_down(self, _status: object, reason: str) -> None:
        log.info("JACK: %s", reason)
        self.alive = False


class _translated:  # noqa: N801 - a context
    """Raises whatever JACK-Client raises as a PortError."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, PortError):
            raise PortError(f"JACK: {error}") from error
