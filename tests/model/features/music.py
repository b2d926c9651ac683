"""Contexts to read features from: a melody, and a drum kit's hits."""

from __future__ import annotations

from collections.abc import Iterable

from musiclstm.model.context import Context
from musiclstm.model.features.layout import Layout
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Part, TimeBase
from tests.model.tiny import tiny_vocabulary

VOCABULARY = tiny_vocabulary()
LAYOUT = Layout(VOCABULARY)
SECONDS = Layout(tiny_vocabulary(TimeBase.SECONDS))
KIT = Layout(tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),), velocities=4))


def melody(pitches: Iterable[int], delta: int = 12) -> Context:
    """Notes one after another, each ending as the next one starts."""
    context, last = Context.start(VOCABULARY), None
    for pitch in pitches:
        if last is not None:
            context = context.after(Event(delta, Kind.OFF, last))
        context = context.after(Event(0 if last else delta, Kind.ON, pitch, 80))
        last = pitch
    return context


def hits(*hits: tuple[int, int] | tuple[int, int, int]) -> Context:
    """Drum hits at (tick, pitch) or (tick, pitch, velocity); a bar has 96 ticks."""
    context = Context.start(KIT.vocabulary)
    for tick, pitch, *velocity in hits:
        context = context.after(Event(tick - context.tick, Kind.ON, pitch, velocity[0] if velocity else 80))
    return context
