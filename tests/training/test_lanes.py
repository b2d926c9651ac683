"""Lanes: every event once, pieces separate, the state reset between them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
import torch

from musiclstm.model.net.batch import Batch
from musiclstm.model.net.network import ModelConfig
from musiclstm.model.sizes import SPANS
from musiclstm.music.note import Note, Part, Piece
from musiclstm.music.packed import Packed
from musiclstm.music.vocabulary import Vocabulary
from tests.model.random_music import random_piece
from tests.model.tiny import SATB, tiny_network, tiny_vocabulary
from tests.training.batches import window_of
from training.lanes import Cutter, Lanes
from training.prepare import fields_of, prepare
from training.store import Store
from training.variations import Variation, varied

VOCABULARY = tiny_vocabulary(velocities=8)


def make(lengths: tuple[int, ...]) -> Store:
    return prepare([(str(n), random_piece(VOCABULARY, n, n)) for n in lengths], VOCABULARY)


def runs(batches: list[Batch], lane: int) -> list[list[list[int]]]:
    """The real events of one lane, cut where `begins` says that a piece begins."""
    found: list[list[list[int]]] = []
    for batch in batches:
        if batch.begins[lane]:
            found.append([])
        found[-1] += batch.event[lane][batch.real[lane]].tolist()
    return found


def test_lanes_never_mix_pieces() -> None:
    """Between two starts there is one whole piece, and an epoch holds each piece once."""
    arrays = make((1, 3, 20, 47, 60))
    whole = {str(fields_of(arrays.piece(index), VOCABULARY).tolist()) for index in range(arrays.pieces)}
    lanes = Lanes(arrays, VOCABULARY, lanes=3, window=16, seed=5)
    batches = [lanes.next() for _ in range(200)]
    seen = [run for lane in range(3) for run in runs(batches, lane)[:-1]]
    assert len(seen) > 30
    assert {str(run) for run in seen} == whole


def test_previous_is_the_event_before() -> None:
    arrays = make((30, 50))
    lanes = Lanes(arrays, VOCABULARY, lanes=2, window=16)
    nothing = None
    last: list[list[int] | None] = [None, None]
    for _ in range(20):
        batch = lanes.next()
        for lane in range(2):
            if batch.begins[lane]:
                last[lane] = nothing
            for event, previous, real in zip(batch.event[lane], batch.previous[lane], batch.real[lane], strict=True):
                if real:
                    if last[lane] is None:
                        v = VOCABULARY
                        assert previous.tolist() == [v.times, v.symbols, v.pitches, v.velocities]
                    else:
                        assert previous.tolist() == last[lane]
                    last[lane] = event.tolist()


def test_padding_costs_nothing_and_padding_is_the_end() -> None:
    arrays = make((5,))
    batch = Lanes(arrays, VOCABULARY, lanes=1, window=64).next()
    count = len(arrays.events)
    assert batch.real[0].tolist() == [True] * count + [False] * (64 - count)
    network = tiny_network(VOCABULARY)
    cost, _ = network(batch, network.start(1))
    assert (cost[0, count:] == 0).all()
    assert (cost[0, :count, 0] > 0).all()


def test_the_state_is_reset_where_a_piece_begins() -> None:
    arrays = make((40,))
    network = tiny_network(VOCABULARY)
    batch = Lanes(arrays, VOCABULARY, lanes=2, window=16).next()
    dirty = network.start(2)
    assert dirty.c is not None
    dirty.h[:] = 0.9
    dirty.c[:] = 5.0
    with torch.no_grad():
        from_dirty, _ = network(batch, dirty)
        from_clean, _ = network(batch, network.start(2))
    torch.testing.assert_close(from_dirty, from_clean)


@pytest.mark.parametrize("parts", [SATB, (*SATB[:2], Part("Kit", percussive=True))], ids=["voices", "with a kit"])
@pytest.mark.parametrize("shift", [-7, 0, 1, 4])
def test_a_transposed_window_is_one_of_the_transposed_piece(shift: int, parts: tuple[Part, ...]) -> None:
    """Every field of a batch, from the first window and from one within the piece."""
    vocabulary = tiny_vocabulary(parts=parts, velocities=8)
    # As much music again, so that echoes and what sounded some beats ago have something to say.
    piece = random_piece(vocabulary, 120)
    end = max(note.end for note in piece.notes)
    again = end + 12.0 - end % 12.0
    # So few pitches that no echo, which may itself be transposed, leaves the range.
    notes = [replace(note, pitch=55 + note.pitch % 11) for note in piece.notes]
    notes += [replace(note, onset=note.onset + again) for note in notes]
    moved_notes = [n if parts[n.part].percussive else replace(n, pitch=n.pitch + shift) for n in notes]
    arrays, moved = (
        prepare([("a", replace(piece, notes=tuple(sorted(each))))], vocabulary) for each in (notes, moved_notes)
    )
    length = len(arrays.events)
    config = ModelConfig("lstm", 1, 16, 12, 8, tied=8, past=True, recent=8, chords=True)
    names = [field.name for field in fields(Batch)]
    for first, window in ((0, length), (length // 2, length - length // 2)):
        found = window_of(arrays, vocabulary, config, first=first, count=window, shift=shift, told=True)
        wanted = window_of(moved, vocabulary, config, first=first, count=window, told=True)
        # Simultaneous notes keep their order by pitch within their part.
        for name in names:
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)


def test_transposition_stays_in_range() -> None:
    arrays = make((50, 60, 70))
    lanes = Lanes(arrays, VOCABULARY, lanes=2, window=32, transpose=(-12, 12), seed=1)
    for _ in range(50):
        pitch = lanes.next().event[..., 2]
        assert int(pitch.min()) >= 0
        assert int(pitch.max()) <= VOCABULARY.pitches


def shifts(lanes: Lanes, count: int = 400) -> set[int]:
    return {lanes._take().shift for _ in range(count)}


@pytest.mark.parametrize(
    ("low", "high", "transpose", "wanted"),
    [
        (60, 65, (-3, 3), range(-3, 4)),
        (60, 65, (0, 2), range(3)),
        (60, 65, (-2, 0), range(-2, 1)),
        (38, 80, (-6, 6), range(-2, 2)),  # the instruments reach from 36 to 81
        (36, 81, (-6, 6), [0]),
        (60, 60, (-1, 1), range(-1, 2)),
        (34, 84, (-6, 6), [0]),  # beyond them on both sides
        (60, 65, (0, 0), [0]),
    ],
)
def test_every_transposition_that_fits_is_taken(low: int, high: int, transpose: tuple[int, int], wanted: Any) -> None:
    """And no other; drums beside the music do not count."""
    vocabulary = tiny_vocabulary(parts=(*SATB, Part("Kit", 0, 9, percussive=True)))
    rows = ((0.0, low, 0), (1.0, high, 3), (2.0, 36, 4), (3.0, 84, 4))
    piece = Piece(tuple(Note(onset, 1.0, pitch, 80, part) for onset, pitch, part in rows), parts=vocabulary.parts)
    arrays = replace(prepare([("a", piece)], vocabulary), span=np.array([[low, high]], dtype=np.int16))
    assert shifts(Lanes(arrays, vocabulary, transpose=transpose)) == set(wanted)


def test_a_kit_is_not_transposed() -> None:
    vocabulary = tiny_vocabulary(parts=(Part("Kit", 0, 9, percussive=True),))
    arrays = prepare([("a", random_piece(vocabulary, 20))], vocabulary)
    assert shifts(Lanes(arrays, vocabulary, transpose=(-6, 6))) == {0}


def test_epochs_are_counted_and_seeds_decide() -> None:
    """The first pieces are of epoch 0; with as many lanes as pieces each epoch begins when one ends."""
    arrays = make((10, 30, 50))
    one, same, other = (Lanes(arrays, VOCABULARY, lanes=3, window=8, transpose=(-3, 3), seed=s) for s in (1, 1, 2))
    assert [lanes.epochs for lanes in (one, same, other)] == [0, 0, 0]
    for taken in range(1, 10):
        one._take()
        assert one._epochs == (taken + 2) // 3
    events = [torch.cat([lanes.next().event for _ in range(20)]) for lanes in (same, other)]
    again = Lanes(arrays, VOCABULARY, lanes=3, window=8, transpose=(-3, 3), seed=1)
    assert torch.equal(torch.cat([again.next().event for _ in range(20)]), events[0])
    assert not torch.equal(*events)
    assert len(same.next().event) == 3
    assert same.next().age is None
    assert Lanes(arrays, VOCABULARY, config=ModelConfig(tied=8)).next().age is not None


def test_no_pieces() -> None:
    with pytest.raises(ValueError, match=r"^there are no pieces$"):
        Lanes(prepare([], VOCABULARY), VOCABULARY)


def test_restored_lanes_continue_the_same() -> None:
    arrays = make((10, 30, 50))
    lanes, other = (Lanes(arrays, VOCABULARY, lanes=2, window=8, transpose=(-3, 3), seed=s) for s in (1, 2))
    for _ in range(17):  # wherever it is within an epoch
        lanes.next()
        other.restore(lanes.state())
        twin = Lanes(arrays, VOCABULARY, lanes=2, window=8, transpose=(-3, 3))
        twin.restore(lanes.state())
        for _ in range(40):
            a, b = other.next(), twin.next()
            assert torch.equal(a.event, b.event)
            assert torch.equal(a.begins, b.begins)
    other.restore(lanes.state())
    for _ in range(40):
        a, b = lanes.next(), other.next()
        assert torch.equal(a.event, b.event)
        assert (lanes.epochs, lanes.state()["order"]) == (other.epochs, other.state()["order"])


def test_some_pieces_are_told_with_their_chords() -> None:
    store = make((60, 70, 80, 90))
    config = ModelConfig("lstm", 1, 16, 12, 8, tied=8, chords=True)
    lanes = Lanes(store, VOCABULARY, lanes=4, window=32, seed=3, config=config)
    told = {bool(told) for _ in range(20) for told in lanes.next().pitch_classes[..., len(SPANS) :, :].any((1, 2, 3))}
    assert told == {True, False}
    state = lanes.state()
    again = Lanes(store, VOCABULARY, lanes=4, window=32, seed=9, config=config)
    again.restore(state)
    assert [cursor.told for cursor in again._cursors] == [told for _, _, _, told, _ in state["lanes"]]


def test_a_piece_is_varied_once_for_its_events_and_its_chords(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Variation] = []

    def counted(events: Packed, variation: Variation, vocabulary: Vocabulary) -> Packed:
        calls.append(variation)
        return varied(events, variation, vocabulary)

    monkeypatch.setattr("training.lanes.varied", counted)
    config, slower = ModelConfig("lstm", 1, 16, 12, 8, tied=8, chords=True), Variation(stretch=1.5)
    cutter = Cutter(make((60,)), VOCABULARY, config)
    told = cutter.cut([cutter.at(0, told=True, variation=slower)], 120).pitch_classes[0, :, len(SPANS) :]
    assert told.any()
    assert calls == [slower]
