"""The options that an engine starts with, checked."""

from __future__ import annotations

from dataclasses import replace

from musiclstm.protocol.limits import MAX_BPM, MAX_LATENCY, MAX_SEED, MIN_BPM
from musiclstm.protocol.options import EngineOptions


def checked(options: EngineOptions) -> tuple[EngineOptions, list[str]]:
    """The options without values out of range, which would end every engine that starts with them; and why."""
    problems = []
    if options.tempo is not None and not MIN_BPM <= options.tempo <= MAX_BPM:
        problems.append(f"The tempo must be {MIN_BPM:g} to {MAX_BPM:g} BPM, not {options.tempo:g}.")
        options = replace(options, tempo=None)
    if options.seed is not None and not 0 <= options.seed <= MAX_SEED:
        problems.append(f"A seed must be 0 to {MAX_SEED}, not {options.seed}.")
        options = replace(options, seed=None)
    if not abs(options.latency) <= MAX_LATENCY:
        problems.append(f"The latency must be at most {MAX_LATENCY:g} ms, not {options.latency:g}.")
        options = replace(options, latency=0.0)
    for name, latency in options.latencies:
        if not abs(latency) <= MAX_LATENCY:
            problems.append(f"The latency of {name} must be at most {MAX_LATENCY:g} ms, not {latency:g}.")
    kept = tuple((name, latency) for name, latency in options.latencies if abs(latency) <= MAX_LATENCY)
    options = replace(options, latencies=kept)
    return options, problems
