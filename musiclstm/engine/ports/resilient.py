"""Ports that reconnect automatically: while lost they are null, and they are found again by name."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic

from musiclstm.engine.ports.base import InputPort, NullPort, OutputPort, PortT, Report
from musiclstm.errors import PortError
from musiclstm.music import midi_message

log = logging.getLogger(__name__)

WATCH = 0.5
"""Seconds between two checks whether the port exists."""


class _Watched(ABC, Generic[PortT]):
    """Watches one port in a thread of its own, the only one that replaces `_port` until `close`.

    name: the port's, or that of the last; one that was plugged in again may have another number.
    """

    def __init__(self, port: PortT, reopen: Callable[[], PortT], report: Report | None, watch: float) -> None:
        self.name = port.name
        self._lock = threading.Lock()
        self._port: PortT | None = port
        self._reopen: Callable[[], PortT] = reopen
        self._report = report
        self._watch = watch
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {self.name}", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._port is not None

    def close(self) -> None:
        self._closed.set()
        if self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock:
            port, self._port = self._port, None
        if port is not None:
            port.close()

    @abstractmethod
    def _prepare(self, port: PortT) -> None:
        """Called with a reconnected port before it is used; the lock is held."""

    def _run(self) -> None:
        while not self._closed.wait(self._watch):
            self._look()

    def _look(self) -> None:
        try:
            port = self._port
            if port is not None and not port.alive:
                self._lose(port)
            elif port is None:
                self._reconnect()
        except Exception:
            # Whatever a third party raises: if this thread ended, the port would never come back.
            log.exception("%s", self.name)

    def _lose(self, port: PortT) -> None:
        with self._lock:
            self._port = None
        try:
            port.close()
        finally:  # keys that were held on it must come up in any case
            self._notify(f"{self.name} disconnected; it reconnects automatically.", alive=False)

    def _reconnect(self) -> None:
        try:
            port = self._reopen()
        except PortError:
            return
        with self._lock:
            self._prepare(port)
            self._port, self.name = port, port.name
        self._notify(f"{self.name} reconnected.", alive=True)

    def _notify(self, text: str, *, alive: bool) -> None:
        log.info("%s", text)
        if self._report is not None:
            self._report(text, alive)


class ResilientPort(_Watched[OutputPort]):
    """An `OutputPort` around another, which is null while that is gone.

    reopen: opens it again, or raises PortError while it is gone; called from the watching thread, as report is. Notes
    that sounded when it was lost end when it reconnects, and pedals and wheels come to rest, before anything else is
    sent; so they do when it is closed. watch: seconds between checks.
    """

    def __init__(
        self,
        port: OutputPort,
        reopen: Callable[[], OutputPort],
        report: Report | None = None,
        watch: float = WATCH,
    ) -> None:
        # What is not at rest at the receiver: keys as (channel, pitch); pedals and wheels as the messages that bring
        # them to rest. Guarded by the lock.
        self._sounding: set[tuple[int, int]] = set()
        self._moved: set[bytes] = set()
        self._last: OutputPort = NullPort()
        super().__init__(port, reopen, report, watch)

    @property
    def lead(self) -> float:
        # Unchanged while it is gone, so that nothing shifts.
        port = self._port
        if port is not None:
            self._last = port
        return self._last.lead

    @property
    def lossy(self) -> bool:
        return True

    def send(self, message: bytes, time: float) -> None:
        with self._lock:
            if self._port is None:
                return
            try:
                self._port.send(message, time)
            except PortError:
                raise
            except Exception as error:  # of a driver whose device vanishes just now
                raise PortError(f"{self.name} does not accept a message: {error}") from error
            if midi_message.is_note(message):
                key = (midi_message.channel(message), message[1])
                if midi_message.is_note_on(message):
                    self._sounding.add(key)
                else:
                    self._sounding.discard(key)
            elif (rest := midi_message.at_rest(message)) is not None:
                (self._moved.discard if message == rest else self._moved.add)(rest)

    def close(self) -> None:
        with self._lock:
            if self._port is not None:
                self._prepare(self._port)
        super().close()

    def _prepare(self, port: OutputPort) -> None:
        try:
            for rest in sorted(self._moved):
                port.send(rest, 0.0)
            for channel in {channel for channel, _ in self._sounding}:
                port.send(midi_message.control_change(channel, midi_message.ALL_NOTES_OFF, 0), 0.0)
            for channel, pitch in sorted(self._sounding):
                port.send(midi_message.note_off(channel, pitch), 0.0)
            self._sounding.clear()
            self._moved.clear()
        except Exception:  # it vanishes just now
            log.exception("%s", self.name)


class ResilientInput(_Watched[InputPort]):
    """An `InputPort` around another, silent while that is gone; arguments as in `ResilientPort`."""

    def __init__(
        self,
        port: InputPort,
        reopen: Callable[[], InputPort],
        report: Report | None = None,
        watch: float = WATCH,
    ) -> None:
        super().__init__(port, reopen, report, watch)

    def _prepare(self, port: InputPort) -> None:
        pass
