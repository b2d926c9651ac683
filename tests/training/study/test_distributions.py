"""Distributions: what is counted, and what two have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable

import pytest

from musiclstm.music.note import Note, Part, TimeBase
from musiclstm.music.vocabulary import Vocabulary
from training.study import distributions

VOCABULARY = Vocabulary(resolution=4, parts=(Part("a"), Part("b")), velocities=2)
KIT = Vocabulary(parts=(Part("kit", percussive=True),))
# A chord of two, then each part moves.
NOTES = [Note(0, 2, 60, 10, 0), Note(0, 1, 48, 10, 1), Note(1, 1, 50, 120, 1), Note(2.25, 0.75, 64, 120, 0)]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("pitch", [60, 48, 50, 64]),
        ("pitch class", [0, 0, 2, 4]),
        ("interval", [2, 4]),
        ("harmony", [0, 10, 0]),
        ("duration", [8, 4, 4, 3]),
        ("time between onsets", [0, 4, 5]),
        ("place in the beat", [0, 0, 0, 1]),
        ("notes at once", [2, 2, 1]),
        ("density", [4]),
        ("velocity", [0, 0, 1, 1]),
        ("scale", []),
    ],
)
def test_what_is_counted(name: str, wanted: list[Hashable]) -> None:
    assert list(distributions.measures(VOCABULARY)[name](NOTES, VOCABULARY)) == wanted


def test_in_a_scale() -> None:
    major = [Note(float(i), 1, 62 + step) for i, step in enumerate((0, 2, 4, 5, 7, 9, 11))]
    assert distributions.in_scale(major) == 7
    assert distributions.in_scale([Note(float(i), 1, 60 + i) for i in range(12)]) == 7
    whole = distributions.measures(VOCABULARY)["scale"](major * 5, VOCABULARY)
    assert list(whole) == [32]


def test_a_kit_has_no_intervals() -> None:
    names = set(distributions.measures(KIT))
    assert "drum" in names
    assert not names & {"interval", "harmony", "scale", "duration", "pitch class", "velocity"}


def test_seconds_have_no_beats() -> None:
    played = Vocabulary(TimeBase.SECONDS, 100)
    assert "place in the beat" not in distributions.measures(played)
    near = [Note(0.0, 0.5, 60), Note(0.5, 0.5, 60), Note(1.01, 0.5, 60)]
    assert len(set(distributions.measures(played)["time between onsets"](near, played))) == 1


def test_overlap() -> None:
    a: distributions.Histogram = Counter({1: 3, 2: 1})
    b: distributions.Histogram = Counter({1: 1, 3: 1})
    assert distributions.overlap(a, a) == 1.0
    assert distributions.overlap(a, b) == 0.5
    assert distributions.overlap(a, Counter({9: 4})) == 0.0
    assert distributions.overlap(Counter(), Counter()) == 1.0
    assert distributions.overlap(a, Counter()) == 0.0


def test_of_the_same_music_all_is_in_common() -> None:
    one = distributions.histograms([NOTES], VOCABULARY)
    two = distributions.histograms([NOTES, NOTES], VOCABULARY)
    assert set(distributions.overlaps(one, two).values()) == {1.0}
