"""What a network is told of a chord."""

from __future__ import annotations

import numpy as np
import pytest

from musiclstm.model.features.chords import CHORD_BLOCKS, chord_features
from musiclstm.music.chord_track import read

TRACK = read("C/E | G7 | N.C. | F", 4.0, loops=False)


def classes(row: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> set[int]:
    return set(np.flatnonzero(row).tolist())


def test_tones_root_and_bass_of_the_chord_and_of_the_coming_one() -> None:
    told = chord_features(TRACK.at(0.0), 0.0)
    assert told is not None
    assert [classes(row) for row in told] == [{0, 4, 7}, {0}, {4}, {7, 11, 2, 5}, {7}]
    assert told[:3].max() == 1.0


def test_the_coming_chord_grows_as_it_comes_nearer() -> None:
    near = [chord_features(TRACK.at(beat), beat) for beat in (0.0, 2.0, 3.5)]
    strengths = [float(each[CHORD_BLOCKS.index("coming root"), 7]) for each in near if each is not None]
    assert strengths == sorted(strengths)
    assert 0 < strengths[0] < strengths[-1] < 1


def test_before_no_chord_nothing_comes_and_without_a_chord_nothing_is_told() -> None:
    told = chord_features(TRACK.at(5.0), 5.0)
    assert told is not None
    assert not told[3:].any()
    assert chord_features(TRACK.at(9.0), 9.0) is None
    assert chord_features(TRACK.at(17.0), 17.0) is None


@pytest.mark.parametrize("semitones", [-13, -1, 0, 3, 12])
def test_a_part_that_sounds_higher_is_told_a_lower_chord(semitones: int) -> None:
    plain, turned = (chord_features(TRACK.at(1.0), 1.0, each) for each in (0, semitones))
    assert plain is not None
    assert turned is not None
    for pitch_class in range(12):
        np.testing.assert_array_equal(turned[:, pitch_class], plain[:, (pitch_class + semitones) % 12])
