"""Windows of a store; and, to compare with, the contexts of a piece's events, and pieces that follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from musiclstm.model.context import Context
from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig
from musiclstm.music.event import Event, Kind
from musiclstm.music.note import Piece, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from musiclstm.music.walk import meter_changes, walk
from training.lanes import Cutter
from training.store import Store


def window_of(
    store: Store,
    vocabulary: Vocabulary,
    config: ModelConfig | None = None,
    *,
    first: int = 0,
    count: int | None = None,
    shift: int = 0,
    told: bool = False,
) -> Batch:
    """Events of the first piece, all by default, in one lane. told: with its chords, if the network knows any."""
    cutter = Cutter(store, vocabulary, config)
    return cutter.cut([cutter.at(0, first, shift, told=told)], len(store.piece(0)) - first if count is None else count)


def contexts(events: Iterable[Event], piece: Piece, vocabulary: Vocabulary) -> Iterator[tuple[Context, Context, Event]]:
    """(context before any change of meter, context before the event, event) for each event."""
    first, *changes = meter_changes(piece, vocabulary)
    context = Context.start(vocabulary).with_meter(first.tick, first.bar_ticks, first.index)
    for event, change in walk(events, changes):
        before = context
        if change is not None:
            context = context.with_meter(change.tick, change.bar_ticks, change.index)
        yield before, context, event
        context = context.after(event)


def with_next_piece(events: list[Event], piece: Piece, vocabulary: Vocabulary, opening: list[Event]) -> list[Event]:
    """The events, then an opening.

    It starts at the next moment that has the position in the bar at which the piece started; in seconds, a second
    later.
    """
    if not opening:
        return events
    end = sum(event.delta for event in events)
    if vocabulary.base is TimeBase.SECONDS:
        gap = vocabulary.resolution
    else:
        changes = meter_changes(piece, vocabulary)
        first = changes[0]
        last = [change for change in changes if change.tick <= max(end, first.tick)][-1]
        bar = last.bar_ticks
        gap = (last.tick - end + (-first.tick % first.bar_ticks)) % bar
        if not gap and events[-1].kind is Kind.ON:
            gap = bar  # a last hit on the bar line must not coincide with the first
    delta = gap + opening[0].delta
    longest = vocabulary.max_delta
    waits = [Event(longest, Kind.WAIT)] * (delta // longest)
    if opening[0].kind is Kind.WAIT:
        return [*events, *waits, *opening]
    return [*events, *waits, replace(opening[0], delta=delta % longest), *opening[1:]]
