"""What the engine is connected to: ports, a DAW, mapped knobs, whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenOutput:
    """Play to this output: a name from `musiclstm ports`, or virtual | synth | null.

    latency: milliseconds that messages are sent ahead of time.
    """

    name: str
    latency: float = 0.0


@dataclass(frozen=True, slots=True)
class SetLatency:
    """Send to this output (the main one or a part's) so many milliseconds ahead of time, now and when it is opened."""

    output: str
    latency: float


@dataclass(frozen=True, slots=True)
class SetPedal:
    """Play an output with the sustain pedal (CC 64), or with its keys held for as long as the notes sound.

    output: a name, or "" for the main output, whichever that is. Not for drums, nor for parts of one voice.
    """

    output: str
    on: bool


@dataclass(frozen=True, slots=True)
class OpenInput:
    """Listen to this MIDI input; None listens to none."""

    name: str | None


@dataclass(frozen=True, slots=True)
class BesideDaw:
    """Be an instrument beside a DAW: two virtual ports, and its MIDI clock leads; off restores ports and clock."""

    on: bool


@dataclass(frozen=True, slots=True)
class Learn:
    """Map the next CC or note that arrives to this control or action; None stops waiting."""

    target: str | None


@dataclass(frozen=True, slots=True)
class Unlearn:
    """Remove the mapping of this control or action."""

    target: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Choose the telemetry that costs time: state frames (memory view) and expectations (keyboard)."""

    memory: bool = False
    expectation: bool = False


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End all notes and the engine process."""
