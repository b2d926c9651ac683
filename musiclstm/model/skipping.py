"""Skipping: the context after a long past, at once."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace

from musiclstm.model.context import LAGS, RECENT_PITCHES, Context
from musiclstm.model.echo import Echo, EventLog
from musiclstm.music.event import Event, Kind

_LAST = 512
"""How many of the last events are read as they are; a context knows the last 16 note-ons and 5 onsets."""


def context_after(context: Context, events: Sequence[Event], pending: int = 0) -> tuple[Context, int]:
    """The context once a past that begins with `context`, in which nothing has happened yet, is over.

    pending: ticks that have passed before it. Returns also how many have passed since the last event or whole WAIT that
    a session reads. Equal to `Context.after` each event, except that matches are looked for only now, and the pitch
    classes are those of the last events alone; both are soon forgotten. Takes some 2 µs an event instead of 35.
    """
    vocabulary = context.vocabulary
    parts = vocabulary.parts
    tick = context.tick + pending
    past: list[tuple[int, Event]] = []  # with the tick of each
    for event in events:
        tick += event.delta
        if event.kind is Kind.ON or (event.kind is Kind.OFF and not parts[event.part].percussive):
            past.append((tick, event))
    short = replace(context, echoes=(Echo(),), melody_echoes=())
    for then, event in _that_matter(past, vocabulary.resolution * LAGS[-1]):
        short = short.after(replace(event, delta=then - short.tick))
    rows = [(int(e.kind) * len(parts) + e.part, e.pitch, then, e.velocity) for then, e in past]
    log = EventLog.of(rows)
    starts: list[list[tuple[int, int, int, int]]] = [[] for _ in parts]
    for row in rows:
        if row[0] >= len(parts):
            starts[row[0] - len(parts)].append(row)
    waits, left = divmod(tick - short.tick, vocabulary.max_delta)
    short = short.after(Event(waits * vocabulary.max_delta, Kind.WAIT))
    return replace(
        short,
        echoes=tuple(echo.found(log) for echo in context.echoes),
        melody_echoes=tuple(
            echo.found(EventLog.of(own)) for echo, own in zip(context.melody_echoes, starts, strict=False)
        ),
    ), left


def _that_matter(past: Sequence[tuple[int, Event]], ticks: int) -> list[tuple[int, Event]]:
    """The events without which a context would be another: the last ones, and of those before what is still known.

    ticks: for how long a context knows what sounded.
    """
    first = max(0, len(past) - _LAST)
    while first and (past[first][0] >= past[-1][0] - ticks or past[first][0] == past[first - 1][0]):
        first -= 1
    # The last of each note, and with the one before it also how long it lasted; and the last pitches of each part.
    notes: defaultdict[tuple[int, ...], deque[int]] = defaultdict(lambda: deque(maxlen=2))
    starts: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=RECENT_PITCHES))
    for index in range(first):
        event = past[index][1]
        notes[event.kind, event.part, event.pitch].append(index)
        if event.kind is Kind.ON:
            starts[event.part].append(index)
    known = {index for indices in (*notes.values(), *starts.values()) for index in indices}
    return [past[index] for index in (*sorted(known), *range(first, len(past)))]
