"""MIDI messages as the bytes that go over a cable: a status byte (kind and channel) and one or two data bytes.

Functions of bytes, without a message class: they stand on the path from a key to its sound. A note-on with velocity 0
is a note-off by the standard; `is_note_on` and `is_note_off` respect that, `kind` reads the status alone.
"""

from __future__ import annotations

NOTE_OFF = 0x80
NOTE_ON = 0x90
KEY_PRESSURE = 0xA0
CONTROL_CHANGE = 0xB0
PROGRAM_CHANGE = 0xC0
CHANNEL_PRESSURE = 0xD0
PITCH_BEND = 0xE0
SYSTEM = 0xF0
"""From here on a status byte has no channel: system messages."""

_SYSTEM_EXCLUSIVE, _END_OF_EXCLUSIVE = 0xF0, 0xF7
# Time code, song position, song select, tune request, and real time; the others are undefined.
_SYSTEM_LENGTHS = {0xF1: 2, 0xF2: 3, 0xF3: 2, 0xF6: 1, 0xF8: 1, 0xFA: 1, 0xFB: 1, 0xFC: 1, 0xFE: 1, 0xFF: 1}

# Controllers. Those from `ALL_SOUND_OFF` on are channel mode messages.
VOLUME = 7
SUSTAIN = 64
SOSTENUTO = 66
ALL_SOUND_OFF = 120
RESET_ALL_CONTROLLERS = 121
LOCAL_CONTROL = 122
ALL_NOTES_OFF = 123

# What "Reset All Controllers" resets, by MIDI's Recommended Practice RP-015, and to what: modulation, expression,
# pedals, and the choice of a (non-)registered parameter. Volume, pan, bank and the settings of the sound stay. It does
# not speak of the pedals 68 and 69 (legato, hold 2), which are pedals like the others.
_PEDALS = range(SUSTAIN, 70)
_PARAMETER = range(98, 102)
_PARAMETER_VALUE = (6, 38, 96, 97)
_REST = {1: 0, 11: 127, **dict.fromkeys(_PEDALS, 0), **dict.fromkeys(_PARAMETER, 127)}


# ---- taking apart --------------------------------------------------------------------------------------------------


def kind(message: bytes) -> int:
    """The status byte without its channel: `NOTE_ON`, `CONTROL_CHANGE`, ... Not for system messages."""
    return message[0] & 0xF0


def channel(message: bytes) -> int:
    """0..15. Not for system messages."""
    return message[0] & 0x0F


def has_channel(message: bytes) -> bool:
    """Whether this is a channel message: not empty, not data alone, and not a system message."""
    return bool(message) and NOTE_OFF <= message[0] < SYSTEM


def is_whole(message: bytes) -> bool:
    """Whether this is one complete message: a status byte, and as many data bytes (0..127) as it takes."""
    if not message or message[0] < NOTE_OFF:
        return False
    status = message[0]
    if status == _SYSTEM_EXCLUSIVE:
        return message[-1] == _END_OF_EXCLUSIVE and all(byte < 0x80 for byte in message[1:-1])
    # Channel pressure (Dn) is as long as a program change (Cn).
    channel_length = 2 if status & 0xE0 == PROGRAM_CHANGE else 3
    length = channel_length if status < SYSTEM else _SYSTEM_LENGTHS.get(status)
    return len(message) == length and all(byte < 0x80 for byte in message[1:])


def is_note(message: bytes) -> bool:
    """Whether this is a note-on or a note-off, by its status alone."""
    return message[0] & 0xE0 == NOTE_OFF


def is_note_on(message: bytes) -> bool:
    """Whether a whole message starts a note."""
    return message[0] & 0xF0 == NOTE_ON and message[2] > 0


def is_note_off(message: bytes) -> bool:
    """Whether a whole message ends a note, be it as a note-on with velocity 0."""
    return message[0] & 0xE0 == NOTE_OFF and not is_note_on(message)


def is_control_change(message: bytes, controller: int) -> bool:
    """Whether this is a whole control change of that controller."""
    return len(message) == 3 and message[0] & 0xF0 == CONTROL_CHANGE and message[1] == controller


def is_channel_mode(message: bytes) -> bool:
    """Whether a whole message is a channel mode message (120 to 127), which looks like a control change."""
    return message[0] & 0xF0 == CONTROL_CHANGE and message[1] >= ALL_SOUND_OFF


def is_pedal(message: bytes) -> bool:
    """Whether a whole message is that of a pedal, which holds or softens notes."""
    return message[0] & 0xF0 == CONTROL_CHANGE and message[1] in _PEDALS


def chooses_parameter(message: bytes) -> bool:
    """Whether a whole message is one of those that choose a (non-)registered parameter, RPN or NRPN."""
    return message[0] & 0xF0 == CONTROL_CHANGE and message[1] in _PARAMETER


def sets_parameter(message: bytes) -> bool:
    """Whether a whole message sets the parameter that was chosen: data entry, which is a plain CC where none was."""
    return message[0] & 0xF0 == CONTROL_CHANGE and message[1] in _PARAMETER_VALUE


def at_rest(message: bytes) -> bytes | None:
    """The message with which what this one moves comes to rest: a pedal up, the bend at its centre.

    None for what has no rest: notes, programs, the volume and most other controllers.
    """
    status = message[0]
    match status & 0xF0:
        case 0xB0 if message[1] in _REST:
            return bytes((status, message[1], _REST[message[1]]))
        case 0xA0:
            return bytes((status, message[1], 0))
        case 0xD0:
            return bytes((status, 0))
        case 0xE0:
            return bytes((status, 0, 64))
        case _:
            return None


# ---- putting together ----------------------------------------------------------------------------------------------


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    return bytes((NOTE_ON | channel, pitch, velocity))


def note_off(channel: int, pitch: int, velocity: int = 0) -> bytes:
    return bytes((NOTE_OFF | channel, pitch, velocity))


def control_change(channel: int, controller: int, value: int) -> bytes:
    return bytes((CONTROL_CHANGE | channel, controller, value))


def program_change(channel: int, program: int) -> bytes:
    return bytes((PROGRAM_CHANGE | channel, program))


def with_channel(message: bytes, channel: int) -> bytes:
    """The same channel message on another channel."""
    return bytes((message[0] & 0xF0 | channel,)) + message[1:]
