"""Variations: the same notes, as if they had been played a little differently."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from musiclstm.music.event import Kind
from musiclstm.music.note import Meter, Note, Part, Piece, TimeBase
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import tiny_vocabulary
from training.lanes import Cutter, Lanes
from training.prepare import prepare
from training.variations import Variation, variations_for, varied

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
    events = varied(VOCABULARY.encode_packed(played(60, seed)), Variation(factor), VOCABULARY)
    assert VOCABULARY.has(events)
    assert events.tolist() == VOCABULARY.encode_packed(played(60, seed, factor)).tolist()


def test_a_note_that_is_cut_off_by_the_end_does_not_end() -> None:
    whole = VOCABULARY.encode_packed(played(60, 1))
    tuned = whole["part"] == 0
    for count in range(1, len(whole)):
        part = whole[:count]
        found = varied(part, Variation(1.25), VOCABULARY)
        for kind in (Kind.OFF, Kind.ON):
            assert kinds(found, kind) == kinds(part, kind)
    assert kinds(whole[tuned], Kind.OFF) == kinds(whole[tuned], Kind.ON)


def kinds(events: Packed, kind: Kind) -> int:
    return int((events["kind"] == kind).sum())


def test_lanes_vary_and_go_on_the_same_when_restored() -> None:
    store = prepare([(str(n), played(n, n)) for n in (20, 40, 60)], VOCABULARY)
    ways = variations_for(VOCABULARY)
    lanes, other = (Lanes(store, VOCABULARY, lanes=2, window=8, variations=ways, seed=seed) for seed in (1, 2))
    used = set()
    for _ in range(100):
        lanes.next()
        used |= {variation for *_, variation in lanes.state()["lanes"]}
    assert used == set(range(len(ways)))
    other.restore(lanes.state())
    for _ in range(40):
        assert np.array_equal(lanes.next().event, other.next().event)
    assert lanes.state() == other.state()


def test_scores_are_read_as_they_are_or_in_triplets() -> None:
    assert variations_for(tiny_vocabulary()) == (Variation(),)
    assert variations_for(tiny_vocabulary(), triplets=True) == (Variation(), Variation(triplets=True))


SCORE = Vocabulary(TimeBase.BEATS, 12, 48, (Part("A"),), 48, 84, meters=((4, 4), (2, 4), (3, 4), (6, 8)))


def score(meters: tuple[Meter, ...], beats: float, step: float) -> Piece:
    """A note on each step, after an upbeat of one step."""
    onsets = [number * step for number in range(round(beats / step))]
    notes = tuple(Note(onset, step / 2, 60 + number % 12, 64, 0) for number, onset in enumerate(onsets))
    return Piece(notes, TimeBase.BEATS, parts=SCORE.parts, meters=meters)


@pytest.mark.parametrize(
    ("meter", "step", "read"),
    [((6, 8), 0.5, (2, 4)), ((3, 4), 1.0, (4, 4))],
)
def test_music_in_three_is_read_in_triplets(meter: tuple[int, int], step: float, read: tuple[int, int]) -> None:
    """Three notes in each beat, and bar lines where there were some."""
    store = prepare([("a", score((Meter(*meter, onset=step),), 12 * step, step))], SCORE)
    cutter = Cutter(store, SCORE)
    cursor = cutter.at(0, variation=Variation(triplets=True))
    assert beats(cursor.events, SCORE) == pytest.approx([number / 3 for number in range(12)])
    assert cursor.changes.tolist() == [[4, SCORE.bar_ticks(*read), SCORE.meter_index(*read)]]
    assert cutter.at(0).changes.tolist() == [[12 * step, SCORE.bar_ticks(*meter), SCORE.meter_index(*meter)]]


@pytest.mark.parametrize(
    "meters",
    [(Meter(4, 4),), (Meter(3, 4), Meter(4, 4, 6.0)), ()],
)
def test_other_music_is_read_as_it_is(meters: tuple[Meter, ...]) -> None:
    """Music in four, and what changes between three and four."""
    store = prepare([("a", score(meters, 12.0, 1.0))], SCORE)
    cursor = Cutter(store, SCORE).at(0, variation=Variation(triplets=True))
    assert cursor.events.tolist() == store.piece(0).tolist()
    assert cursor.changes.tolist() == store.changes(0).tolist()


KIT = Vocabulary(TimeBase.BEATS, 48, 96, (Part("Kit", 0, 9, percussive=True),), 35, 60, 32)


def hits(*rows: tuple[float, int]) -> Packed:
    """Of (beat, velocity), each on a drum of its own."""
    notes = tuple(Note(beat, 0.1, 40 + drum, velocity, 0) for drum, (beat, velocity) in enumerate(rows))
    return KIT.encode_packed(Piece(notes, TimeBase.BEATS, parts=KIT.parts))


def beats(events: Packed, vocabulary: Vocabulary = KIT) -> list[float]:
    return [float(tick) / vocabulary.resolution for tick in np.cumsum(events["delta"])[events["kind"] == Kind.ON]]


def test_a_kit_plays_nearer_to_the_grid_or_farther_from_it() -> None:
    rows = [(0.0, 90), (0.25 - 1 / 24, 80), (1 + 1 / 3 + 1 / 24, 70), (4.75, 60), (6 - 1 / 24, 60)]
    tight = beats(varied(hits(*rows), Variation(looseness=0.0), KIT))
    assert tight == pytest.approx([0, 0.25, 1 + 1 / 3, 4.75, 6])
    loose = beats(varied(hits(*rows), Variation(looseness=2.0), KIT))
    assert loose == pytest.approx([0, 0.25 - 1 / 12, 1 + 1 / 3 + 1 / 12, 4.75, 6 - 1 / 12])


def test_a_kit_plays_later_by_less_than_a_tick_on_average() -> None:
    events = hits(*((n / 4, 64) for n in range(20)))
    shifts = np.array(beats(varied(events, Variation(late=0.25 / KIT.resolution), KIT))) - np.array(beats(events))
    assert set(np.rint(shifts * KIT.resolution)) == {0, 1}
    assert 0 < shifts.mean() * KIT.resolution < 0.5


def test_contrast_changes_velocities_between_the_softest_and_the_loudest() -> None:
    events = hits((0, 1), (1, 64), (2, 127))
    louder, softer = (varied(events, Variation(contrast=each), KIT) for each in (0.5, 2.0))
    assert beats(louder) == beats(softer) == [0, 1, 2]
    assert [row["velocity"] for row in louder if row["kind"] == Kind.ON] == [11, 90, 127]
    assert [row["velocity"] for row in softer if row["kind"] == Kind.ON] == [1, 32, 127]
