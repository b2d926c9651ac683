"""The time of a MIDI file: ticks to beats or seconds, its tempo, its time signatures."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from musiclstm.music.note import Meter
from musiclstm.music.smf import File

_DEFAULT_TEMPO = 500_000  # microseconds per quarter note where a file gives none


def beats_of(file: File) -> Callable[[int], float]:
    """From ticks to quarter-note beats."""
    # Time code has no beats; 120 BPM is the default of a file that gives no tempo.
    division = file.division / 2 if file.seconds else file.division
    return lambda tick: tick / division


def seconds_of(file: File) -> Callable[[int], float]:
    """From ticks to seconds, through every change of tempo."""
    division = file.division
    if file.seconds:
        return lambda tick: tick / division
    starts, origins, rates = [0], [0.0], [_DEFAULT_TEMPO / 1e6 / division]
    for tick, microseconds in file.tempos:
        if tick == starts[-1]:
            rates[-1] = microseconds / 1e6 / division
        else:
            origins.append(origins[-1] + (tick - starts[-1]) * rates[-1])
            starts.append(tick)
            rates.append(microseconds / 1e6 / division)

    def clock(tick: int) -> float:
        at = bisect_right(starts, tick) - 1
        return origins[at] + (tick - starts[at]) * rates[at]

    return clock


def tempo_of(file: File) -> float:
    """BPM to a hundredth, which a file can express; the mean over all of it where the tempo changes."""
    end = max(track.end for track in file.tracks)
    tempos = [t for t in file.tempos if t[0] < end] if end else file.tempos
    if file.seconds or not tempos:
        return 120.0
    if len({microseconds for _, microseconds in tempos}) == 1 and tempos[0][0] == 0:
        return round(60e6 / tempos[0][1], 2)
    seconds = seconds_of(file)(end)
    return round(60 * end / file.division / seconds, 2) if seconds else 120.0


def meters_of(file: File) -> tuple[Meter, ...]:
    """Time signatures from beat 0 on, without those that change nothing: neither the meter nor where a bar begins."""
    beat = beats_of(file)
    meters = [Meter()]
    for tick, numerator, denominator in file.meters:
        meter = Meter(numerator, denominator, beat(tick))
        last = meters[-1]
        if meter.onset == last.onset:
            meters[-1] = meter
        elif (numerator, denominator) != (last.numerator, last.denominator) or (
            meter.onset - last.onset
        ) % last.bar_beats:
            meters.append(meter)
    return tuple(meters)
