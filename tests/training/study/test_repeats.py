"""Repeats: what is borrowed and what comes again, found as slow and sure reckoning finds it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from musiclstm.music.note import Note
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.study import repeats

VOCABULARY = tiny_vocabulary()
TUNE = [Note(float(i), 1.0, 60 + (0, 2, 4, 5, 7, 3, 9, 11, 1, 8)[i % 10] + i // 10, 80) for i in range(40)]
OTHER = random_piece(VOCABULARY, 60, 9).notes


@pytest.mark.parametrize("length", [1, 2, 7, 64])
def test_longest(length: int) -> None:
    assert repeats.longest(lambda n: n <= length, 64) == length
    assert repeats.longest(lambda n: False, 64) == 0


@pytest.mark.parametrize("length", [1, 2, 3, 6, 13])
def test_runs_are_alike_where_the_steps_are(length: int) -> None:
    rng = random.Random(length)
    steps = np.array([rng.randrange(2) for _ in range(400)], dtype=np.uint64)
    found = repeats.runs(steps, length).tolist()
    wanted = [tuple(steps[i : i + length].tolist()) for i in range(400 - length + 1)]
    assert len(found) == len(wanted)
    assert len(set(found)) == len(set(wanted)) == len(set(zip(found, wanted, strict=True)))


def test_what_is_borrowed_is_found_transposed_or_not() -> None:
    borrowed = [Note(note.onset + 3, 1.0, note.pitch + 5, 80) for note in TUNE[5:18]]
    own = [Note(0.0, 1.0, 90), Note(1.0, 1.0, 30), *borrowed, Note(40.0, 1.0, 30)]
    assert repeats.RunIndex([OTHER, TUNE], VOCABULARY).longest_shared(own) == 13
    assert repeats.RunIndex([OTHER], VOCABULARY).longest_shared(own) < 4
    assert repeats.RunIndex([OTHER, TUNE], VOCABULARY, exact=True).longest_shared(own) < 4
    at_pitch = [Note(note.onset, 1.0, note.pitch - 5, 80) for note in own]
    assert repeats.RunIndex([OTHER, TUNE], VOCABULARY, exact=True).longest_shared(at_pitch) == 13
    assert repeats.RunIndex([], VOCABULARY).longest_shared(own) == 0


def test_a_run_does_not_go_from_one_piece_into_the_next() -> None:
    first, second = TUNE[:20], TUNE[20:]
    assert repeats.RunIndex([first, second], VOCABULARY).longest_shared(TUNE) == 20


def test_a_chord_is_the_same_however_long_its_notes_are() -> None:
    chord = [Note(0.0, 1.0, 60), Note(0.0, 0.5, 64), Note(0.0, 2.0, 67)]
    again = [Note(0.0, 2.0, 60), Note(0.0, 1.0, 64), Note(0.0, 0.5, 67)]
    assert repeats.steps(chord, VOCABULARY).tolist() == repeats.steps(sorted(again), VOCABULARY).tolist()


def test_a_repeat_is_found() -> None:
    again = [Note(note.onset + 50, 1.0, note.pitch, 80) for note in TUNE[:8]]
    higher = [Note(note.onset + 50, 1.0, note.pitch + 3, 80) for note in TUNE[:8]]
    once = TUNE[:10]
    assert repeats.longest_repeat(once, VOCABULARY) < 3
    assert repeats.longest_repeat([*once, *again], VOCABULARY) == 8
    assert repeats.longest_repeat([*once, *higher], VOCABULARY) < 4


def test_a_loop_repeats_nearly_as_long_as_it_lasts() -> None:
    loop = [Note(float(i), 1.0, 60 + (0, 4, 7, 4)[i % 4]) for i in range(100)]
    assert repeats.longest_repeat(loop, VOCABULARY) == 96
