"""Past: what sounded and what started at an earlier tick, read from a context's event log. Only for music in beats."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.echo import CHUNK, Echo

_CHUNK = CHUNK
_ONE = 1  # a word, to be shifted


def event_up_to(context: Context, tick: int) -> int:
    """The number, in the log of all events, of the last event at a tick or before; -1 for none that is kept."""
    first: Echo = context.echoes[0]
    log = first.log
    number = log.first_from(tick + 1) - 1
    return number if number >= log.dropped else -1


def sounded(context: Context, number: int, half: int) -> int:
    """What sounded after an event, by its number from `event_up_to`. half: 0 the lower pitches, 1 the upper."""
    first: Echo = context.echoes[0]
    return first.log.chunk(number).sounds_of(number % _CHUNK, half) if number >= 0 else 0


def started(context: Context, number: int, tick: int, half: int) -> int:
    """What started at a tick, up to the event with that number. half: 0 the lower pitches, 1 the upper."""
    d, found = context.dimensions, 0
    first: Echo = context.echoes[0]
    log = first.log
    while number >= log.dropped and log.tick(number) == tick:
        symbol, pitch = log.symbol(number), log.pitch(number)
        if symbol >= d.parts and d.pitched[symbol - d.parts] and pitch >> 6 == half:
            found |= _ONE << (pitch & 63)
        number -= 1
    return found
