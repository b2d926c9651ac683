"""The state of the engine as a sentence, and the figures beside it."""

from __future__ import annotations

from ctypes.util import find_library
from functools import cache

from musiclstm.protocol.audio import driver_of
from musiclstm.protocol.telemetry import Status

MANY_LATE = 20  # of the last 1,000 messages
HEAR = "To hear it, choose another Output above"
INSTALL = "or install FluidSynth for the synth (Help, F1)"


def output_words(name: str) -> str:
    if driver_of(name) is not None:
        return "the built-in synth"
    return {"virtual": "its virtual port", "null": "nothing: silent"}.get(name, name)


def state_text(
    title: str, status: Status, loop: str = "", bars_left: int | None = None, *, hearing: bool = False
) -> str:
    """One line: what it plays, where to, and what to do if nothing can be heard.

    loop: the bars that go round. bars_left: how many whole bars are left before it ends. hearing: a take is heard
    instead.
    """
    if hearing and not status.playing:
        return f"You hear a take · Space ends it and plays {title}"
    doing = "Playing" if status.playing else "Ready to play"
    if loop:
        doing = f"Looping {loop} of" if status.playing else f"Ready to loop {loop} of"
    if status.held:
        doing = "Holding"
    if status.counting:
        doing = "Counting in"
    if status.output == "null" or (driver_of(status.output) is not None and not status.output_alive):
        install = status.output != "null" and not _has_fluidsynth()
        return f"{doing} {title}, silently. {HEAR}{f', {INSTALL}' if install else ''}."
    if not status.output_alive:
        return f"{doing} {title}; {output_words(status.output)} is gone, what is due is not sent until it returns."
    ending = "" if status.playing else " · Space plays"
    if status.waiting:
        ending = " · waits for the clock that it follows · Space stops"
    if status.person_plays:
        ending = " · listening to you"
    if status.late >= MANY_LATE:
        ending += " · notes come late: the computer is busy (see Details)"
    if bars_left is not None and status.playing:
        ending = f" · ends {_bars_words(bars_left)}{ending}"
    return f"{doing} {title} to {output_words(status.output)}{ending}"


@cache
def _has_fluidsynth() -> bool:
    """By the names under which pyfluidsynth looks for it."""
    return any(map(find_library, ("fluidsynth", "libfluidsynth", "libfluidsynth-3")))


def _bars_words(bars_left: int) -> str:
    if not bars_left:
        return "with this bar"
    return "after the next bar" if bars_left == 1 else f"in {bars_left} bars"


def figures_text(status: Status) -> str:
    """Lateness and CPU cost, in fixed width."""
    late = f"{status.late} late" if status.late else "none late"
    return (
        f"lateness {status.lateness_median:.1f} ms (p99 {status.lateness_p99:.1f}) · {late} · step {status.step:.1f} ms"
    )
