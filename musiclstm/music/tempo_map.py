"""The time of a MIDI file: ticks to beats or seconds, its tempos, its time signatures.

What follows the end of the music (`end`, a tick) does not belong to it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from numpy.typing import NDArray

from musiclstm.music.note import Meter
from musiclstm.music.smf import File
from musiclstm.music.timeline import steps

_DEFAULT_TEMPO = 500_000  # microseconds per quarter note where a file gives none

# From ticks to beats or seconds.
Clock = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def beats_of(file: File) -> Clock:
    """From ticks to quarter-note beats."""
    division = _division(file)
    return lambda ticks: ticks / division


def _division(file: File) -> float:
    """Ticks per quarter note."""
    # Time code has no beats; 120 BPM is the default of a file that gives no tempo.
    return file.division / 2 if file.seconds else file.division


def seconds_of(file: File) -> Clock:
    """From ticks to seconds, through every change of tempo."""
    division = file.division
    if file.seconds:
        return lambda ticks: ticks / division
    changes = ((tick, microseconds / 1e6 / division) for tick, microseconds in [(0, _DEFAULT_TEMPO), *file.tempos])
    starts, origins, rates = np.array(steps(changes), dtype=np.float64)

    def clock(ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        at = np.maximum(0, np.searchsorted(starts, ticks, side="right") - 1)
        seconds: NDArray[np.float64] = origins[at] + (ticks - starts[at]) * rates[at]
        return seconds

    return clock


def tempo_of(file: File, end: int) -> float:
    """BPM to a hundredth, which a file can express; the mean over all beats of the music where the tempo changes."""
    changes = _changes(file, end)
    if len(changes) == 1:
        return round(60e6 / changes[0][1], 2)
    beats = ceil(end / file.division)
    seconds = float(seconds_of(file)(np.array([beats * file.division]))[0])
    return round(60 * beats / seconds, 2)


def tempos_of(file: File, end: int) -> tuple[tuple[float, float], ...]:
    """(beat, BPM) of each tempo of the music, the first at beat 0; empty where it never changes."""
    changes = _changes(file, end)
    return tuple((tick / file.division, 60e6 / tempo) for tick, tempo in changes) if len(changes) > 1 else ()


def _changes(file: File, end: int) -> list[tuple[int, int]]:
    """(tick, microseconds) of each tempo of the music that differs from the one before."""
    tempos = {0: _DEFAULT_TEMPO}
    if not file.seconds:
        # The last one at a tick counts.
        tempos |= {tick: tempo for tick, tempo in file.tempos if tick < end or tick == 0}
    changes: list[tuple[int, int]] = []
    for tick, tempo in tempos.items():
        if not changes or tempo != changes[-1][1]:
            changes.append((tick, tempo))
    return changes


def meters_of(file: File, end: int) -> tuple[Meter, ...]:
    """Time signatures from beat 0 on, without those that change nothing: neither the meter nor where a bar begins."""
    meters = [Meter()]
    for tick, numerator, denominator in file.meters:
        if tick >= end and tick:
            continue
        meter = Meter(numerator, denominator, tick / _division(file))
        last = meters[-1]
        if meter.onset == last.onset:
            meters[-1] = meter
        elif (numerator, denominator) != (last.numerator, last.denominator) or (
            meter.onset - last.onset
        ) % last.bar_beats:
            meters.append(meter)
    return tuple(meters)
