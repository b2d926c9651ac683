"""DispatchThread: sends what is due, and sleeps until the next deadline."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from musiclstm.engine.clock.base import Clock
from musiclstm.engine.scheduler.entry import Sent
from musiclstm.engine.scheduler.queues import Queues
from musiclstm.engine.system.priority import GarbageCollector, raise_priority

log = logging.getLogger(__name__)

_SPIN = 0.0002
"""Seconds before a deadline that are spent in a busy loop."""

_FINE = 0.0015
"""Seconds before a deadline from which on the thread only sleeps, and no longer waits for changes."""


class DispatchThread:
    """changed: the scheduler's lock, notified of whatever may bring the next deadline nearer.

    emit: called without the lock, with what was sent. waiting: whether something else waits for `emit`.
    """

    def __init__(
        self,
        clock: Clock,
        queues: Queues,
        changed: threading.Condition,
        *,
        emit: Callable[[list[Sent]], None],
        waiting: Callable[[], bool],
    ) -> None:
        self._clock = clock
        self._queues = queues
        self._changed = changed
        self._emit = emit
        self._waiting = waiting
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the thread, and wait until it has ended, unless it is the calling one. Idempotent."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        raise_priority()
        collector = GarbageCollector()
        while not self._ended:
            self._dispatch_until_error(collector)

    def _dispatch_until_error(self, collector: GarbageCollector) -> None:
        try:
            while not self._ended:
                self._dispatch_or_wait(collector)
        except Exception:
            # An error in a callback must not silence the instrument; it is in the log.
            log.exception("error in the dispatch thread")
            time.sleep(0.01)

    def _dispatch_or_wait(self, collector: GarbageCollector) -> None:
        """Send what is due, or else wait: for changes until shortly before the next deadline, then only for that."""
        with self._changed:
            sent = self._queues.dispatch()
            wait = self._queues.next() - self._clock.now()
        if sent or self._waiting():
            self._emit(sent)
        elif wait > _FINE:
            collector.pause(wait)
            with self._changed:
                following = min(self._queues.next(), self._queues.repeat_note_offs())
                wait = following - self._clock.now() - _FINE
                if wait > 0 and not self._ended:
                    self._changed.wait(min(wait, threading.TIMEOUT_MAX))
        else:
            # Sleep until just before it, because a sleeper wakes a tenth of a millisecond late.
            until = self._clock.now() + wait
            if wait > _SPIN:
                time.sleep(wait - _SPIN)
            while self._clock.now() < until:
                pass
