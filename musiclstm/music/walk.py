"""Walk: the events of a piece, each with the change of time signature before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from musiclstm.music.event import Event
from musiclstm.music.note import Meter, Piece
from musiclstm.music.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A time signature in a vocabulary's terms. tick: where its first bar starts. index: in `Vocabulary.meters`."""

    tick: int
    bar_ticks: int
    index: int
    meter: Meter


def meter_changes(piece: Piece, vocabulary: Vocabulary) -> list[MeterChange]:
    """The time signatures of a piece in ticks; 4/4 from the start where it has none."""
    return [
        MeterChange(
            round(meter.onset * vocabulary.resolution),
            vocabulary.bar_ticks(meter.numerator, meter.denominator),
            vocabulary.meter_index(meter.numerator, meter.denominator),
            meter,
        )
        for meter in piece.meters or (Meter(),)
    ]


def walk(
    events: Iterable[Event], changes: Sequence[MeterChange], tick: int = 0
) -> Iterator[tuple[Event, MeterChange | None]]:
    """Each event, and the change of meter before it or None. tick: where the first event's delta counts from.

    A change comes before the first event after its bar line.
    """
    upcoming = deque(changes)
    for event in events:
        change = None
        while upcoming and upcoming[0].tick <= tick:
            change = upcoming.popleft()
        yield event, change
        tick += event.delta


def change_at(changes: Sequence[MeterChange], tick: int) -> MeterChange | None:
    """The last change up to a tick: also one in the middle of the last event, before which `walk` gives none."""
    return next((change for change in reversed(changes) if change.tick <= tick), None)
