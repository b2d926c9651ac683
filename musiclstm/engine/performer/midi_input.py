"""MIDI input: what arrives from the person's instruments, and the keys of the window's keyboard."""

from __future__ import annotations

from musiclstm.engine.performer.actions import Actions
from musiclstm.engine.performer.keyboard import Keyboard
from musiclstm.engine.performer.loopback import LoopbackFilter
from musiclstm.engine.performer.state import PerformerState
from musiclstm.engine.performer.telemetry import TelemetryBuffer
from musiclstm.engine.performer.transport import Transport
from musiclstm.music import midi_message
from musiclstm.protocol.telemetry import Notice, Traffic


class MidiInput:
    """Sorts messages: our own, mapped ones, keys, and others."""

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

    def receive(self, message: bytes) -> None:
        """A whole message arrived just now. System messages are ignored."""
        state = self._state
        if not midi_message.has_channel(message):
            return
        kind, channel = midi_message.kind(message), midi_message.channel(message)
        down = len(message) > 1 and (channel, message[1]) in state.person.keys
        if self._loopback.is_own(message, state.position.now, key_is_down=down):
            if not self._warned:
                self._warned = True
                state.emit(Notice("The MIDI output is connected to the MIDI input. Its own messages are ignored."))
            return
        self._transport.follow_clock()
        note = midi_message.is_note(message)
        if (note or kind == midi_message.CONTROL_CHANGE) and self._actions.receive(message):
            return
        if note and len(message) == 3:
            self.key(channel, message[1], message[2] if kind == midi_message.NOTE_ON else 0)
        else:
            self._keyboard.other(message, state.position.heard())
        state.emit(Traffic(message.hex(" ")))

    def key(self, channel: int, pitch: int, velocity: int) -> None:
        """A key went down just now, or with velocity 0 came up."""
        position = self._state.position
        with self._buffer.deferred():
            if velocity:
                self._keyboard.down(channel, pitch, velocity, position.heard(), position.now)
            else:
                self._keyboard.up(channel, pitch, position.heard(), position.now)
