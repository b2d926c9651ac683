"""How much each pitch class gains or loses under a chord, as a `PitchBias`.

The penalties are logits. They grow with the strength and are larger on the beat, where chord tones belong. At strength
1 nothing but chord tones and tensions is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from musiclstm.model.pitch_bias import FORBIDDEN, PitchBias
from musiclstm.music.chord_symbol import ChordSymbol, Role

# The share of the whole penalty that a role costs: (on a beat, between beats).
_COST = {Role.TONE: (0.0, 0.0), Role.TENSION: (0.5, 0.15), Role.OUTSIDE: (1.0, 0.6), Role.AVOID: (1.25, 0.9)}
_STRONGEST = 8.0  # the penalty of chord tones against tensions at strength 1


@dataclass(frozen=True, slots=True)
class Follows:
    """The chords that a player of a band plays lead the others, as strongly as `strength` says, 0..1.

    transposed: semitones by which each part of the band sounds higher than the model plays it.
    """

    player: int
    strength: float
    transposed: tuple[int, ...]


def bias_strength(strength: float, *, told: bool) -> float:
    """The strength of the bias, for a strength that a person sets. told: for a network that is told the chord as well.

    Up to a half, such a network is only told, more and more clearly, and there is no bias.
    """
    return max(0.0, 2 * strength - 1) if told else strength


@lru_cache(2048)
def bias_of(
    chord: ChordSymbol, coming: ChordSymbol | None, strength: float, on_beat: bool, transposed: int = 0
) -> PitchBias:
    """The bias of a chord. coming: the chord that it leads into now, None while it does not."""
    forced = strength >= 1
    scale = _STRONGEST if forced else 4 * strength / sqrt(1 - strength)
    column = 0 if on_beat else 1
    weights = []
    for pitch_class in range(12):
        role = chord.roles[pitch_class]
        weight = -scale * _COST[role][column]
        if forced:
            weight = FORBIDDEN if role in (Role.OUTSIDE, Role.AVOID) else weight
        elif coming is not None and any(coming.roles[(pitch_class + step) % 12] is Role.TONE for step in (-1, 0, 1)):
            weight = 0.0
        weights.append(weight)
    turned = tuple(weights[(each + transposed) % 12] for each in range(12))
    bass = None if chord.bass is None else (chord.bass - transposed) % 12
    return PitchBias(turned, bass, scale if bass is not None else 0.0)
