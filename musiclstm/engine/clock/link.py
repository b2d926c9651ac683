"""Ableton Link, by the optional package aalink."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from contextlib import suppress
from typing import Any

from musiclstm.engine.clock.base import BaseClock, Change
from musiclstm.errors import EngineError, UsageError
from musiclstm.music.timeline import Timeline

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds that opening a session may take, and leaving it; both take milliseconds where they work."""

_POLL_INTERVAL = 0.02
"""Seconds between two polls of the session."""

_DRIFT = 0.0002
"""Seconds by which the session's beat may differ from ours before the timeline is replaced."""


class LinkClock(BaseClock):
    """A `Clock` in a Link session: tempo and beat are shared with the peers, and `set_tempo` sets it for all.

    `start(beat)` waits until the session is at that position in the bar. Start and stop are shared with the peers that
    share them.

    quantum: quarter notes in a bar. Raises UsageError if aalink is missing, EngineError if no session can be opened.
    """

    def __init__(self, tempo: float = 120.0, quantum: float = 4.0) -> None:
        super().__init__(tempo, time.perf_counter)
        try:
            import aalink
        except ImportError as error:
            raise UsageError("Link needs the package aalink: pip install 'musiclstm[link]'.") from error
        self._aalink: Any = aalink
        self._quantum = quantum
        self._shift = 0.0  # our beat minus the session's
        self._peers = 0
        self._playing = False
        self._link: Any = None
        self._problem = "it does not answer"
        self._open = False
        self._tried = threading.Event()
        self._closed = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._thread.start()
        self._tried.wait(_PATIENCE)
        if not self._open:
            self._closed.set()  # should it open after all, it is left at once
            raise EngineError(
                f"Ableton Link could not be opened ({self._problem}). Check the network, then choose Link again."
            )

    @property
    def peers(self) -> int:
        return self._peers

    @property
    def locked(self) -> bool:
        return self._thread.is_alive()

    def set_quantum(self, quantum: float) -> None:
        """The bar has so many quarter notes from now on; the beats move to where the session is in such a bar."""
        if not (math.isfinite(quantum) and quantum > 0):
            raise ValueError(f"a bar must have more than 0 beats, not {quantum}")
        if quantum != self._quantum:
            self._quantum = quantum
            self._in_session(self._move_to_bar)

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        self._start(beat, lead)
        self._in_session(lambda: setattr(self._link, "playing", True))

    def stop(self) -> None:
        self._stop()
        self._in_session(lambda: setattr(self._link, "playing", False))

    def leave(self) -> None:
        self._stop()

    def set_tempo(self, tempo: float) -> None:
        if not tempo > 0:
            raise ValueError(f"tempo must be above 0, not {tempo}")
        self._in_session(lambda: setattr(self._link, "tempo", tempo))

    def close(self) -> None:
        """Leave the session."""
        self._closed.set()
        self._thread.join(_PATIENCE)

    def _start(self, beat: float, lead: float = 0.0) -> None:
        with self._lock:
            session = self._timeline.beat_at(self.now() + lead) - self._shift
            # The next time that the session is at the same position in the bar as `beat`.
            join = beat + math.ceil((session - beat) / self._quantum - 1e-9) * self._quantum
            moment = self._timeline.time_at(join + self._shift)
            self._shift = beat - join
            self._timeline = Timeline(self._timeline.tempo, beat, moment)
            self._running = True
        self._emit(Change.START, moment, beat)

    def _stop(self) -> None:
        with self._lock:
            if not self._running:
                return
            self._running = False
            moment = self.now()
        self._emit(Change.STOP, moment, self._timeline.beat_at(moment))

    def _in_session(self, change: Any) -> None:
        if not self._closed.is_set():
            with suppress(RuntimeError):  # the session has failed
                self._loop.call_soon_threadsafe(change)

    # ---- in the session's own thread -------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._session())
        except Exception as error:
            self._problem = str(error) or type(error).__name__
            log.exception("Link failed")
        finally:
            self._loop.close()
            self._tried.set()

    async def _session(self) -> None:
        self._link = self._aalink.Link(self._timeline.tempo)
        self._link.quantum = self._quantum
        self._link.start_stop_sync_enabled = True
        self._link.enabled = True
        self._poll()
        self._open = True
        self._tried.set()
        while not self._closed.is_set():
            await asyncio.sleep(_POLL_INTERVAL)
            self._poll()
        self._link.enabled = False

    def _poll(self) -> None:
        link = self._link
        before = self.now()
        session, tempo = link.beat, link.tempo
        after = self.now()
        self._peers = link.num_peers
        if after - before < _DRIFT:  # otherwise another thread ran in between, and the values do not match
            self._follow(session, tempo, (before + after) / 2)
        if link.playing != self._playing:
            self._playing = link.playing
            if self._playing and not self._running:
                self._start(0.0)
            elif not self._playing:
                self._stop()

    def _move_to_bar(self) -> None:
        self._link.quantum = quantum = self._quantum
        moment = self.now()
        session = self._link.beat
        with self._lock:
            beat = self._timeline.beat_at(moment)
            beat += math.remainder(session - beat, quantum)
            self._shift = beat - session
            self._timeline = Timeline(self._timeline.tempo, beat, moment)
        self._emit(Change.TEMPO, moment, beat)

    def _follow(self, session: float, tempo: float, moment: float) -> None:
        if not (math.isfinite(session) and math.isfinite(tempo) and tempo > 0):
            return
        with self._lock:
            off = (self._timeline.beat_at(moment) - session - self._shift) * 60 / tempo
            if tempo == self._timeline.tempo and abs(off) < _DRIFT:
                return
            self._timeline = Timeline(tempo, session + self._shift, moment)
        self._emit(Change.TEMPO, moment, session + self._shift)
