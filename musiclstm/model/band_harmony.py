"""What a player of a band hears of the others' harmony: which pitch classes are likelier."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from musiclstm.model.sizes import NEVER

Onsets = tuple[int, ...]
"""For each pitch class, C first, the tick at which it started last."""

# In nats: how much likelier a class becomes that sounds now, or sounded within the last bar; all others less likely.
# Strong enough to be heard, and weak enough that a line may pass through a foreign note.
_SOUNDING, _RECENT, _FOREIGN = 1.0, 0.5, -1.0


def no_onsets() -> Onsets:
    return (NEVER,) * 12


def started(onsets: Onsets, pitch: int, tick: int) -> Onsets:
    return tuple(tick if index == pitch % 12 else old for index, old in enumerate(onsets))


def class_bias(
    sounding: Iterable[int], onsets: Sequence[Onsets], since: int, strength: float = 1.0
) -> tuple[float, ...] | None:
    """Nats to add to each pitch class's logits; None where nothing was heard.

    strength: 1 is the usual one.
    sounding: pitch classes that sound. onsets: of each of the others. since: what started before it is forgotten.
    """
    now = set(sounding)
    recent = {index for each in onsets for index, tick in enumerate(each) if tick >= since}
    if not now and not recent:
        return None
    return tuple(strength * (_SOUNDING if c in now else _RECENT if c in recent else _FOREIGN) for c in range(12))
