"""Standby in JACK, by JACK-Client: a client that takes no part in the graph until it is needed.

An inactive client costs nothing and can still ask who is connected with whom. So the guard also knows the listeners
of the engine's virtual port, ends their notes, and connects them again with the port of the next engine.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from typing import Any

from musiclstm.engine.ports.base import CLIENT
from musiclstm.errors import PortError

log = logging.getLogger(__name__)

_PATIENCE = 1.0  # seconds for the messages to be written
VIRTUAL = "virtual"


class JackStandby:
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
            raise PortError("No JACK server runs") from error
        self.alive = True
        self._peers: tuple[str, ...] = ()
        self._client.set_shutdown_callback(self._shut_down)

    def knows(self, name: str) -> bool:
        """It is a port that can be sent to (the virtual port counts when somebody listens to it)."""
        return bool(self._peers) if name == VIRTUAL else name in self._names()

    def refresh_virtual(self) -> None:
        """Remember who listens to the engine's virtual port; a new one without listeners gets those of the last."""
        with _translated():
            ours = self._client.get_ports(f"^{CLIENT}(-[0-9]+)?:out", is_midi=True, is_output=True)
            peers = tuple(peer.name for port in ours for peer in self._client.get_all_connections(port))
            if peers or not ours:
                self._peers = peers or self._peers
                return
            for peer in set(self._peers) & set(self._names()):
                log.info("connecting %s with %s again", ours[0].name, peer)
                self._client.connect(ours[0].name, peer)

    def end(self, name: str, messages: list[bytes]) -> None:
        """Send at the beginning of the next period; blocks until it is over. Raises PortError."""
        targets = [peer for peer in self._peers if peer in self._names()] if name == VIRTUAL else [name]
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
                # A connection made now holds from the next period on.
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
                if not written.wait(_PATIENCE):
                    raise PortError(f"{name} does not take the ends of its notes")
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
    """Whatever JACK-Client raises, as a PortError."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, PortError):
            raise PortError(f"JACK: {error}") from error
