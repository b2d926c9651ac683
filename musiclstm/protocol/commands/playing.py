"""Start and stop, tempo, sync and time signature, the end, and the keys of the window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Play:
    """Start playing, or continue from where it stopped."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop: sounding notes end, the memory stays."""


@dataclass(frozen=True, slots=True)
class Panic:
    """End every note on every channel of every port at once."""


@dataclass(frozen=True, slots=True)
class Hold:
    """While on, freeze: decide nothing new and keep the sounding notes."""

    on: bool


@dataclass(frozen=True, slots=True)
class End:
    """Come to a close and stop, so many whole bars after the next bar line; 0 cancels that.

    ritardando: slow down over the last two bars, where no other clock leads. fade: become softer over the last four.
    since: a beat; the bars are counted from the bar line before it, not from the next one.
    """

    bars: int = 4
    ritardando: bool = False
    fade: bool = False
    since: float | None = None


@dataclass(frozen=True, slots=True)
class SetTempo:
    """Set the tempo in BPM (quarter notes per minute); it applies while sync is internal."""

    tempo: float


@dataclass(frozen=True, slots=True)
class SetSync:
    """Choose the clock to follow: internal | midi | link | person.

    port: the MIDI input whose clock `midi` follows. send: send MIDI clock on the outputs.
    """

    source: str
    port: str | None = None
    send: bool = False


@dataclass(frozen=True, slots=True)
class SetMeter:
    """Play in another time signature from the next bar line on; one of those that the model knows."""

    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Seed:
    """Seed the random numbers, to make a take reproducible."""

    seed: int


@dataclass(frozen=True, slots=True)
class PlayerNote:
    """Play a note, as the keyboards of the window and the computer do; velocity 0 ends it."""

    pitch: int
    velocity: int
    channel: int = 0
