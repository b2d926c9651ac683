"""Sync: which clock gives the beat, and whether MIDI clock is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musiclstm.engine.clock.base import InternalClock
from musiclstm.engine.clock.midi import MidiClockFollower
from musiclstm.engine.clock.person import PersonClock
from musiclstm.engine.clock.switch import SwitchClock
from musiclstm.engine.live.connections import Connections
from musiclstm.engine.scheduler.midi_clock import MidiClockSender
from musiclstm.engine.scheduler.scheduler import Scheduler
from musiclstm.errors import UsageError
from musiclstm.protocol.commands import SetSync
from musiclstm.protocol.modes import SYNC_SOURCES

if TYPE_CHECKING:
    from musiclstm.engine.clock.link import LinkClock


class Sync:
    """Owned by the engine's thread, except `feed`; the only one that switches the clock."""

    def __init__(self, clock: SwitchClock, scheduler: Scheduler, connections: Connections) -> None:
        self.setting = SetSync("internal")
        self._clock = clock
        self._scheduler = scheduler
        self._connections = connections
        self._follower: MidiClockFollower | None = None
        self._link: LinkClock | None = None
        self._bar = 4.0
        self._sender: MidiClockSender | None = None

    @staticmethod
    def check(setting: SetSync) -> None:
        """Raises UsageError for a bad setting."""
        if setting.source not in SYNC_SOURCES:
            raise UsageError(f"No sync source named {setting.source!r}. Available: {', '.join(SYNC_SOURCES)}.")
        if setting.source == "midi" and not setting.port:
            raise UsageError("To follow MIDI clock, first choose the input where the clock arrives.")

    def set(self, setting: SetSync) -> None:
        """Follow another clock, or send MIDI clock. setting: as `check` wants it.

        Raises EngineError for a Link session that cannot be opened; then nothing changes.
        """
        if setting.source != self.setting.source:
            leader = self._new_leader(setting.source)
            self._follower = leader if isinstance(leader, MidiClockFollower) else None
            self._link = None if isinstance(leader, (MidiClockFollower, InternalClock)) else leader
            self._clock.switch(leader)
        self._connections.open_clock(setting.port if setting.source == "midi" else None)
        if setting.send != (self._sender is not None):
            self._stop_sending()
            if setting.send:
                self._sender = MidiClockSender(self._scheduler, self._clock, (0,))
        self.setting = setting

    def set_bar(self, beats: float) -> None:
        """The music's bar has so many quarter notes; so has Link's, and that of a leader which is joined."""
        if beats != self._bar:
            self._bar = beats
            if self._link is not None:
                self._link.set_quantum(beats)
            if self._follower is not None:
                self._follower.set_quantum(beats)

    def leader(self) -> tuple[float, float] | None:
        """(seconds, beat) of the leader whose MIDI clock is followed, for `expect`; None where that is not known."""
        return None if self._follower is None else self._follower.leader()

    def expect(self, leader: tuple[float, float] | None) -> None:
        """The engine before this one followed a leader that was there."""
        if self._follower is not None:
            self._follower.expect(leader)

    def _new_leader(self, source: str) -> InternalClock | MidiClockFollower | LinkClock:
        tempo = self._clock.timeline.tempo
        if source == "midi":
            return MidiClockFollower(tempo, quantum=self._bar)
        if source == "link":
            from musiclstm.engine.clock.link import LinkClock

            return LinkClock(tempo, self._bar)
        if source == "person":
            return PersonClock(tempo)
        return InternalClock(tempo)

    def feed(self, message: bytes, time: float) -> None:
        """Receive what arrived at the clock's port; from that port's own thread."""
        follower = self._follower
        if follower is not None:
            follower.feed(message, time)

    def send_again(self) -> None:
        """The output is another one, or has been found again: whoever follows our clock there missed its start."""
        if self._sender is not None:
            self._sender.send_again()

    def close(self) -> None:
        self._stop_sending()
        self._clock.close()

    def _stop_sending(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.close()
