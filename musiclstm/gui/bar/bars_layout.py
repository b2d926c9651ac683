"""How a strip of bars is laid out: columns of several bars in a long take, numbers, flags beside each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QRectF

FLAG = 16.0  # pixels, wide and high
COLUMN = 3.0  # pixels: a column is at least so wide
STEPS = (1, 2, 4, 8)  # bars from one number to the next: phrases, counted from bar 1
ROUND = (20, 50, 100, 200, 500, 1000, 2000, 5000)  # in long takes round numbers


def bars_in_a_column(bar_width: float) -> int:
    """bar_width: pixels."""
    bars = 1
    while bars * bar_width < COLUMN:
        bars *= 2
    return bars


def numbers(first: int, count: int, bar_width: float, room: float) -> list[int]:
    """Which bars, counted from 0, have their number written, so that each has `room` pixels."""
    for step in STEPS:
        if step * bar_width >= room:
            return list(range(first - first % -step, first + count, step))
    step = next((step for step in ROUND if step * bar_width >= room), ROUND[-1])
    return [number - 1 for number in range(first + 1 - (first + 1) % -step, first + count + 1, step)]


def place_flags(places: Mapping[str, float], width: float) -> dict[str, QRectF]:
    """The box of each flag in one row: right of its x if there is room, beside the others if not."""
    ordered = sorted(places, key=lambda slot: (places[slot], slot))
    lefts: list[float] = []
    for slot in ordered:
        least = lefts[-1] + FLAG + 1 if lefts else 0.0
        lefts.append(max(least, places[slot]))
    most = width - FLAG
    for index in reversed(range(len(lefts))):
        lefts[index] = min(lefts[index], most)
        most = lefts[index] - FLAG - 1
    return {slot: QRectF(left, 0.0, FLAG, FLAG) for slot, left in zip(ordered, lefts, strict=True)}


def widest_gap(flags: Iterable[QRectF], left: float, right: float, width: float) -> tuple[float, float]:
    """The first place between left and right that no flag covers and that is so wide, or else the widest."""
    edges = sorted((flag.left(), flag.right()) for flag in flags if flag.right() > left and flag.left() < right)
    starts, ends = [left, *(after + 1 for _, after in edges)], [*(before - 1 for before, _ in edges), right]
    gaps = list(zip(starts, ends, strict=True))
    return next((gap for gap in gaps if gap[1] - gap[0] >= width), max(gaps, key=lambda gap: gap[1] - gap[0]))
