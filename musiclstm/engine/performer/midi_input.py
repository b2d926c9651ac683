"""MIDI input: what arrives from the person's instruments, and the keys of the window's keyboard."""

from __future__ import annotations

from math import inf

from musiclstm.engine.performer.actions import Actions
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.loopback import LoopbackFilter, Verdict
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.telemetry import TelemetryBuffer
from musiclstm.engine.performer.transport import Transport
from musiclstm.music import midi_message
from musiclstm.protocol.telemetry import Notice, Traffic

_LATE = 0.01
"""Seconds that a doubtful message, and what arrives after it, waits for a probe that may be late."""


class MidiInput:
    """Sorts messages: our own, channel mode, mapped ones, keys, and others."""

    def __init__(
        self,
        state: PerformerState,
        buffer: TelemetryBuffer,
        loopback: LoopbackFilter,
        *,
        transport: Transport,
        keyboard: Keyboard,
        actions: Actions,
    ) -> None:
        self._state = state
        self._buffer = buffer
        self._loopback = loopback
        self._transport = transport
        self._keyboard = keyboard
        self._actions = actions
        self._warned = False
        # What arrived since a doubtful message did: (message, seconds, whether it is doubtful).
        self._waiting: list[tuple[bytes, float, bool]] = []

    def receive(self, message: bytes) -> None:
        """A message arrived just now. System messages, and what is no whole message, are ignored."""
        if not midi_message.has_channel(message) or not midi_message.is_whole(message):
            return
        now = self._state.position.now
        verdict = self._loopback.judge(message, now, key_is_down=self._key_is_down(message))
        if self._loopback.proven:
            self._warn()
            self._play_waiting()
        if verdict is Verdict.OURS:
            return
        if self._waiting or verdict is Verdict.DOUBTFUL:
            self._waiting.append((message, now, verdict is Verdict.DOUBTFUL))
        else:
            # First, so that it comes back before what this message sends.
            self._probe()
            self._play(message)

    def tick(self) -> float:
        """Does what is due. Returns the time at which to call again."""
        now = self._state.position.now
        self._probe()
        if not self._waiting:
            return inf
        until = self._waiting[0][1] + self._loopback.wait + _LATE
        if now < until:
            return until
        self._loopback.no_loop(now)
        self._play_waiting()
        return inf

    def _probe(self) -> None:
        scheduler = self._state.scheduler
        sounding = {each[:3] for each in scheduler.sounding()} if self._loopback.wants_probe else set()
        probe = self._loopback.probe(self._state.position.now, lambda *note: note not in sounding)
        if probe is not None:
            scheduler.send_now(probe.message, port=probe.port)

    def forget(self) -> None:
        """The input is gone: nothing more is played of what arrived."""
        self._waiting.clear()

    def _key_is_down(self, message: bytes) -> bool:
        if not midi_message.is_note(message):
            return False
        keys = self._state.person.keys.values()
        return any(message[1] in (key.pitch, key.destination and key.destination.pitch) for key in keys)

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            self._state.emit(Notice("The MIDI output is connected to the MIDI input. Its own messages are ignored."))

    def _play_waiting(self) -> None:
        """Plays what waited, without what was doubtful if there is a loop, and what the person has let go since."""
        waiting, self._waiting = self._waiting, []
        for message, time, doubtful in waiting:
            if time > self._keyboard.released and not (doubtful and self._loopback.proven):
                self._play(message)

    def _play(self, message: bytes) -> None:
        """Does what a message from the person says."""
        state = self._state
        self._transport.follow_clock()
        kind, channel = midi_message.kind(message), midi_message.channel(message)
        if midi_message.is_channel_mode(message):
            self._keyboard.channel_mode(message, state.position.heard(), state.position.now)
        elif (midi_message.is_note(message) or kind == midi_message.CONTROL_CHANGE) and self._actions.receive(message):
            self._let_go(message)
            return
        elif midi_message.is_note(message):
            self.key(channel, message[1], message[2] if kind == midi_message.NOTE_ON else 0)
        else:
            self._keyboard.other(message, state.position.heard())
        state.emit(Traffic(message.hex(" ")))

    def _let_go(self, message: bytes) -> None:
        """What this key, pedal or wheel did before it was mapped comes to an end: nothing else would end it."""
        rest = midi_message.at_rest(message)
        if midi_message.is_note(message):
            self.key(midi_message.channel(message), message[1], 0)
        elif rest in self._state.person.controllers:
            self._keyboard.other(rest, self._state.position.heard())

    def key(self, channel: int, pitch: int, velocity: int) -> None:
        """A key went down just now, or with velocity 0 came up."""
        position = self._state.position
        with self._buffer.deferred():
            if velocity:
                self._keyboard.down(channel, pitch, velocity, position.heard(), position.now)
            else:
                self._keyboard.up(channel, pitch, position.heard(), position.now)
