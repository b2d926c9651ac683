"""Stretching: the same notes, slower or faster, as if they had been played so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musiclstm.music.event import Kind
from musiclstm.music.note import Part, Piece, TimeBase
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.lanes import Lanes
from training.prepare import prepare
from training.stretching import stretched, stretches_for

# Ticks and factors are binary fractions here, so that nothing depends on how a product is rounded.
VOCABULARY = Vocabulary(TimeBase.SECONDS, 64, 40, (Part("A"), Part("Kit", 0, 9, percussive=True)), 48, 84, 8)


def played(count: int, seed: int, factor: float = 1.0) -> Piece:
    piece = random_piece(VOCABULARY, count, seed)
    notes = [replace(each, onset=each.onset * factor, duration=each.duration * factor) for each in piece.notes]
    return replace(piece, notes=tuple(notes))


@pytest.mark.parametrize("factor", [0.5, 0.875, 1.0, 1.25, 2.0])
@pytest.mark.parametrize("seed", range(5))
def test_the_events_are_those_of_the_piece_played_so(factor: float, seed: int) -> None:
    """Both in the same order, with the same pauses; a hit, whose end is not in the events, has none."""
    events = stretched(VOCABULARY.encode_packed(played(60, seed)), factor, VOCABULARY)
    assert VOCABULARY.has(events)
    assert events.tolist() == VOCABULARY.encode_packed(played(60, seed, factor)).tolist()


def test_a_note_that_is_cut_off_by_the_end_does_not_end() -> None:
    whole = VOCABULARY.encode_packed(played(60, 1))
    tuned = whole["part"] == 0
    for count in range(1, len(whole)):
        part = whole[:count]
        found = stretched(part, 1.25, VOCABULARY)
        for kind in (Kind.OFF, Kind.ON):
            assert kinds(found, kind) == kinds(part, kind)
    assert kinds(whole[tuned], Kind.OFF) == kinds(whole[tuned], Kind.ON)


def kinds(events: Packed, kind: Kind) -> int:
    return int((events["kind"] == kind).sum())


def test_lanes_stretch_and_go_on_the_same_when_restored() -> None:
    store = prepare([(str(n), played(n, n)) for n in (20, 40, 60)], VOCABULARY)
    stretches = stretches_for(VOCABULARY)
    lanes, other = (Lanes(store, VOCABULARY, lanes=2, window=8, stretches=stretches, seed=seed) for seed in (1, 2))
    used = set()
    for _ in range(100):
        lanes.next()
        used |= {stretch for *_, stretch in lanes.state()["lanes"]}
    assert used == set(stretches)
    other.restore(lanes.state())
    for _ in range(40):
        assert np.array_equal(lanes.next().event, other.next().event)
    assert lanes.state() == other.state()


def test_music_in_beats_is_not_stretched() -> None:
    assert stretches_for(tiny_vocabulary()) == (1.0,)
