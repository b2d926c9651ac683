"""Chords are known in every key, inversion and spacing, and not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musiclstm.music.chord_recognition import KINDS, Chord, Kind, recognise

KIND = st.sampled_from(KINDS)
NOTES = st.lists(st.tuples(st.integers(24, 100), st.integers(1, 16).map(lambda n: n / 4)), max_size=12)


def held(*pitches: int) -> list[tuple[int, float]]:
    return [(pitch, 1.0) for pitch in pitches]


@given(KIND, st.integers(0, 11), st.integers(0, 3), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_every_inversion_and_spacing_in_every_key(kind: Kind, root: int, inversion: int, octaves: list[int]) -> None:
    bass = kind.tones[inversion % len(kind.tones)]
    pitches = [48 + root + bass % 12 - 12]
    pitches += [60 + root + tone + 12 * up for tone, up in zip(kind.tones, octaves, strict=False)]
    chord = recognise(held(*pitches))
    assert chord is not None
    assert chord.bass == (root + bass) % 12
    assert chord.tones == Chord(root, kind, 0).tones
    if kind.suffix not in ("aug", "dim7"):  # every tone of these can be the root
        assert (chord.root, chord.kind) == (root, kind)
    else:
        assert chord.root == chord.bass


@given(NOTES, st.integers(-12, 12))
def test_a_transposed_chord_is_the_chord_transposed(notes: list[tuple[int, float]], by: int) -> None:
    chord = recognise(notes)
    moved = recognise([(pitch + by, length) for pitch, length in notes])
    if chord is None:
        assert moved is None
    else:
        assert moved == Chord((chord.root + by) % 12, chord.kind, (chord.bass + by) % 12)


@given(NOTES, st.randoms(use_true_random=False))
def test_order_and_cut_notes_do_not_matter(notes: list[tuple[int, float]], dice: object) -> None:
    halves = [(pitch, length / 2) for pitch, length in notes for _ in range(2)]
    dice.shuffle(halves)  # type: ignore[attr-defined]
    assert recognise(halves) == recognise(notes)


@given(KIND, st.integers(0, 11), st.integers(0, 11))
def test_a_passing_tone_changes_nothing(kind: Kind, root: int, passing: int) -> None:
    notes = [*held(36 + root, *(60 + root + tone for tone in kind.tones)), (72 + passing, 0.15)]
    chord = recognise(notes)
    assert chord is not None
    assert (chord.root, chord.kind) == (root, kind)


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ((48, 64, 67, 72), "C"),
        ((52, 60, 67, 72), "C/E"),
        ((57, 60, 64, 67), "Am7"),
        ((55, 59, 62, 65), "G7"),
        ((55, 59, 65), "G7"),  # without its fifth
        ((47, 62, 65, 69), "Bm7♭5"),
        ((54, 57, 60, 63), "F♯dim7"),
        ((43, 60, 62, 67), "Gsus4"),
        ((58, 62, 65, 69), "B♭maj7"),
        ((56, 64, 71, 74), "E7/G♯"),
        ((56, 61, 65), "D♭/A♭"),
        ((49, 58, 65), "B♭m/D♭"),
        ((55, 61, 64, 70), "Gdim7"),
        ((46, 61, 64, 67), "B♭dim7"),
        ((52, 61, 68), "C♯m/E"),
    ],
)
def test_names(pitches: tuple[int, ...], name: str) -> None:
    chord = recognise(held(*pitches))
    assert chord is not None
    assert chord.name == name


@pytest.mark.parametrize(
    "pitches", [(), (60,), (60, 72), (60, 67), (60, 61, 62), (60, 62, 64, 65, 67, 69, 71), (38, 60, 64, 67)]
)
def test_what_is_no_chord_gets_no_name(pitches: tuple[int, ...]) -> None:
    assert recognise(held(*pitches)) is None
