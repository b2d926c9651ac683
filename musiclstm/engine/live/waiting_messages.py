"""WaitingMessages: MIDI that arrives faster than it can be played, as of a controller that floods.

Only in a flood is a value left out, since a knob may be a button too, which goes down and up within one period.
"""

from __future__ import annotations

from collections.abc import Callable

from musiclstm.engine.live.waiting import Key, Waiting
from musiclstm.music import midi_message

_FLOOD = 64
"""Messages that wait before one takes the place of another: the work of some milliseconds."""

_BANK = (0, 32)

Message = tuple[bytes, float]
"""A whole message of a channel, and when it arrived."""


class WaitingMessages(Waiting[Message]):
    """Arguments as of `Waiting`."""

    def __init__(self, call_later: Callable[[Callable[[], None]], None], carry_out: Callable[[Message], None]) -> None:
        super().__init__(call_later, carry_out, sets=_sets, ends=_ends, patience=_FLOOD)


def _sets(arrived: Message) -> Key | None:
    message, _ = arrived
    match midi_message.kind(message):
        case midi_message.CONTROL_CHANGE:
            alone = not (
                midi_message.is_channel_mode(message)
                or midi_message.is_pedal(message)
                or midi_message.chooses_parameter(message)
                or midi_message.sets_parameter(message)
                or message[1] in _BANK
            )
            return tuple(message[:2]) if alone else None
        case midi_message.KEY_PRESSURE:
            return tuple(message[:2])
        case midi_message.PITCH_BEND | midi_message.CHANNEL_PRESSURE:
            return tuple(message[:1])
        case _:
            return None


def _ends(arrived: Message) -> Key | None:
    """A note, a pedal, or what sounds on a channel."""
    message, _ = arrived
    if midi_message.is_note_off(message):
        return midi_message.NOTE_OFF, midi_message.channel(message), message[1]
    lifts = midi_message.is_pedal(message) and message[2] < 64
    return tuple(message[:2]) if lifts or midi_message.is_channel_mode(message) else None
