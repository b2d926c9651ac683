"""Events and sounding notes as features."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.dimensions import Dimensions
from musiclstm.model.features.layout import Layout
from musiclstm.music.event import Event, Kind

Fields = tuple[int, int, int, int]
_ON, _WAIT = int(Kind.ON), int(Kind.WAIT)


def event_fields(d: Dimensions, event: Event) -> Fields:
    """(time, symbol, pitch, velocity) as indices within their groups, "none" where there is none.

    A pitch outside the vocabulary is "none", too.
    """
    return fields_of(d, event.delta, int(event.kind), event.part, event.pitch, event.velocity)


def fields_of(d: Dimensions, delta: int, kind: int, part: int, pitch: int, velocity: int) -> Fields:
    """`event_fields` of an event that is given as numbers."""
    time = min(delta, d.max_delta)
    if kind == _WAIT:
        return time, d.symbols, d.pitches, d.velocities
    index = pitch - d.low if d.low <= pitch <= d.high else d.pitches
    return time, kind * d.parts + part, index, d.velocity_bin(velocity) if kind == _ON else d.velocities


def held_rows(layout: Layout, context: Context) -> list[int]:
    """One row for each sounding note within the vocabulary's range."""
    d, found = context.dimensions, []
    first = layout.held - d.low
    for part in range(d.parts):
        for half in range(2):
            word, pitch = context.words[2 * part + half] & d.in_range[half], 64 * half
            while word:
                if word & 1:
                    found.append(first + pitch)
                word >>= 1
                pitch += 1
        first += d.pitches
    return found
