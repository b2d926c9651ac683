"""Markov models by counting."""

from __future__ import annotations

import tracemalloc

import pytest

from musiclstm.music.note import Note, Piece
from tests.model.random_music import random_piece
from tests.training.tiny_training import ARRAYS, VOCABULARY
from training.evaluate import baselines
from training.prepare import prepare

pytestmark = pytest.mark.usefixtures("one_thread")


def test_counting() -> None:
    """The first order beats the zeroth where order matters, and neither is certain of what it never saw."""
    pieces = [(str(n), Piece(tuple(Note(i, 1, 60 + i % 5) for i in range(40)), parts=VOCABULARY.parts)) for n in "ab"]
    arrays = prepare(pieces, VOCABULARY)
    found = baselines(arrays, arrays, VOCABULARY)
    assert found["order 1"].per_note < found["order 0"].per_note
    unseen = prepare([("c", random_piece(VOCABULARY, 30))], VOCABULARY)
    assert all(0 < each.per_note < 100 for each in baselines(arrays, unseen, VOCABULARY).values())


@pytest.mark.parametrize("block", [1, 60, 100])
def test_counting_in_blocks_gives_the_same(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    store = prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in (33, 9, 20, 50, 1)], VOCABULARY)
    whole = baselines(store, ARRAYS, VOCABULARY) | baselines(ARRAYS, store, VOCABULARY)
    monkeypatch.setattr("training.evaluate.BLOCK", block)
    found = baselines(store, ARRAYS, VOCABULARY) | baselines(ARRAYS, store, VOCABULARY)
    for name, figures in whole.items():
        assert found[name].by_field == pytest.approx(figures.by_field)


def test_counting_more_pieces_takes_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluate.BLOCK", 1000)
    peaks = []
    for count in (4, 4, 40):
        piece = ("a", random_piece(VOCABULARY, 400))
        store = prepare([piece] * count, VOCABULARY)
        tracemalloc.start()
        baselines(store, store, VOCABULARY)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.2 * peaks[1]
