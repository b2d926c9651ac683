"""Ports that reconnect automatically: while lost they are null, and they are found again by name."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Generic

from musiclstm.engine.ports.base import InputPort, NullPort, OutputPort, PortT, Report
from musiclstm.errors import PortError
from musiclstm.music import midi_message

log = logging.getLogger(__name__)

WATCH = 0.5
"""Seconds between two checks whether the port exists."""

AGAIN = (0.03, 0.2)
"""Seconds before what ended the last notes is sent again, and again, when nobody else can repeat it any more."""

_RECENT = 1.0
"""Seconds for which that counts as the last: what ended earlier has been repeated (`scheduler.output_queue`)."""


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

    def _reconnected(self) -> None:
        """Called after that, and after it was reported."""

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
        self._reconnected()

    def _notify(self, text: str, *, alive: bool) -> None:
        log.info("%s", text)
        if self._report is not None:
            self._report(text, alive)


class ResilientPort(_Watched[OutputPort]):
    """An `OutputPort` around another, which is null while that is gone.

    reopen: opens it again, or raises PortError while it is gone; called from the watching thread, as report is. Notes
    that sounded when it was lost end when it reconnects, and pedals and wheels come to rest, before anything else is
    sent; so they do when it is closed. Both are sent several times, as is what ended within the last second before it
    is closed: a message may get lost, as in JACK at an XRUN. watch: seconds between checks.
    """

    def __init__(
        self,
        port: OutputPort,
        reopen: Callable[[], OutputPort],
        report: Report | None = None,
        watch: float = WATCH,
    ) -> None:
        # What is not at rest at the receiver: keys as (channel, pitch); pedals and wheels as the messages that bring
        # them to rest. And what came to rest, as the messages that did it, with their times. Guarded by the lock.
        self._sounding: set[tuple[int, int]] = set()
        self._moved: set[bytes] = set()
        self._rested: dict[bytes, float] = {}
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
            self._keep_in_mind(message)

    def _keep_in_mind(self, message: bytes) -> None:
        """What this message moves or brings to rest."""
        if midi_message.is_note(message):
            key = (midi_message.channel(message), message[1])
            moves, rest = midi_message.is_note_on(message), midi_message.note_off(*key)
            (self._sounding.add if moves else self._sounding.discard)(key)
        elif (found := midi_message.at_rest(message)) is not None:
            moves, rest = message != found, found
            (self._moved.add if moves else self._moved.discard)(rest)
        else:
            return
        self._rested.pop(rest, None)
        if not moves:
            self._rested[rest] = time.perf_counter()

    def close(self) -> None:
        with self._lock:
            if self._port is not None:
                self._bring_to_rest(self._port)
        self._repeat(time.sleep)
        super().close()

    def _prepare(self, port: OutputPort) -> None:
        self._rested.clear()  # before the loss
        self._bring_to_rest(port)

    def _reconnected(self) -> None:
        self._repeat(self._closed.wait)

    def _bring_to_rest(self, port: OutputPort) -> None:
        try:
            rests = sorted(self._moved)
            offs = [midi_message.note_off(channel, pitch) for channel, pitch in sorted(self._sounding)]
            for rest in rests:
                port.send(rest, 0.0)
            for channel in {channel for channel, _ in self._sounding}:
                port.send(midi_message.control_change(channel, midi_message.ALL_NOTES_OFF, 0), 0.0)
            for off in offs:
                port.send(off, 0.0)
            for message in (*rests, *offs):
                self._keep_in_mind(message)
        except Exception:  # it vanishes just now
            log.exception("%s", self.name)

    def _repeat(self, wait: Callable[[float], object]) -> None:
        """Send again what came to rest just now, unless it has been moved since."""
        for pause in AGAIN:
            if not any(self._just_rested()):
                return
            wait(pause)
            with self._lock:
                if self._port is None or not self._port.lossy:
                    return
                try:
                    for message in self._just_rested():
                        self._port.send(message, 0.0)
                except Exception:  # it vanishes just now
                    log.exception("%s", self.name)

    def _just_rested(self) -> Iterator[bytes]:
        since = time.perf_counter() - _RECENT
        return (message for message, when in list(self._rested.items()) if when > since)


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
