"""Pitch features of a drum kit; `tests.model.net.test_tied` compares all of them with training's."""

from __future__ import annotations

import numpy as np

from musiclstm.model.context import LAGS, Context
from musiclstm.model.features.pitches import PitchFeatures
from tests.model.features.music import KIT, hits


def test_a_kit_sees_what_was_hit_and_what_loudly() -> None:
    past = PitchFeatures(hits((0, 36, 65), (2, 42, 64), (24, 42, 127)), 96 - 24, 1).past
    assert past.shape == (2 * len(LAGS), KIT.vocabulary.pitches)
    hit, loud = past[0::2], past[1::2]
    assert [(LAGS[lag], pitch + 36) for lag, pitch in np.argwhere(hit)] == [(3, 42), (4, 36), (4, 42)]
    assert [(LAGS[lag], pitch + 36) for lag, pitch in np.argwhere(loud)] == [(3, 42), (4, 36)]
    assert not PitchFeatures(Context.start(KIT.vocabulary), 96, 1).past.any()
