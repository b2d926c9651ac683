"""Notes, meters and pieces."""

from dataclasses import asdict

import pytest

from musiclstm.music.note import Meter, Note, Part, Piece


def test_a_note_ends_after_its_duration() -> None:
    assert Note(1.5, 0.25, 60).end == 1.75


def test_notes_sort_by_onset_first() -> None:
    assert sorted([Note(1, 1, 40), Note(0, 9, 80), Note(0, 1, 80)]) == [
        Note(0, 1, 80),
        Note(0, 9, 80),
        Note(1, 1, 40),
    ]


@pytest.mark.parametrize(
    ("meter", "beats"), [(Meter(), 4), (Meter(3, 4), 3), (Meter(6, 8), 3), (Meter(2, 2), 4), (Meter(5, 16), 1.25)]
)
def test_a_bar_has_its_length_in_quarters(meter: Meter, beats: float) -> None:
    assert meter.bar_beats == beats


def test_a_piece_lasts_until_its_last_note_ends() -> None:
    assert Piece((Note(0, 8, 60), Note(4, 1, 62))).length == 8
    assert Piece(()).length == 0


def test_a_part_survives_its_dict() -> None:
    part = Part("Bass", 33, 1, 28, 55)
    assert Part.from_dict(asdict(part)) == part
    assert part.centre == 41.5
