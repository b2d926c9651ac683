"""Pitch features of a drum kit; `tests.model.net.test_tied` compares all of them with training's."""

from __future__ import annotations

from musiclstm.model.context import Context
from musiclstm.model.features.pitches import PitchFeatures
from musiclstm.model.pitch_bits import to_pitches
from musiclstm.model.sizes import LAGS
from tests.model.features.music import KIT, hits


def test_a_kit_sees_what_was_hit_and_what_loudly() -> None:
    features = PitchFeatures(KIT.vocabulary, window=False, past=True, recent=0)

    def happened(which: int) -> list[tuple[int, int]]:
        """(lag, pitch) of what was hit, or hit loudly."""
        words = [features.pasts[4 * lag + 2 * which] for lag in range(len(LAGS))]
        return [(LAGS[lag], pitch) for lag, word in enumerate(words) for pitch in to_pitches(word)]

    features.describe(hits((0, 36, 65), (2, 42, 64), (24, 42, 127)), 96 - 24, 1)
    assert happened(0) == [(3, 42), (4, 36), (4, 42)]
    assert happened(1) == [(3, 42), (4, 36)]
    features.describe(Context.start(KIT.vocabulary), 96, 1)
    assert happened(0) == happened(1) == []
