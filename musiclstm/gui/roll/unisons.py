"""Where several notes lie on one pitch at once, so that each is seen. Pure; no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from musiclstm.gui.roll.model import RollNote

Stripe = tuple[float, float, list[RollNote]]


def stripes(notes: Iterable[RollNote], now: float) -> list[Stripe]:
    """(begin, end, notes) of each stretch that notes of different parts share, the first part first.

    A stretch depends on what sounds there alone, so that a piece of the picture can be painted by itself.
    """
    rows: dict[int, list[RollNote]] = {}
    for note in notes:
        rows.setdefault(note.pitch, []).append(note)
    return [stripe for row in rows.values() if len(row) > 1 and _shared(row, now) for stripe in _of_row(row, now)]


def _shared(row: list[RollNote], now: float) -> bool:
    """Whether some of them may overlap; rarely, so the rest is seldom needed. Those that sound come last."""
    last = float("-inf")
    for note in row:
        if note.beat < last:
            return True
        last = max(last, _end(note, now))
    return False


def _of_row(row: list[RollNote], now: float) -> list[Stripe]:
    spans = [(note.beat, _end(note, now), note) for note in row]
    edges = sorted({edge for begin, end, _note in spans for edge in (begin, end)})
    found: list[Stripe] = []
    for begin, end in pairwise(edges):
        parts = {(note.by_person, note.part): note for b, e, note in spans if b <= begin and e >= end}
        if len(parts) > 1:
            found.append((begin, end, [note for _key, note in sorted(parts.items(), key=lambda item: item[0])]))
    return found


def _end(note: RollNote, now: float) -> float:
    return max(note.beat, now) if note.end is None else note.end
