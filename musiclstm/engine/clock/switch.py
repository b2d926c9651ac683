"""One clock for the scheduler and the performer, which forwards to the one that leads."""

from __future__ import annotations

import threading

from musiclstm.engine.clock.base import Change, Clock, ClockChange, Subscriber
from musiclstm.music.timeline import Timeline


class SwitchClock:
    """A `Clock` that forwards everything to the leading clock, which can be replaced."""

    def __init__(self, leader: Clock) -> None:
        self._leader = leader
        self._lock = threading.Lock()
        self._subscribers: tuple[Subscriber, ...] = ()
        leader.subscribe(lambda change: self._emit(leader, change))

    @property
    def leader(self) -> Clock:
        return self._leader

    def switch(self, leader: Clock) -> None:
        """Let another clock lead. Both must be stopped; the previous one is closed."""
        old, self._leader = self._leader, leader
        leader.subscribe(lambda change: self._emit(leader, change))
        now = leader.now()
        self._emit(leader, ClockChange(Change.TEMPO, now, leader.timeline.beat_at(now)))
        old.close()

    @property
    def timeline(self) -> Timeline:
        return self._leader.timeline

    @property
    def running(self) -> bool:
        return self._leader.running

    @property
    def locked(self) -> bool:
        return self._leader.locked

    @property
    def leads(self) -> bool:
        return self._leader.leads

    def now(self) -> float:
        return self._leader.now()

    def start(self, beat: float = 0.0, lead: float = 0.0) -> None:
        self._leader.start(beat, lead)

    def count_in(self, begin: float, beat: float, lead: float = 0.0) -> None:
        self._leader.count_in(begin, beat, lead)

    def stop(self) -> None:
        self._leader.stop()

    def leave(self) -> None:
        self._leader.leave()

    def set_tempo(self, tempo: float) -> None:
        self._leader.set_tempo(tempo)

    def heard(self, moment: float, velocity: int) -> None:
        self._leader.heard(moment, velocity)

    def settle(self) -> None:
        self._leader.settle()

    def subscribe(self, subscriber: Subscriber) -> None:
        with self._lock:
            self._subscribers += (subscriber,)

    def close(self) -> None:
        self._leader.close()

    def _emit(self, leader: Clock, change: ClockChange) -> None:
        if leader is self._leader:
            for subscriber in self._subscribers:
                subscriber(change)
