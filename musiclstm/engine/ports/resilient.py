"""Ports that come back: lost, they are null; found again by name, they go on."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from musiclstm.engine.ports.base import InputPort, NullPort, OutputPort, Report
from musiclstm.errors import PortError

log = logging.getLogger(__name__)

WATCH = 0.5
"""Seconds between two looks whether it is still there, or there again."""

PortT = TypeVar("PortT", InputPort, OutputPort)


class _Watched(ABC, Generic[PortT]):
    """Looks after one port in a thread of its own."""

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
    def _returned(self, port: PortT) -> None:
        """It is there again; called before it is used."""

    def _run(self) -> None:
        while not self._closed.wait(self._watch):
            port = self._port
            if port is not None and not port.alive:
                self._lose(port)
            elif port is None:
                self._find()

    def _lose(self, port: PortT) -> None:
        with self._lock:
            self._port = None
        port.close()
        self._say(f"{self.name} went away; it is taken back when it returns", alive=False)

    def _find(self) -> None:
        try:
            port = self._reopen()
        except PortError:
            return
        self._returned(port)
        with self._lock:
            self._port = port
        self._say(f"{self.name} is back", alive=True)

    def _say(self, text: str, *, alive: bool) -> None:
        log.info("%s", text)
        if self._report is not None:
            self._report(text, alive)


class ResilientPort(_Watched[OutputPort]):
    """An `OutputPort` around another, which is null while that is gone.

    reopen: opens it again, or raises PortError while it is gone; called from the watching thread, as report is. What
    sounded there when it went is ended when it is back, before anything else is sent. watch: seconds between looks.
    """

    def __init__(
        self,
        port: OutputPort,
        reopen: Callable[[], OutputPort],
        report: Report | None = None,
        watch: float = WATCH,
    ) -> None:
        # What may sound out there: begun, and not ended where it could be heard.
        self._sounding: set[tuple[int, int]] = set()
        self._last: OutputPort = NullPort()
        super().__init__(port, reopen, report, watch)

    @property
    def lead(self) -> float:
        # The same while it is gone, so that nothing shifts.
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
            self._port.send(message, time)
            kind = message[0] & 0xF0
            if kind in (0x80, 0x90):
                key = (message[0] & 0x0F, message[1])
                if kind == 0x90 and message[2] > 0:
                    self._sounding.add(key)
                else:
                    self._sounding.discard(key)

    def _returned(self, port: OutputPort) -> None:
        try:
            for channel in {channel for channel, _ in self._sounding}:
                port.send(bytes((0xB0 | channel, 123, 0)), 0.0)
            for channel, pitch in sorted(self._sounding):
                port.send(bytes((0x80 | channel, pitch, 0)), 0.0)
            self._sounding.clear()
        except PortError as error:
            log.warning("%s", error)


class ResilientInput(_Watched[InputPort]):
    """An `InputPort` around another, silent while that is gone; arguments as of `ResilientPort`."""

    def __init__(
        self,
        port: InputPort,
        reopen: Callable[[], InputPort],
        report: Report | None = None,
        watch: float = WATCH,
    ) -> None:
        super().__init__(port, reopen, report, watch)

    def _returned(self, port: InputPort) -> None:
        pass
