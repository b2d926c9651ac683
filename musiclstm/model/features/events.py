"""Events and sounding notes as features."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.features.layout import Layout
from musiclstm.music.event import Event, Kind
from musiclstm.music.vocabulary import Vocabulary

Fields = tuple[int, int, int, int]


def event_fields(vocabulary: Vocabulary, event: Event) -> Fields:
    """(time, symbol, pitch, velocity) as indices within their groups, "none" where there is none.

    A pitch outside the vocabulary is "none", too.
    """
    v = vocabulary
    time = min(event.delta, v.max_delta)
    if event.kind is Kind.WAIT:
        return time, v.symbols, v.pitches, v.velocities
    pitch = event.pitch - v.low if v.low <= event.pitch <= v.high else v.pitches
    velocity = v.velocity_bin(event.velocity) if event.kind is Kind.ON else v.velocities
    return time, v.symbol(event), pitch, velocity


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
