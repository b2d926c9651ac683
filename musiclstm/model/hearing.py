"""What players of a band hear of each other and of the person: what is remembered of each, and what follows from it.

Everything here is a pure function of what was played up to now, so going back in time brings it back exactly.

| heard | remembered of each of the others | what it does to a player |
|---|---|---|
| harmony | what sounds; when each pitch class started last | nats for classes that sound, or did in the last bar |
| density | onsets of the last bar, and of about eight | more or fewer notes while others are busier than they were |
| onsets | the ticks of the last bar's onsets | nats for an onset where others have one now, or had one a bar ago |
| loudness | velocities of the last bar | velocities nearer to those of the others |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, isfinite, log2

from musiclstm.model.sizes import NEVER

MOST_RECENT = 64
"""Onsets of a bar that are remembered."""

# In nats: how much likelier a class becomes that sounds now, or sounded within the last bar; all others less likely.
# Strong enough to be heard, and weak enough that a line may pass through a foreign note.
_SOUNDING, _RECENT, _FOREIGN = 1.0, 0.5, -1.0
_USUAL = 8  # bars over which the usual density is taken
_FEW = 1.0  # onsets a bar, added to both densities, so that near silence one note more or less hardly matters
# In nats: how much likelier an onset becomes together with another's, or one bar after another's.
NOW, BEFORE = 2.5, 1.0


@dataclass(frozen=True, slots=True)
class Hearing:
    """How much a player hears of the others: 0 nothing, 1 clearly.

    harmony: 0 to 2. density: below 0 it leaves room for the others, above 0 it joins in; -1 to 1.
    """

    harmony: float = 1.0
    density: float = 0.0
    onsets: float = 0.0
    loudness: float = 0.0


DEFAULT_HEARING = Hearing()


@dataclass(frozen=True, slots=True)
class Heard:
    """What is remembered of a player, or of the person. Ticks are the band's.

    classes: for each pitch class, C first, when it started last. recent: (tick, loudest velocity) of the onsets of the
    last bar. notes, ticks: how many onsets there were in how many ticks; both fade over some bars, here up to `at`.
    """

    classes: tuple[int, ...] = (NEVER,) * 12
    recent: tuple[tuple[int, int], ...] = ()
    notes: float = 0.0
    ticks: float = 0.0
    at: int = 0

    def started(self, tick: int, pitch: int | None, velocity: int, bar: int) -> Heard:
        """What is remembered after a note has started. pitch: None for a drum. bar: its length in ticks."""
        classes = self.classes
        if pitch is not None:
            classes = (*classes[: pitch % 12], tick, *classes[pitch % 12 + 1 :])
        if self.recent and self.recent[-1][0] == tick:  # of a chord
            recent = (*self.recent[:-1], (tick, max(velocity, self.recent[-1][1])))
            return Heard(classes, recent, self.notes, self.ticks, self.at)
        recent = (*(each for each in self.recent if each[0] > tick - bar), (tick, velocity))
        notes, ticks = self._faded(tick, bar)
        return Heard(classes, recent[-MOST_RECENT:], notes + 1, ticks, tick)

    def _faded(self, tick: int, bar: int) -> tuple[float, float]:
        """`notes` and `ticks`, faded up to a later tick."""
        reach = _USUAL * bar
        left = exp((self.at - tick) / reach)
        return self.notes * left, self.ticks * left + reach * (1 - left)

    def densities(self, tick: int, bar: int) -> tuple[float, float]:
        """Onsets a bar: in the last bar, and usually."""
        notes, ticks = self._faded(tick, bar)
        now = sum(1 for each in self.recent if each[0] > tick - bar)
        return now * bar / max(1.0, min(bar, ticks)), notes * bar / max(1.0, ticks)

    @property
    def is_sound(self) -> bool:
        """Whether it can be used; it may come from another process."""
        recent = [number for each in self.recent for number in each]
        return (
            len(self.classes) == 12
            and len(self.recent) <= MOST_RECENT
            and all(type(number) is int for number in (*self.classes, *recent, self.at))
            and all(isfinite(number) and number >= 0 for number in (self.notes, self.ticks))
        )


def class_bias(
    sounding: Iterable[int], heard: Sequence[Heard], since: int, strength: float = 1.0
) -> tuple[float, ...] | None:
    """Nats to add to each pitch class's logits; None where nothing was heard.

    sounding: pitch classes that sound. since: what started before it is forgotten.
    """
    now = set(sounding)
    recent = {index for each in heard for index, tick in enumerate(each.classes) if tick >= since}
    if not now and not recent:
        return None
    return tuple(strength * (_SOUNDING if c in now else _RECENT if c in recent else _FOREIGN) for c in range(12))


def busier(heard: Sequence[Heard], tick: int, bar: int) -> float:
    """How much busier others are than usual, -1 (half as many onsets a bar, or fewer) to 1 (twice as many, or more)."""
    densities = [each.densities(tick, bar) for each in heard]
    now, usual = (sum(each) + _FEW for each in zip(*densities, strict=True)) if densities else (1.0, 1.0)
    return min(1.0, max(-1.0, log2(now / usual)))


def expected_onsets(heard: Sequence[Heard], tick: int, bar: int) -> dict[int, float]:
    """By tick, from `tick` on, the nats that an onset gains there: where another's begins now, or did a bar before."""
    found = {each + bar: BEFORE for one in heard for each, _ in one.recent if each + bar > tick}
    if any(one.recent and one.recent[-1][0] == tick for one in heard):
        found[tick] = NOW
    return found


def loudness(heard: Sequence[Heard], tick: int, bar: int) -> float | None:
    """The mean velocity of the last bar's onsets; None for silence."""
    found = [velocity for one in heard for at, velocity in one.recent if at > tick - bar]
    return sum(found) / len(found) if found else None
